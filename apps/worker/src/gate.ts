import { isEnded, type Question, type WantsLook } from '@snapferry/migration'
import { type Calls, type Loop, machineTimer, repeat, type Timer } from '@snapferry/redis'

/** Lets looks go in the order in which the fleet asked, as fast as the calls of their profile may be made. */
export interface Gate {
  /**
   * Whether a tick may look now: null, after a short wait here when its turn is near. Otherwise the time of its turn, which
   * it keeps: no worker is held while it waits, and it asks nobody again when it comes then.
   */
  enter(tick: WantsLook): Promise<number | null>
  /** One request to the provider was made. */
  called(profile: string): void
  readonly loop: Loop
}

/** A turn as near as this is waited for in the process. */
const NEAR_MS = 250
/** A turn is kept for whoever comes this late: after an outage all who are late would come at once. */
const KEPT_MS = 10_000
const SETTLE_EVERY_MS = 1_000
/** What a process may have made fewer calls than promised, and make up for later. */
const CREDIT_MAX = 10

/** What a gate is opened with. */
export interface GateOptions {
  readonly calls: Pick<Calls, 'turn'>
  /** Calls a second by profile, as operators set them. */
  readonly rates: () => Readonly<Record<string, number>>
  /** For profiles without such a number; null: no limit. */
  readonly perSecondUnset: number | null
  readonly timer?: Timer
  readonly onError: (error: unknown) => void
}

/** Opens the gate. Where no limit is set it asks nobody. */
export function openGate(o: GateOptions): Gate {
  const timer = o.timer ?? machineTimer
  /** Requests made beyond the turns that were given, by profile; below zero: fewer. */
  const beyond = new Map<string, number>()
  const isLimited = (profile: string): boolean => (o.rates()[profile] ?? o.perSecondUnset) !== null
  const add = (profile: string, calls: number): void => {
    beyond.set(profile, Math.max(-CREDIT_MAX, (beyond.get(profile) ?? 0) + calls))
  }
  const turn = async (profile: string, calls: number) => {
    const owed = Math.max(0, beyond.get(profile) ?? 0)
    add(profile, -owed)
    try {
      return await o.calls.turn({ profile, calls, owed, perSecondUnset: o.perSecondUnset })
    } catch (error) {
      add(profile, owed)
      throw error
    }
  }
  const loop = repeat({
    turn: async () => {
      for (const [profile, calls] of beyond) {
        if (calls > 0 && isLimited(profile)) await turn(profile, 0)
      }
      return SETTLE_EVERY_MS
    },
    retryMs: SETTLE_EVERY_MS,
    timer,
    onError: o.onError,
  })
  return {
    enter: async ({ reading: { record, pulse, now }, question }) => {
      const { profile } = record.plan
      const calls = callsOf(question)
      // Whoever has ended has no alarm clock of its own that a turn could set. Its calls are paid for afterwards.
      if (calls === 0 || isEnded(record) || !isLimited(profile)) return null
      if (pulse.turnAt !== undefined && now < pulse.turnAt) return pulse.turnAt
      if (pulse.turnAt === undefined || now - pulse.turnAt > KEPT_MS) {
        const given = await turn(profile, calls)
        const aheadMs = given.turnAt - given.now
        if (aheadMs > NEAR_MS) return given.turnAt
        if (aheadMs > 0) await new Promise<void>((resolve) => timer(aheadMs, resolve))
      }
      add(profile, -calls)
      return null
    },
    called: (profile) => {
      if (isLimited(profile)) add(profile, 1)
    },
    loop,
  }
}

/** How many calls a question makes at least; pages, headers and second looks come on top. */
export function callsOf({ rows = [], late = [], ...single }: Question): number {
  return Object.values(single).filter((look) => look !== undefined).length + rows.length + late.length
}
