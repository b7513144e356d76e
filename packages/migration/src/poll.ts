import type { Decision, Moment } from './decision.ts'
import { bucketEndMs, type Durations, knownOf, type WorkKind, workOf } from './learned.ts'
import type { Migration } from './migration.ts'
import type { Policy } from './policy.ts'
import type { WhyCode } from './why.ts'

/** The waits for the provider's own work, of which the fleet has learned how long it takes. */
const WORKING = new Set<WhyCode>(['taking-snapshot', 'exporting', 'importing'])

/** What one look is worth in milliseconds of being late: the less, the more looks. Measured in `test/poll.test.ts`. */
const LOOK_COST_MS = 1_000
/** Sooner than this nobody looks again. */
const PAUSE_MIN_MS = 1_000
/** In the quietest time: work that broke off is seen within this. */
const QUIET_MAX_MS = 5 * 60_000
/** How long after the longest that was ever seen to look again at first. */
const LATE_PAUSE_MS = 2_000
/** How many more may take longer than any before: keeps the looks finite at the end of what is known. */
const UNSEEN = 0.5
/** The share of the pause that is left to the dice, so that a fleet that began together does not look together. */
const JITTER = 0.2

/**
 * A wait for the provider's own work as long as similar work teaches; any other wait, and one for work that nobody
 * knows, stays as it is.
 */
export function paced<D extends Extract<Decision, { do: 'sleep' }>>(
  m: Migration,
  sleep: D,
  policy: Policy,
  moment: Moment,
): D {
  const sleepMs = WORKING.has(sleep.why.code) ? pollMs(m, policy, moment) : null
  return sleepMs === null ? sleep : { ...sleep, sleepMs }
}

/** When to look again at the work that a migration waits for, by what similar work took; null when that is not known. */
export function pollMs(m: Migration, policy: Policy, { now, dice }: Moment): number | null {
  const work = m.state === 'running' ? workOf(m, m.phase) : null
  return work === null ? null : knownPollMs(work, now - (work.since ?? now), policy, dice)
}

/** The same for work that has just begun and is in no ledger yet. */
export function firstPollMs(m: Migration, policy: Policy, { dice }: Moment): number | null {
  const work = m.state === 'running' ? workOf(m, m.phase) : null
  return work === null ? null : knownPollMs(work, 0, policy, dice)
}

function knownPollMs(work: WorkKind, elapsedMs: number, policy: Policy, dice: number): number | null {
  const known = knownOf(policy.learned, work)
  return known === null ? null : nextLookMs(known, Math.max(0, elapsedMs), policy.poll.capMs, dice)
}

/**
 * How long to wait before work that has gone on for `elapsedMs` is looked at again, milliseconds. Looks are spread by
 * the rule of optimum inspection: their density is √(h ÷ 2c), h being the share of the work still under way that ends
 * in a millisecond, c the cost of a look. So it is quiet while nothing like it ever ended, dense while most of it does,
 * and ever quieter beyond the longest that was seen, up to `capMs`.
 */
export function nextLookMs(known: Durations, elapsedMs: number, capMs: number, dice: number): number {
  const wanted = 1 - JITTER / 2 + JITTER * dice
  let looks = 0
  let at = elapsedMs
  for (const span of spansOf(known)) {
    if (span.toMs <= at) continue
    const density = Math.max(1 / QUIET_MAX_MS, Math.sqrt(span.hazard / (2 * LOOK_COST_MS)))
    const more = (span.toMs - at) * density
    if (looks + more >= wanted) return pause(at + (wanted - looks) / density - elapsedMs)
    looks += more
    at = span.toMs
  }
  const lateMs = Math.min(capMs, LATE_PAUSE_MS + (at - known.maxMs) / 2)
  return pause(at + (wanted - looks) * lateMs - elapsedMs)
}

function pause(ms: number): number {
  return Math.round(Math.min(Math.max(ms, PAUSE_MIN_MS), QUIET_MAX_MS))
}

/** A time in which work ends evenly: the share of what is still under way that ends in each of its milliseconds. */
interface Span {
  readonly toMs: number
  readonly hazard: number
}

/** What is known as a row of spans without gaps. Each count is spread over its neighbours, a quarter to either side. */
function spansOf({ counts }: Durations): readonly Span[] {
  const last = (counts.at(-1)?.[0] ?? 0) + 1
  const ended = new Array<number>(last + 1).fill(0)
  for (const [bucket, count] of counts) {
    for (const [at, share] of [
      [Math.max(bucket - 1, 0), 0.25],
      [bucket, 0.5],
      [bucket + 1, 0.25],
    ] as const)
      ended[at] = (ended[at] ?? 0) + share * count
  }
  let alive = UNSEEN + ended.reduce((sum, count) => sum + count, 0)
  return ended.map((count, bucket) => {
    const toMs = bucketEndMs(bucket)
    const hazard = count / (alive - count / 2) / (toMs - bucketEndMs(bucket - 1))
    alive -= count
    return { toMs, hazard }
  })
}
