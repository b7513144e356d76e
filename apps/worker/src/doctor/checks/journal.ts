import type { Thing } from '@snapferry/migration'
import { fine, note, type Said, wrong } from '../finding.ts'
import type { Sight, ThingSight } from '../sight.ts'
import { wordsOf } from './words-of.ts'

/** So many are named; the rest is counted. */
const NAMED_MAX = 5

/** Whether what unended records say they made is there. */
export function checkJournal({ redis }: Sight): readonly Said[] {
  if (!redis.ok) return []
  const { things, compared, unended } = redis.value
  if (compared === 0) return [fine('no unended migration, so nothing to compare with the provider')]
  const gone = things.filter(({ isThere }) => isThere.ok && !isThere.value)
  const unknown = things.flatMap(({ isThere }) => (isThere.ok ? [] : [isThere.failure]))
  const sample = compared < unended ? `${compared} of ${unended}` : `all ${unended}`
  const there = things.length - gone.length - unknown.length
  const [first] = unknown
  return [
    fine(`${sample} unended migrations name ${things.length} things; ${there} of them are there`),
    ...(gone.length === 0 ? [] : [goneSaid(gone)]),
    ...(first === undefined
      ? []
      : [note(`${unknown.length} could not be looked at: ${wordsOf(first)}`, 'see key, zones and rights')]),
  ]
}

function goneSaid(gone: readonly ThingSight[]): Said {
  const named = gone.slice(0, NAMED_MAX).map(({ migration, thing }) => `${wordOf(thing)} of ${migration}`)
  const rest = gone.length > NAMED_MAX ? ` and ${gone.length - NAMED_MAX} more` : ''
  return wrong(
    `gone at the provider, though the journal counts on it: ${named.join(', ')}${rest}`,
    'somebody else removed it, or it is seconds old: the migration notices and starts that phase again',
  )
}

function wordOf(thing: Thing): string {
  return thing.what === 'image'
    ? `image ${thing.bucket}/${thing.id}`
    : `${thing.what} ${thing.zone}/${thing.id}`
}
