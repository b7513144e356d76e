import { isEnded } from '../migration.ts'
import type { Known, SweptAs } from './classify.ts'
import type { SweepPolicy } from './sweep-policy.ts'
import type { SweptThing } from './swept.ts'

/** Why a sweep changes nothing. */
export type RefusalCode =
  | 'journal-empty'
  | 'journal-rolled-back'
  | 'journal-younger'
  | 'other-installation'
  | 'too-many'
  | 'observing'
  | 'given-up'

/** One reason why a sweep changes nothing, with what to do. */
export interface SweepRefusal {
  readonly code: RefusalCode
  readonly text: string
}

/** How many things, and how many bytes. */
export interface Tally {
  readonly things: number
  readonly bytes: number
}

/** What a journal says of itself at the beginning of a sweep. Times in milliseconds since 1970. */
export interface JournalFacts {
  /** The installation written into this Redis; null when none is. */
  readonly install: string | null
  readonly records: number
  /** When its newest event happened; null when there is none. */
  readonly newestAt: number | null
  /** When its oldest migration was created, as long as this Redis remembers; null when there is none. */
  readonly bornAt: number | null
}

/** A thing with its time, as evidence. */
export interface Evidence {
  readonly id: string
  readonly at: number
}

/** What a sweep has seen, as far as the guards ask for it. */
export interface Gathered {
  /** The newest thing that a journal must know of, if it has not lost anything. */
  readonly newest: Evidence | null
  /** The oldest of those that have no record, or that an ended record does not list. */
  readonly oldest: Evidence | null
  readonly late: Tally
}

/** Nothing gathered yet. */
export const NOTHING_GATHERED: Gathered = { newest: null, oldest: null, late: { things: 0, bytes: 0 } }

/** One more thing gathered. */
export function gather(so: Gathered, thing: SweptThing, known: Known, as: SweptAs): Gathered {
  if (as === 'foreign' || thing.at === null) return so
  const evidence = { id: thing.id, at: thing.at }
  const isOpen = as === 'late' || as === 'orphan'
  return {
    newest:
      mustBeKnown(thing, known) && evidence.at > (so.newest?.at ?? Number.NEGATIVE_INFINITY)
        ? evidence
        : so.newest,
    oldest: isOpen && evidence.at < (so.oldest?.at ?? Number.POSITIVE_INFINITY) ? evidence : so.oldest,
    late: as === 'late' ? { things: so.late.things + 1, bytes: so.late.bytes + thing.bytes } : so.late,
  }
}

/**
 * Whether the time of a thing proves that something was recorded about then. A snapshot's does: it is created by a call
 * that was announced. An object is written by the provider hours after that call, also when its migration has ended
 * meanwhile; it proves something only when its migration, or its send, is not known at all.
 */
function mustBeKnown({ what, mark }: SweptThing, { record }: Known): boolean {
  if (what === 'snapshot' || mark?.kind !== 'key') return true
  if (record === null) return true
  return record !== 'unreadable' && isEnded(record) && mark.send > record.send
}

/** What a person has seen and means to be removed: an upper bound. */
export type Acknowledged = Tally

/**
 * Everything that speaks against removing anything. Empty: the run may go on. The mere count and size is what an
 * acknowledgement lifts; it never lifts the others.
 */
export function refusalsOf(
  journal: JournalFacts,
  seen: Gathered,
  o: { readonly install: string; readonly acknowledged: Acknowledged | null; readonly policy: SweepPolicy },
): readonly SweepRefusal[] {
  return [
    ...ofInstallation(journal, o.install),
    ...ofAge(journal, seen, o.policy.clockSlackMs),
    ...ofSize(seen.late, o.acknowledged, o.policy),
  ]
}

function ofInstallation({ install }: JournalFacts, mine: string): readonly SweepRefusal[] {
  if (install === null || install === mine) return []
  const text = `This Redis belongs to the installation ${install}, not to ${mine}: nothing of either is removed.`
  return [{ code: 'other-installation', text }]
}

function ofAge(
  journal: JournalFacts,
  { newest, oldest }: Gathered,
  slackMs: number,
): readonly SweepRefusal[] {
  const { records, newestAt, bornAt } = journal
  if (records === 0 || newestAt === null || bornAt === null) {
    const text =
      'The journal has no migration: everything of ours would look like nobody’s. Restore Redis first.'
    return [{ code: 'journal-empty', text }]
  }
  const refusals: SweepRefusal[] = []
  if (newest !== null && newest.at > newestAt + slackMs) {
    const text = `${newest.id} was made at ${iso(newest.at)}, after the newest event of the journal at ${iso(newestAt)}: Redis was put back to an older state. Restore what it lost, or let new migrations run first.`
    refusals.push({ code: 'journal-rolled-back', text })
  }
  if (oldest !== null && oldest.at < bornAt - slackMs) {
    const text = `${oldest.id} was made at ${iso(oldest.at)}, before the first migration of this journal at ${iso(bornAt)}: an earlier journal may know it. Restore that one, or remove the thing by hand.`
    refusals.push({ code: 'journal-younger', text })
  }
  return refusals
}

function ofSize(
  late: Tally,
  acknowledged: Acknowledged | null,
  policy: SweepPolicy,
): readonly SweepRefusal[] {
  const things = Math.max(policy.thingsMax, acknowledged?.things ?? 0)
  const bytes = Math.max(policy.bytesMax, acknowledged?.bytes ?? 0)
  if (late.things <= things && late.bytes <= bytes) return []
  const text = `${late.things} things of ${late.bytes} bytes would be removed, more than ${things} things or ${bytes} bytes. Read the list, then sweep with acknowledge {"things": ${late.things}, "bytes": ${late.bytes}}.`
  return [{ code: 'too-many', text }]
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
