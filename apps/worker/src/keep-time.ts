import {
  type ClockWatchOptions,
  type Loop,
  type Timer,
  type WorkerHandle,
  watchClock,
} from '@snapferry/redis'
import type { Telemetry } from '@snapferry/telemetry'

/** What keeping time needs. */
export interface TimeKeeping extends Pick<ClockWatchOptions, 'redis' | 'clock'> {
  readonly timer: Timer
  readonly worker: Pick<WorkerHandle, 'pause' | 'resume'>
  readonly telemetry: Pick<Telemetry, 'clockCompared' | 'redisAway' | 'log'>
}

/**
 * Takes no ticks while the own clock is more than 5 s off that of Redis: by it BullMQ decides when a job is due, so
 * such a worker would wake migrations too early or too late. Each look pauses or resumes anew, whatever the last did.
 */
export function keepTime({ redis, clock, timer, worker, telemetry }: TimeKeeping): Loop {
  return watchClock({
    redis,
    clock,
    timer,
    onLook: (skewMs, isTrue) => {
      telemetry.clockCompared(skewMs, isTrue)
      const turn = isTrue ? worker.resume() : worker.pause()
      turn.catch((err: unknown) => telemetry.log.error({ err }, 'worker error'))
    },
    onError: (error) => telemetry.redisAway(error),
  })
}
