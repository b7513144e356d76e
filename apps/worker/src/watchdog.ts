import {
  type Life,
  type Loop,
  type MigrationQueue,
  repeat,
  type Timer,
  type WorkerHandle,
} from '@snapferry/redis'

/** One look at the worker of this process. */
export interface Sight {
  /** Own monotonic milliseconds. */
  readonly atMs: number
  /** Jobs that any worker could have taken at this moment; null when Redis did not answer. */
  readonly takeable: number | null
  readonly life: Life
}

/** A worker that looked stuck at every look since. */
export interface Suspicion {
  readonly sinceMs: number
  readonly lastMs: number
  readonly signs: number
}

/** How patient the watchdog is, milliseconds. */
export interface Patience {
  readonly everyMs: number
  /** How long a worker has to look stuck at every look, without a sign of life, to be taken for stuck. */
  readonly limitMs: number
}

/** An idle worker asks for jobs at least each 10 s: nine such questions came to nothing. */
export const PATIENCE: Patience = { everyMs: 10_000, limitMs: 90_000 }

/** Looks further apart than this many pauses prove that the process or the machine stood still, not its worker. */
const GAP_PAUSES = 3
/** How long after its time a sleeping job may still sleep: clocks that are good enough differ by 5 s. */
const OVERDUE_MS = 15_000

/**
 * What is suspected after a look: null when the worker rests by order, works, or has nothing to take, and when Redis
 * does not answer. Any sign of life, and any gap in the looks, begins anew.
 */
export function suspect(before: Suspicion | null, sight: Sight, patience: Patience): Suspicion | null {
  const { atMs, takeable, life } = sight
  if (takeable === null || takeable === 0 || !life.isOnDuty || life.underWay > 0) return null
  const isSame =
    before !== null && before.signs === life.signs && atMs - before.lastMs <= GAP_PAUSES * patience.everyMs
  return { sinceMs: isSame ? before.sinceMs : atMs, lastMs: atMs, signs: life.signs }
}

/** Whether the suspicion is old enough to act on. */
export function isStuck(suspicion: Suspicion | null, { limitMs }: Patience): suspicion is Suspicion {
  return suspicion !== null && suspicion.lastMs - suspicion.sinceMs >= limitMs
}

/** What the watchdog is started with. */
export interface Watch {
  readonly queue: Pick<MigrationQueue, 'takeable'>
  readonly worker: Pick<WorkerHandle, 'life'>
  readonly patience: Patience
  /** Own milliseconds since 1970: BullMQ's delays are in it. */
  readonly clock: () => number
  readonly monotonicMs: () => number
  readonly timer: Timer
  /** Told once, in a sentence: the loop in which this worker fetches jobs stands still. A new process is the cure. */
  readonly onStuck: (what: string) => void
  readonly onError: (error: unknown) => void
}

/**
 * Watches over the loop that fetches jobs. When there are jobs to take, this worker is free to take them and for the
 * whole of its patience takes none, that loop hangs: on a half-open connection, say, from which no answer ever comes.
 * It asks for jobs and not for overdue records: a record is rightly late while another worker holds it, while it is of
 * another program's rules, and when the clock of a sandbox is raised.
 */
export function startWatchdog(o: Watch): Loop {
  let suspicion: Suspicion | null = null
  let isTold = false
  return repeat({
    turn: async () => {
      const takeable = await o.queue.takeable(o.clock() - OVERDUE_MS).catch((error: unknown) => {
        o.onError(error)
        return null
      })
      suspicion = suspect(suspicion, { atMs: o.monotonicMs(), takeable, life: o.worker.life() }, o.patience)
      if (isStuck(suspicion, o.patience) && !isTold) {
        isTold = true
        const seconds = Math.round((suspicion.lastMs - suspicion.sinceMs) / 1_000)
        o.onStuck(`this worker is stuck: ${takeable} jobs are due and it has taken none for ${seconds} s`)
      }
      return o.patience.everyMs
    },
    retryMs: o.patience.everyMs,
    timer: o.timer,
    onError: o.onError,
  })
}
