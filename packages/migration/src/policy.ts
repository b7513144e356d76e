import type { Learned } from './learned.ts'

/** How patient a migration is. Numbers in milliseconds; every one has its arithmetic or its measurement beside it. */
export interface Policy {
  readonly poll: Backoff
  /** For the next attempt of a phase. */
  readonly retry: Backoff
  /** For a provider that throttles or is unwell. */
  readonly unwell: Backoff
  /** 2 s guard + 30 s timeout + 13 s margin: after that a create that left no trace was never done. */
  readonly resendAgeMs: number
  /** How long the provider's lists may lag behind its writes. */
  readonly listLagMs: number
  /** Two looks at least this far apart confirm that something is not there. */
  readonly confirmMs: number
  /** A thing may be answered 404 for so long after its create. */
  readonly birthLagMs: number
  readonly removeLimitMs: number
  readonly inUseLimitMs: number
  readonly markLimitMs: number
  readonly attentionLimitMs: number
  readonly reminderMs: number
  readonly leftoverRetryMs: number
  readonly eventsMax: number
  readonly eventsGrant: number
  /** Mode `observe`: every look is taken, nothing is written. Missing: no. */
  readonly observe?: boolean
  /** Kinds of calls that have worked for this fleet, as `workedKey` names them. Missing: none is known. */
  readonly worked?: readonly string[]
  /** How long the provider's work took this fleet. Missing: nothing is known. */
  readonly learned?: Learned
  /** The limit of the phase, when a decision is made once more that was made with a learned one. */
  readonly limitMs?: number
}

/** A growing wait: `firstMs × factor^n`, at most `capMs`, of which the share `jitter` (0–1) is left to the dice. */
export interface Backoff {
  readonly firstMs: number
  readonly factor: number
  readonly capMs: number
  readonly jitter: number
}

const SECOND = 1_000
const HOUR = 3_600_000

/** The policy of production. */
export const POLICY: Policy = {
  poll: { firstMs: 2 * SECOND, factor: 1.5, capMs: 30 * SECOND, jitter: 0.2 },
  retry: { firstMs: 10 * SECOND, factor: 3, capMs: 10 * 60 * SECOND, jitter: 0.2 },
  unwell: { firstMs: 2 * SECOND, factor: 2, capMs: 120 * SECOND, jitter: 1 },
  resendAgeMs: 45 * SECOND,
  listLagMs: 30 * SECOND,
  confirmMs: 60 * SECOND,
  birthLagMs: 60 * SECOND,
  removeLimitMs: HOUR,
  inUseLimitMs: 24 * HOUR,
  markLimitMs: HOUR,
  attentionLimitMs: 72 * HOUR,
  reminderMs: 24 * HOUR,
  leftoverRetryMs: 24 * HOUR,
  eventsMax: 400,
  eventsGrant: 100,
}

/** A write leaves only within this time after its intent was recorded, on the worker's own monotonic clock. */
export const SEND_GUARD_MS = 2 * SECOND

/**
 * The same for a removal or a mark. The adapter reads the thing again before it writes, so nothing old is acted on; the
 * guard leaves room for that read (5 s at most) and a margin.
 */
export const REREAD_GUARD_MS = 10 * SECOND

/**
 * How long to wait before look or attempt `count` (from 0). `dice` is a number in [0, 1): the caller rolls it, so a
 * test can fix it. Full jitter (1) spreads a fleet that was throttled together.
 */
export function delayMs(backoff: Backoff, count: number, dice: number): number {
  const steady = Math.min(backoff.capMs, backoff.firstMs * backoff.factor ** Math.min(count, 64))
  return Math.round(steady * (1 - backoff.jitter * dice))
}
