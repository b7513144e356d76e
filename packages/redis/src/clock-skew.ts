import type { Redis } from 'ioredis'
import { ask } from './redis-away.ts'

/** More than this and times of ours would disagree with those of the record: such a process is not ready. */
export const CLOCK_SKEW_MAX_MS = 5_000

/**
 * How far the clock of this machine is ahead of bare Redis TIME, milliseconds. Redis answered somewhere between asking
 * and getting the answer, so what counts is the least skew that explains both: a slow answer, or a process that was
 * held up meanwhile, is never taken for a wrong clock. `clock`: own milliseconds since 1970.
 */
export async function clockSkewMs(redis: Redis, clock: () => number = Date.now): Promise<number> {
  const asked = clock()
  const [seconds, micros] = await ask(redis, () => redis.time())
  const answered = clock()
  const told = Number(seconds) * 1_000 + Number(micros) / 1_000
  return Math.round(Math.max(0, asked - told) + Math.min(0, answered - told))
}
