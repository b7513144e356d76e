import type { RedisJournal } from '@snapferry/redis'

/** A clock that runs faster than a real one. */
export interface ClockDriver {
  stop(): Promise<void>
}

const STEP_MS = 100
const NUDGED_MAX = 1_000

/**
 * Raises the sandbox's clock so that it runs `speed` times as fast, and nudges whatever became due by it. The
 * emulator runs its own clock at the same speed; together they make minutes of waiting a matter of seconds.
 */
export function driveClock(journal: RedisJournal, speed: number): ClockDriver {
  const started = performance.now()
  let isStopped = false
  const step = async (): Promise<void> => {
    await journal.setClock(Math.round((performance.now() - started) * (speed - 1)))
    const { now } = await journal.clock()
    await journal.nudge([
      ...(await journal.overdue(now, NUDGED_MAX)),
      ...(await journal.dueBy(now, NUDGED_MAX)),
    ])
  }
  const run = (async () => {
    while (!isStopped) {
      await step().catch(() => undefined)
      await new Promise((wake) => setTimeout(wake, STEP_MS))
    }
  })()
  return {
    stop: async () => {
      isStopped = true
      await run
    },
  }
}
