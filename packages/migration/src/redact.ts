import { BECAUSE } from './because.ts'
import type { Event } from './event.ts'
import type { Migration, Pulse } from './migration.ts'
import { NOTHING_FOUND } from './moves.ts'
import { keyPrefix } from './plan.ts'
import { type Private, Pseudonyms } from './pseudonyms.ts'

/** What a bundle tells of one migration. */
export interface Story {
  readonly record: Migration
  readonly pulse: Pulse
  readonly events: readonly Event[]
}

/** Fields whose text belongs to people, whatever they stand in. */
const FIELDS: Readonly<Record<string, Private>> = {
  name: 'name',
  by: 'person',
  bucket: 'bucket',
  project: 'project',
  sourceProject: 'project',
}

/** Fields that hold a sentence, ours or the provider's: nothing is decided by them. */
const SENTENCES = new Set(['text', 'words', 'because', 'details', 'call', 'said'])

/** Sentences that are ours word for word. A create that was given up says so by one word, and the record counts it by that. */
const OURS = new Set<string>([...Object.values(BECAUSE), NOTHING_FOUND])

/**
 * The story under pseudonyms: names, tags, labels, people, buckets, projects and keys of users become `name-1`,
 * `bucket-2` and so on, the same everywhere, inside sentences too. Ids of things, our own marks, sizes and times stay,
 * so that every decision is made as it was.
 */
export function redacted(story: Story): Story {
  const names = new Pseudonyms()
  const ids = new Set<string>()
  const ownKeys = keyPrefix(story.record)
  // Once to learn every private text, once more to replace them inside sentences that came before.
  const learn = { names, ids, ownKeys, inside: (sentence: string) => sentence }
  walk(story, '', learn)
  return walk(story, '', { ...learn, inside: (sentence) => names.inside(sentence, ids) }) as Story
}

interface Walk {
  readonly names: Pseudonyms
  readonly ids: Set<string>
  readonly ownKeys: string
  inside(sentence: string): string
}

function walk(value: unknown, field: string, on: Walk): unknown {
  if (typeof value === 'string') return ofText(value, field, on)
  if (Array.isArray(value)) return value.map((item) => walk(item, field, on))
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value)
  // The name of a hold is made of its scope, and no name that somebody gave.
  if (field === 'hold')
    return Object.fromEntries(
      fields.map(([key, inner]) => [key, key === 'name' ? placed(String(inner), on) : walk(inner, key, on)]),
    )
  if (field === 'labels')
    return Object.fromEntries(
      fields.map(([key, text]) => [on.names.of(key, 'label'), on.names.of(String(text), 'label')]),
    )
  return Object.fromEntries(fields.map(([key, inner]) => [key, walk(inner, key, on)]))
}

function ofText(text: string, field: string, on: Walk): string {
  const what = FIELDS[field]
  if (what !== undefined) return on.names.of(text, what)
  if (field === 'tags') return on.names.of(text, 'tag')
  if (field === 'key') return text.startsWith(on.ownKeys) ? text : on.names.of(text, 'key')
  if (field === 'scope' || field === 'worked') return placed(text, on)
  if (SENTENCES.has(field)) return OURS.has(text) ? text : on.inside(text)
  on.ids.add(text)
  return text
}

/** Where scopes of holds and keys of calls that have worked name a bucket: `bucket/<region>/…`, `image|<profile>|<region>/…`. */
const PLACE = /^((?:bucket:)?bucket\/[^/]*\/|[a-z-]+\|[^|]*\|[^/]*\/)(.+)$/s

function placed(text: string, { names }: Walk): string {
  const [, place, bucket] = PLACE.exec(text) ?? []
  return place === undefined || bucket === undefined ? text : `${place}${names.of(bucket, 'bucket')}`
}
