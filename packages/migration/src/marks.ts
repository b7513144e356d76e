import type { Running } from './migration.ts'
import { OUR_TAG, type Plan, TAG_BYTES_MAX, wipTag } from './plan.ts'

/** The tags a thing gets at its creation: the mark we find it by, and for people where its data comes from. */
export function marksFor(m: Running): readonly string[] {
  const { plan, facts } = m
  const taken =
    facts.takenAt === undefined ? [] : [`${OUR_TAG}taken=${new Date(facts.takenAt).toISOString()}`]
  const volume = facts.volume === undefined ? [] : [`${OUR_TAG}volume=${facts.volume}`]
  return [wipTag(m, m.round), ...sourceMark(plan), ...volume, ...taken].filter(
    (tag) => tag.length <= TAG_BYTES_MAX,
  )
}

/** One tag for the source; none for an image, whose key is the user's text. */
function sourceMark({ source }: Plan): readonly string[] {
  return source.kind === 'snapshot' ? [`${OUR_TAG}source=${source.id}`] : []
}

/** The tag that tells when a copy was proven. */
export function verifiedTag(provenAt: number): string {
  return `${OUR_TAG}verified=${new Date(provenAt).toISOString()}`
}
