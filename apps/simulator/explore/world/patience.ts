import type { Policy } from '@snapferry/migration'

/** The unit of time of the explorer, milliseconds: every wait is a multiple of it. */
export const UNIT_MS = 15_000

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/**
 * A policy for exploring: the numbers that the protocol argues with (re-send age, list lag, confirmation) are those of
 * production; polls grow so fast that a limit is reached within four of them. No dice.
 */
export const PATIENCE: Policy = {
  poll: { firstMs: UNIT_MS, factor: 16, capMs: HOUR, jitter: 0 },
  retry: { firstMs: UNIT_MS, factor: 1, capMs: UNIT_MS, jitter: 0 },
  unwell: { firstMs: UNIT_MS, factor: 16, capMs: HOUR, jitter: 0 },
  resendAgeMs: 45_000,
  listLagMs: 30_000,
  confirmMs: MINUTE,
  birthLagMs: MINUTE,
  removeLimitMs: HOUR,
  inUseLimitMs: 2 * HOUR,
  markLimitMs: HOUR,
  attentionLimitMs: 4 * HOUR,
  reminderMs: 4 * HOUR,
  leftoverRetryMs: 24 * HOUR,
  eventsMax: 400,
  eventsGrant: 100,
}

/** When a worker gives up waiting for the answer to a write, milliseconds. */
export const ANSWER_MS_MAX = 30_000
/** After a crash or a freeze the job runs again within lock and stalled check, milliseconds. */
export const STALLED_MS = 15_000
/** A tick that was held up for longer looks again, milliseconds; older is all the same. */
export const LOOKED_MS_MAX = 30_000
/** Work at the provider that is not stuck has ended after this, milliseconds. */
export const WORK_MS_MAX = 60_000
/** How often the chore looks for what is due after an ending, milliseconds (10 s, in whole units). */
export const DUE_EVERY_MS = UNIT_MS
