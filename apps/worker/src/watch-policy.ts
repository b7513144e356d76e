import type { Policy } from '@snapferry/migration'
import { type Loop, machineTimer, type RedisJournal, repeat, type Timer } from '@snapferry/redis'

/** The policy of a worker: fixed numbers, and what the fleet has learned as far as this worker has read it. */
export interface PolicyWatch {
  current(): Policy
  /** Calls a second by profile, as operators set them. */
  rates(): Readonly<Record<string, number>>
  readonly loop: Loop
}

const EVERY_MS = 10_000

/** Reads what the fleet has learned again and again; while Redis is away what was read last goes on holding. */
export function watchPolicy(o: {
  readonly base: Policy
  readonly journal: Pick<RedisJournal, 'holds' | 'lessons' | 'calls'>
  readonly timer?: Timer
  readonly onError: (error: unknown) => void
}): PolicyWatch {
  let policy = o.base
  let rates: Readonly<Record<string, number>> = {}
  const loop = repeat({
    turn: async () => {
      const { holds, lessons, calls } = o.journal
      const [worked, learned, set] = await Promise.all([holds.worked(), lessons.read(), calls.rates()])
      policy = { ...o.base, worked, learned }
      rates = set
      return EVERY_MS
    },
    retryMs: EVERY_MS,
    timer: o.timer ?? machineTimer,
    onError: o.onError,
  })
  return { current: () => policy, rates: () => rates, loop }
}
