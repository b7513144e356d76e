import type { Redis } from 'ioredis'
import { type Lease, openLease } from './lease.ts'
import { type Loop, machineTimer, repeat, type Timer } from './timer.ts'

/** A thing the fleet does again and again, in one process at a time. */
export interface Chore {
  readonly name: string
  /** From the start of one run to the start of the next. */
  readonly everyMs: number
  /** Must stand being cut off at any point and being run twice. `signal` aborts when the lease was lost. */
  run(signal: AbortSignal): Promise<void>
}

/** What the chores of a process are started with. */
export interface ChoresOptions {
  readonly redis: Redis
  readonly chores: readonly Chore[]
  /** How long a silent holder keeps a chore from the others. Default 15 s; renewed three times as often. */
  readonly leaseMs?: number
  /** Own monotonic milliseconds. */
  readonly now?: () => number
  readonly timer?: Timer
  readonly onError?: (chore: string, error: unknown) => void
}

const LEASE_MS = 15_000

/**
 * One loop per chore: whoever holds the lease keeps it and runs the chore when it is due; the others ask for the
 * lease. A holder that dies or freezes loses it after `leaseMs`, and another goes on.
 */
export function startChores(o: ChoresOptions): Loop {
  const loops = o.chores.map((chore) => startChore(chore, o))
  return {
    stop: async () => {
      await Promise.all(loops.map((loop) => loop.stop()))
    },
  }
}

function startChore(chore: Chore, o: ChoresOptions): Loop {
  const leaseMs = o.leaseMs ?? LEASE_MS
  const now = o.now ?? (() => performance.now())
  const lease = openLease(o.redis, chore.name, leaseMs)
  const onError = (error: unknown) => o.onError?.(chore.name, error)
  let run: Run | null = null
  let lastMs = Number.NEGATIVE_INFINITY

  const loop = repeat({
    turn: async () => {
      if (run?.ended === true) run = null
      const ours = await kept(lease, () => run?.abort())
      if (!ours) run?.abort()
      else if (run === null && now() - lastMs >= chore.everyMs) {
        lastMs = now()
        run = begin(chore, onError)
      }
      return Math.min(leaseMs / 3, chore.everyMs)
    },
    retryMs: leaseMs / 3,
    timer: o.timer ?? machineTimer,
    onError,
  })
  return {
    stop: async () => {
      await loop.stop()
      run?.abort()
      await run?.done
      await lease.release().catch(onError)
    },
  }
}

/** Keeps the lease; when Redis cannot be asked, it counts as lost. */
async function kept(lease: Lease, lost: () => void): Promise<boolean> {
  try {
    return await lease.keep()
  } catch (error) {
    lost()
    throw error
  }
}

/** One run of a chore, beside the loop that renews the lease. */
interface Run {
  readonly done: Promise<void>
  ended: boolean
  abort(): void
}

function begin(chore: Chore, onError: (error: unknown) => void): Run {
  const stop = new AbortController()
  const run: Run = {
    ended: false,
    abort: () => stop.abort(),
    done: chore
      .run(stop.signal)
      .catch(onError)
      .finally(() => {
        run.ended = true
      }),
  }
  return run
}
