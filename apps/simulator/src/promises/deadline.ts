import { legOf, limitMs, PHASES, POLICY } from '@snapferry/migration'
import type { Note } from '../story/note.ts'
import type { World } from '../world.ts'

const HOUR = 3_600_000
/** Every storm of this world ends, and so does the work of others on a source. */
export const STORM_MAX_MS = 8 * HOUR
/** The largest disk of this world. */
const DISK_BYTES = 20_000_000_000

/**
 * The most time from acceptance to an ending. A way forward is each phase with all its attempts, each as long as its
 * limit, once more for each of two setbacks; then undoing: the import that cannot be stopped, and a day for what is in
 * use. One that was ever parked may be so for 72 h, and again after each retry of a person. Others before it on the same
 * source, one storm, and what a day of throttled polls adds come on top.
 */
export function deadlineMs({ notes, account, memory }: World, { retries, isParked }: Note): number {
  const forward = PHASES.reduce(
    (sum, phase) => sum + legOf(phase).attemptsMax * limitMs(phase, DISK_BYTES),
    0,
  )
  const undoing = limitMs('import', DISK_BYTES) + POLICY.inUseLimitMs + 2 * POLICY.removeLimitMs
  const lines = limitMs('export', DISK_BYTES) + (memory.budgets.size > 0 ? limitMs('import', DISK_BYTES) : 0)
  const queue = notes.size * 3 * lines + account.brokenMs
  const parked = isParked ? POLICY.attentionLimitMs : 0
  return (retries + 1) * (3 * forward + parked + queue) + undoing + STORM_MAX_MS + 24 * HOUR
}
