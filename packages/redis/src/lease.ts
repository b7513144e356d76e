import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { keyOf } from './keys.ts'
import { ask } from './redis-away.ts'
import { defineScripts } from './scripts.ts'

/** The right to do one chore, held by at most one process at a time and lost by silence. */
export interface Lease {
  /** Takes the lease when it is free, or renews it; true while it is ours for another `leaseMs`. */
  keep(): Promise<boolean>
  /** Lets go of it when it is ours. */
  release(): Promise<void>
}

/** A lease on a chore, on a connection that the caller closes. */
export function openLease(redis: Redis, chore: string, leaseMs: number): Lease {
  defineScripts(redis)
  const key = keyOf.lease(chore)
  const token = randomUUID()
  return {
    keep: () =>
      ask(redis, async () => {
        if ((await redis.sfRenewLease(key, token, String(leaseMs))) === 1) return true
        return (await redis.set(key, token, 'PX', leaseMs, 'NX')) === 'OK'
      }),
    release: async () => {
      await ask(redis, () => redis.sfReleaseLease(key, token))
    },
  }
}
