import { HOLD_KINDS, type Hold, PROBE_MS } from '@snapferry/migration'
import type { Redis } from 'ioredis'
import { keyOf } from './keys.ts'
import { ask } from './redis-away.ts'

/** A hold as it is put up; Redis adds its times. */
export type DrainHold = Omit<Hold, 'since' | 'lastAt' | 'times' | 'probe'>

/** The holds of the fleet, as operators see and steer them. Migrations raise and lift theirs with their own appends. */
export interface Holds {
  list(): Promise<readonly Hold[]>
  /** Puts a hold up, or changes its reason; answers it as it stands. */
  put(hold: DrainHold): Promise<Hold>
  /** Ends a hold and wakes who stands under it; answers it, or null when there was none. */
  lift(name: string): Promise<Hold | null>
  /** How many migrations stand under a hold. */
  standing(name: string): Promise<number>
  /** Gives each hold whose time has come one migration that tries; answers how many. `dice`: a roll in [0, 1). */
  probe(dice: number): Promise<number>
  /** Wakes more of those who stand under a hold that is over; answers under how many somebody still stands. */
  wakeLifted(): Promise<number>
  /** Kinds of calls that have worked for this fleet. */
  worked(): Promise<readonly string[]>
}

/** Opens the holds; the connection knows our scripts. `sandbox`: '1' when the clock may be moved. */
export function openHolds(redis: Redis, sandbox: string): Holds {
  const answer = <T>(question: () => Promise<T>) => ask(redis, question)
  return {
    list: () => answer(async () => (await redis.hvals(keyOf.holds)).map(holdOf)),
    put: (hold) =>
      answer(async () => {
        const text = JSON.stringify({ ...hold, probe: null })
        return holdOf(await redis.sfPutHold(keyOf.holds, keyOf.clock, sandbox, text))
      }),
    lift: (name) =>
      answer(async () => {
        const text = await redis.sfLiftHold(keyOf.holds, keyOf.waiters, keyOf.nudges, keyOf.lifted, name)
        return text === null ? null : holdOf(text)
      }),
    standing: (name) => answer(() => redis.zlexcount(keyOf.waiters, `(hold:${name}\n`, `(hold:${name}\v`)),
    probe: (dice) =>
      answer(() => {
        const keys = [keyOf.holds, keyOf.waiters, keyOf.nudges, keyOf.clock] as const
        return redis.sfProbe(...keys, sandbox, String(PROBE_MS), String(dice))
      }),
    wakeLifted: () =>
      answer(() => redis.sfWakeLifted(keyOf.lifted, keyOf.waiters, keyOf.nudges, keyOf.holds)),
    worked: () => answer(() => redis.hkeys(keyOf.worked)),
  }
}

/** A hold from its JSON; throws on anything else. */
export function holdOf(text: string): Hold {
  const value: unknown = JSON.parse(text)
  if (!isHold(value)) throw new Error(`not a hold: ${text.slice(0, 80)}`)
  return value
}

function isHold(value: unknown): value is Hold {
  if (typeof value !== 'object' || value === null) return false
  if (!('name' in value) || !('scope' in value) || !('kind' in value)) return false
  return typeof value.scope === 'string' && HOLD_KINDS.some((kind) => kind === value.kind)
}
