import {
  apply,
  classify,
  type Event,
  isEnded,
  type Journal,
  lateEvents,
  type Migration,
  type MigrationId,
  nextPulse,
  type SweepPolicy,
  type SweptThing,
  type Tally,
} from '@snapferry/migration'

/** What is needed to bring late things into a ledger. */
export interface MarkNeeds {
  readonly journal: Pick<Journal, 'read' | 'append'>
  readonly policy: SweepPolicy
  /** Told of each event once it is recorded. */
  recorded(m: Migration, event: Event): void
}

/** How often it is tried anew when the worker's own append came first. */
const OVERTAKEN_MAX = 8

/**
 * Brings late things into the ledger of the ended migration that they name, and nudges it, so that its tick removes them.
 * The record is read anew and each thing judged by it once more: what is no longer late by then is left alone.
 */
export async function markLate(
  id: MigrationId,
  things: readonly SweptThing[],
  needs: MarkNeeds,
): Promise<Tally> {
  for (let tries = 0; tries < OVERTAKEN_MAX; tries++) {
    const before = await needs.journal.read(id)
    if (before === null || !isEnded(before.record)) break
    const { record, pulse: was, now } = before
    const known = { record, catalogued: false }
    const late = things.filter((thing) => classify(thing, known, needs.policy, now) === 'late')
    const events = lateEvents(record, late, now)
    if (events.length === 0) break
    const after = events.reduce<Migration>(apply, record)
    const { pulse } = nextPulse(was, { events, sleepMs: 0, why: null }, now)
    const change = { before, after, events, pulse, closing: false, nudge: true }
    if ((await needs.journal.append(change)).outcome === 'appended') {
      tell(record, events, needs)
      return tallyOf(late)
    }
  }
  return { things: 0, bytes: 0 }
}

function tell(before: Migration, events: readonly Event[], needs: MarkNeeds): void {
  let m = before
  for (const event of events) {
    m = apply(m, event)
    needs.recorded(m, event)
  }
}

/** How many things, and their bytes. */
export function tallyOf(things: readonly SweptThing[]): Tally {
  return { things: things.length, bytes: things.reduce((sum, { bytes }) => sum + bytes, 0) }
}
