import { itemOf } from '../ledger.ts'
import { type Ended, isEnded, type Migration } from '../migration.ts'
import { isProvenCopy } from '../moves.ts'
import type { SweepPolicy } from './sweep-policy.ts'
import type { SweptThing } from './swept.ts'

/**
 * What a sweep takes a thing for.
 *
 * | kind | is | what a sweep does |
 * |---|---|---|
 * | foreign | another installation's, nobody's, or not made as we make things | nothing, it is not even counted |
 * | in-use | of a migration that has not ended | nothing |
 * | known | a line of an ended record's ledger, which the remover looks after | nothing |
 * | copy | a proven copy with a record or a line in the catalogue | nothing, ever |
 * | too-young | younger than the grace period | nothing yet |
 * | late | an ended record's, and not in its ledger, or as removed | into the ledger; the remover removes it |
 * | orphan | of a migration that no record knows | reported |
 * | unclaimed | a proven copy that no record knows | reported; can be adopted |
 */
export const SWEPT_AS = [
  'foreign',
  'in-use',
  'known',
  'copy',
  'too-young',
  'late',
  'orphan',
  'unclaimed',
] as const
/** One of these kinds. */
export type SweptAs = (typeof SWEPT_AS)[number]

/** The kinds that a report lists thing by thing. */
export const LISTED = ['late', 'orphan', 'unclaimed'] as const
/** One of these kinds. */
export type Listed = (typeof LISTED)[number]

/** Whether a kind is listed. */
export function isListed(as: SweptAs): as is Listed {
  return LISTED.some((one) => one === as)
}

/** What is known about the migration that a thing names. */
export interface Known {
  /** Its record; null when there is none; `unreadable` when another program wrote it, or nobody can read it. */
  readonly record: Migration | 'unreadable' | null
  /** Whether the catalogue has this snapshot as a copy. */
  readonly catalogued: boolean
}

/** What a thing is, by its own mark, the record it names, and the time. Pure. */
export function classify(
  thing: SweptThing,
  { record, catalogued }: Known,
  policy: SweepPolicy,
  now: number,
): SweptAs {
  const { mark } = thing
  if (mark === null) return 'foreign'
  if (mark.kind === 'copy') {
    if (record !== null || catalogued) return 'copy'
    return isYounger(thing, policy.graceMs, now) ? 'too-young' : 'unclaimed'
  }
  if (catalogued) return 'copy'
  if (record === 'unreadable') return 'in-use'
  if (record === null) return isYounger(thing, policy.graceMs, now) ? 'too-young' : 'orphan'
  if (!isEnded(record)) return 'in-use'
  if (!couldHaveMade(record, thing)) return 'foreign'
  if (mark.kind === 'kept-snapshot' || isProvenCopy(record, thing.id)) return 'known'
  const line = itemOf(record.ledger, thing.id)
  if (line !== null && line.state !== 'removed') return 'known'
  if (isYounger(thing, policy.lateGraceMs, now) || now - record.endedAt < policy.lateGraceMs)
    return 'too-young'
  // Made before the migration that it names: the name was used before this journal knew it.
  return isBefore(thing, record.createdAt - policy.clockSlackMs) ? 'orphan' : 'late'
}

/** A time in the future, or none, is young: nothing is concluded from it. */
function isYounger({ at }: SweptThing, ageMs: number, now: number): boolean {
  return at === null || now - at < ageMs
}

function isBefore({ at }: SweptThing, time: number): boolean {
  return at !== null && at < time
}

/**
 * Whether a migration makes things there: its own bucket under its own prefix, its own two zones, and never its source.
 * Buckets are mirrored and tags are copied by other people's tools, and what those made is theirs.
 */
function couldHaveMade({ plan, facts }: Ended, thing: SweptThing): boolean {
  if (thing.what === 'snapshot') {
    if (plan.source.kind === 'snapshot' && (thing.id === plan.source.id || thing.id === facts.snapshot))
      return false
    return (
      thing.zone === plan.to || (thing.zone === plan.from && plan.source.kind === 'volume' && !thing.imported)
    )
  }
  const { image, prefix, install } = plan
  return (
    thing.bucket === image.bucket &&
    thing.region === image.region &&
    thing.id.startsWith(`${prefix}/${install}/`)
  )
}
