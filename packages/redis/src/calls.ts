import type { Redis } from 'ioredis'
import type { Mode } from './claim-installation.ts'
import { keyOf } from './keys.ts'
import { ask } from './redis-away.ts'

/** Modest beside what the provider is asked by its console. */
const CALLS_PER_SECOND = 5

/** Provider calls a second of a profile for which no operator set a number; null is no limit. */
export function callsPerSecondUnset(mode: Mode): number | null {
  return mode === 'sandbox' ? null : CALLS_PER_SECOND
}

/** Provider calls that somebody wants to make. */
export interface CallsWanted {
  readonly profile: string
  /** How many the next look makes; 0 only pays for what is owed. */
  readonly calls: number
  /** How many were made beyond what was promised before. */
  readonly owed: number
  /** How many a second are allowed while no operator has set it; null: as many as one likes. */
  readonly perSecondUnset: number | null
}

/** When calls may begin, and the time at which that was said. */
export interface Turn {
  readonly now: number
  readonly turnAt: number
}

/** The provider calls of the fleet, which share one token bucket by profile. */
export interface Calls {
  /** How many calls a second operators have set, by profile. */
  rates(): Promise<Readonly<Record<string, number>>>
  /**
   * Gives these calls their turn. It is promised: whoever comes at that time need not ask again, and nobody who asks
   * later comes before. In any w seconds at most rate × w + burst calls are promised, burst being the larger of 10
   * calls and those of one second. Turns given before a rate was changed stay; whoever asks next waits for those calls
   * as long as they take at the new rate.
   */
  turn(wanted: CallsWanted): Promise<Turn>
}

/** Opens the calls; the connection knows our scripts. `sandbox`: '1' when the clock may be moved. */
export function openCalls(redis: Redis, sandbox: string): Calls {
  const answer = <T>(question: () => Promise<T>) => ask(redis, question)
  return {
    rates: () =>
      answer(async () => {
        const rates = Object.entries(await redis.hgetall(keyOf.callRates))
        return Object.fromEntries(rates.map(([profile, rate]) => [profile, Number(rate)]))
      }),
    turn: ({ profile, calls, owed, perSecondUnset }) =>
      answer(async () => {
        const keys = [keyOf.callRates, keyOf.callTurns, keyOf.clock] as const
        const unset = perSecondUnset === null ? '' : String(perSecondUnset)
        const rest = [sandbox, profile, unset, String(calls), String(owed)] as const
        const [now, turnAt] = await redis.sfTakeTurn(...keys, ...rest)
        return { now, turnAt }
      }),
  }
}
