import {
  type Appended,
  type Change,
  type Event,
  isEnded,
  type Migration,
  type MigrationId,
  type Pulse,
  type Reading,
} from '../../src/index.ts'

/** What a Redis forgets when it comes back from its last fsync. */
interface Saved {
  readonly at: number
  readonly record: Migration
  readonly pulse: Pulse
  readonly events: readonly Event[]
}

/** The journal of one migration in memory: the version check, the claims and the nudges of the real one. */
export class MemoryJournal {
  record: Migration
  pulse: Pulse
  events: Event[]
  nudges = 1
  redisRun: string
  /** Claims held by others: which, and by whom. */
  readonly foreignClaims = new Map<string, MigrationId>()
  /** Every append, in order, for the laws that look at each step. */
  readonly steps: { before: Migration; after: Migration; events: readonly Event[] }[] = []
  /** When Redis forgot appends. */
  readonly losses: number[] = []
  #saved: Saved[] = []

  constructor(first: Migration, event: Event) {
    this.record = first
    this.events = [event]
    this.redisRun = first.redisRun
    this.pulse = { v: 1, wakeAt: event.at, plannedMs: 0, waitedMs: 0, looks: 0, why: null }
  }

  read(now: number): Reading {
    return { record: this.record, pulse: this.pulse, now, nudges: this.nudges, redisRun: this.redisRun }
  }

  append(change: Change, now: number): Appended {
    const { before, after, events, pulse } = change
    if (before.pulse.v !== this.pulse.v) return { outcome: 'overtaken' }
    const wanted = isEnded(after) ? [] : after.claims.filter((claim) => !before.record.claims.includes(claim))
    for (const claim of wanted) {
      const by = this.foreignClaims.get(claim)
      if (by !== undefined) return { outcome: 'claimed', claim, by }
    }
    this.#saved.push({ at: now, record: this.record, pulse: this.pulse, events: [...this.events] })
    if (this.#saved.length > 12) this.#saved.shift()
    let { wakeAt } = pulse
    if (change.closing) {
      if (this.nudges === before.nudges) this.nudges = 0
      else wakeAt = now
    }
    if (change.nudge) this.nudges++
    this.steps.push({ before: this.record, after, events })
    this.record = after
    this.events.push(...events)
    this.pulse = { ...pulse, wakeAt, v: this.pulse.v + 1 }
    return { outcome: 'appended', v: this.pulse.v, now, wakeAt }
  }

  /** Another Redis answers: what was appended within the last `lostMs` is forgotten. */
  restore(now: number, lostMs: number, redisRun: string): void {
    const first = this.#saved.findIndex(({ at }) => at > now - lostMs)
    const back = this.#saved[first]
    if (back !== undefined) {
      this.losses.push(now)
      this.record = back.record
      // Versions never repeat, so that a reading from before the loss is always overtaken.
      this.pulse = { ...back.pulse, v: this.pulse.v + 1 }
      this.events = [...back.events]
      this.steps.length = 0
      this.#saved = this.#saved.slice(0, first)
    }
    this.redisRun = redisRun
    this.nudges++
  }
}
