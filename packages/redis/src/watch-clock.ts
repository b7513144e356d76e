import type { Redis } from 'ioredis'
import { CLOCK_SKEW_MAX_MS, clockSkewMs } from './clock-skew.ts'
import { type Loop, machineTimer, repeat, type Timer } from './timer.ts'

/** What the watch over a process's own clock is started with. */
export interface ClockWatchOptions {
  readonly redis: Redis
  /** Own milliseconds since 1970. */
  readonly clock: () => number
  readonly timer?: Timer
  /** Told after each look: milliseconds ahead of Redis, and whether that is little enough. */
  readonly onLook: (skewMs: number, isTrue: boolean) => void
  /** Redis could not be asked: nothing is known of the clock, so nothing changes. */
  readonly onError: (error: unknown) => void
}

/** How often a process compares its own clock with that of Redis. */
const EVERY_MS = 10_000

/** Compares the own clock with bare Redis TIME, at once and then each 10 s, until stopped. */
export function watchClock(o: ClockWatchOptions): Loop {
  return repeat({
    turn: async () => {
      const skewMs = await clockSkewMs(o.redis, o.clock)
      o.onLook(skewMs, isTrueClock(skewMs))
      return EVERY_MS
    },
    retryMs: EVERY_MS,
    timer: o.timer ?? machineTimer,
    onError: o.onError,
  })
}

/** Whether a clock that is this many milliseconds ahead of Redis is good enough to work by. */
export function isTrueClock(skewMs: number): boolean {
  return Math.abs(skewMs) <= CLOCK_SKEW_MAX_MS
}
