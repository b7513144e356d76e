import { type CallTally, CIRCUIT, circuitName, circuitScope, type Hold } from '@snapferry/migration'
import type { Redis } from 'ioredis'
import { keyOf } from './keys.ts'
import { ask } from './redis-away.ts'

/** The calls of the fleet to each zone, and the circuits that open when half of them come to nothing. */
export interface Circuits {
  /** Adds what a process has counted; answers the names of the holds that this put up. */
  count(tallies: readonly CallTally[]): Promise<readonly string[]>
}

/** Opens the circuits; the connection knows our scripts. `sandbox`: '1' when the clock may be moved. */
export function openCircuits(redis: Redis, sandbox: string): Circuits {
  return {
    count: async (tallies) => {
      if (tallies.length === 0) return []
      const told = tallies.map((tally) => ({ ...tally, hold: holdOfTally(tally) }))
      const keys = [keyOf.holds, keyOf.circuits, keyOf.clock] as const
      return await ask(redis, () =>
        redis.sfCountCalls(...keys, sandbox, JSON.stringify(told), JSON.stringify(CIRCUIT)),
      )
    },
  }
}

/** The hold as it would stand, without what only the script knows. */
function holdOfTally({
  zone,
  said,
  call,
  requestId,
}: CallTally): Omit<Hold, 'since' | 'lastAt' | 'times' | 'probeAt'> {
  return {
    ...{ name: circuitName(zone), kind: 'circuit', scope: circuitScope(zone), stops: 'calls', act: null },
    ...{ said, call, requestId, by: null, probe: null },
  }
}
