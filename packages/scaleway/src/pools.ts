import type { LookupFunction } from 'node:net'
import { type Dispatcher, Pool } from 'undici'

/** One pool of kept connections per origin. */
export interface Pools {
  /** The pool of an origin (`https://api.scaleway.com`), made at its first use. */
  of(origin: string): Dispatcher
  /** Waits for what is under way, then closes. Safe to repeat. */
  close(): Promise<void>
}

/**
 * More than the ticks of one worker (100 by default): a write that waited here for a connection would be held back by
 * the send guard. How many calls the provider sees is not decided here.
 */
export const CONNECTIONS_PER_HOST = 128

/** Opens the pools. `lookup` replaces DNS: the sandbox refuses public addresses there. `connections`: at most so many to each. */
export function openPools(lookup: LookupFunction | null, connections: number): Pools {
  const pools = new Map<string, Pool>()
  const make = (origin: string): Pool => {
    const connect = lookup === null ? {} : { connect: { lookup } }
    // HTTP/1.1 only: one request at a time on a connection makes "nothing was sent" a certainty.
    const pool = new Pool(origin, { ...connect, allowH2: false, connections })
    pools.set(origin, pool)
    return pool
  }
  return {
    of: (origin) => pools.get(origin) ?? make(origin),
    async close() {
      const open = [...pools.values()].filter((pool) => !pool.closed && !pool.destroyed)
      await Promise.all(open.map((pool) => pool.close()))
    },
  }
}
