import { type MigrationId, migrationId } from '@snapferry/migration'
import { DelayedError, type Job, WaitingError } from 'bullmq'
import { FencedWorker } from './fenced-worker.ts'
import { QUEUE, TAG } from './keys.ts'
import { checkUrl } from './open-redis.ts'
import { within } from './within.ts'

/**
 * One tick. Answers how many milliseconds to sleep, or `ended` when the migration needs no alarm any more. `signal`
 * aborts reads when the lock was lost or the worker stops. `crashes`: how often this job's worker died under it.
 */
export type Advance = (id: MigrationId, signal: AbortSignal, crashes: number) => Promise<number | 'ended'>

/** What a worker is started with. */
export interface WorkerOptions {
  readonly url: string
  /** Ticks at a time in this process. */
  readonly concurrency: number
  readonly advance: Advance
  /** A job or its lock was gone when the tick ended: another worker has it. */
  readonly onHandBack: (id: MigrationId, reason: string) => void
  /** Anything BullMQ or a tick threw; the job is tried again by itself. */
  readonly onError: (error: unknown) => void
  /** Lock and check of stalled jobs, milliseconds; tests shorten them. Default 10 s and 2.5 s. */
  readonly lockMs?: number
  readonly stalledCheckMs?: number
}

/** How a worker ended: nothing was left; what was left was given to others; it is theirs when its lock has run out. */
export type Ending = 'finished' | 'handed-back' | 'cut'

/** How alive a worker is, for who watches over it. */
export interface Life {
  /** Whether it is meant to take ticks: it was neither paused nor closed by its owner. */
  readonly isOnDuty: boolean
  /** Ticks that have begun and not ended. What BullMQ does for a job before and after its tick does not count. */
  readonly underWay: number
  /** Grows with each tick that begins or ends and each trouble that is told: a loop that moves shows it here. */
  readonly signs: number
}

/** A running worker. */
export interface WorkerHandle {
  /** Resolves when both connections are ready for the first time. */
  ready(): Promise<void>
  /** Whether it fetches jobs. */
  isRunning(): boolean
  life(): Life
  /** Takes no more ticks until `resume`; those under way go on. A second call changes nothing. */
  pause(): Promise<void>
  /** Takes ticks again. Without a `pause` before it changes nothing. */
  resume(): Promise<void>
  /**
   * Takes no more jobs, aborts reads and waits for the ticks under way, at most `deadlineMs`. Jobs of ticks that are
   * still not done go back to the front of the line, where another worker takes them at once; that takes at most
   * `HAND_BACK_MS` more. Then it cuts the connections. Resolves in any case.
   */
  close(deadlineMs: number): Promise<Ending>
}

const LOCK_MS = 10_000
const STALLED_CHECK_MS = 2_500
/** A life of migrations is longer than a few deploys; crashes are counted by the tick itself. */
const STALLED_MAX = 1_000_000

/** How long Redis may take to hear what is given back. */
export const HAND_BACK_MS = 2_000
/** How long BullMQ may take to close when no tick is under way: only a Redis that is away makes it wait. */
const GOODBYE_MS = 2_000

/** How far a worker is on its way out, and whether it rests. */
interface Standing {
  stopping: boolean
  cut: boolean
  paused: boolean
  underWay: number
  signs: number
}

/** Starts a worker of the queue on connections of its own; they wait for Redis as long as it takes. */
export function startWorker(o: WorkerOptions): WorkerHandle {
  checkUrl(o.url)
  const standing: Standing = { stopping: false, cut: false, paused: false, underWay: 0, signs: 0 }
  const worker = new FencedWorker(QUEUE, processorOf(o, standing), {
    connection: {
      url: o.url,
      maxRetriesPerRequest: null,
      // What is cut must not come back: a connection that still retries would keep the process alive.
      retryStrategy: (times) => (standing.cut ? null : Math.min(1_000, 50 * times)),
    },
    prefix: TAG,
    concurrency: o.concurrency,
    lockDuration: o.lockMs ?? LOCK_MS,
    stalledInterval: o.stalledCheckMs ?? STALLED_CHECK_MS,
    maxStalledCount: STALLED_MAX,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
    // How long it rests after Redis went away under it: BullMQ's 15 s would be most of a recovery.
    runRetryDelay: 1_000,
  })
  const trouble = (error: unknown): void => {
    standing.signs++
    o.onError(error)
  }
  worker.on('error', trouble)
  worker.on('failed', (_job, error) => trouble(error))
  worker.on('lockRenewalFailed', (ids) => {
    for (const id of ids) worker.cancelJob(id, 'the lock was lost')
  })
  return {
    ready: () => worker.waitUntilReady(),
    isRunning: () => worker.isRunning() && !worker.isPaused(),
    life: () => ({
      isOnDuty: !standing.paused && !standing.stopping,
      underWay: standing.underWay,
      signs: standing.signs,
    }),
    pause: () => {
      standing.paused = true
      return worker.pause(true)
    },
    resume: async () => {
      standing.paused = false
      if (!standing.stopping && worker.isPaused()) await worker.resume()
    },
    close: (deadlineMs) => close(worker, standing, o, deadlineMs),
  }
}

/** It declares three parameters, else BullMQ gives no signal. Nothing may stand around or after the delay. */
function processorOf(o: WorkerOptions, standing: Standing) {
  return async (job: Job, token: string | undefined, signal: AbortSignal | undefined): Promise<void> => {
    const id = migrationId(job.id ?? '')
    if (standing.paused || standing.stopping) {
      // Fetched by a question that was under way when the pause or the end began: back to where it was, for others.
      await job.moveToWait(token).catch((error) => handBack(o, id, error))
      throw new WaitingError()
    }
    const sleepMs = await counted(standing, () => o.advance(id, signal ?? NEVER, job.stalledCounter))
    if (sleepMs === 'ended') return
    await job.moveToDelayed(Date.now() + sleepMs, token).catch((error) => handBack(o, id, error))
    // At once: an await in between would let the next run of this job begin before its lock is forgotten here, and
    // the end of this run would then forget the lock of that one.
    throw new DelayedError()
  }
}

async function counted<T>(standing: Standing, tick: () => Promise<T>): Promise<T> {
  standing.underWay++
  standing.signs++
  try {
    return await tick()
  } finally {
    standing.underWay--
    standing.signs++
  }
}

const NEVER = new AbortController().signal
/** BullMQ's codes for a job that is gone, has no lock, or has another's. */
const NOT_OURS = new Set<unknown>([-1, -2, -6])

/** A job that is not ours any more is left alone; BullMQ then does nothing to it either. Other trouble is thrown. */
function handBack(o: WorkerOptions, id: MigrationId, error: unknown): void {
  if (!(error instanceof Error && 'code' in error && NOT_OURS.has(error.code))) throw error
  o.onHandBack(id, error.message)
}

async function close(
  worker: FencedWorker,
  standing: Standing,
  o: WorkerOptions,
  deadlineMs: number,
): Promise<Ending> {
  standing.stopping = true
  const finished = worker.close().then(
    () => 'finished' as const,
    () => 'late' as const,
  )
  worker.cancelAllJobs('the worker stops')
  const goodbye = worker.idle().then(() => within(finished, GOODBYE_MS))
  if ((await within(Promise.race([finished, goodbye]), deadlineMs)) === 'finished') return 'finished'
  const isHandedBack = await within(handBackAll(worker, o), HAND_BACK_MS)
  standing.cut = true
  await worker.stopRenewing()
  // Not awaited: it waits for a goodbye that a Redis that is away never says.
  worker.disconnect().catch(() => {})
  return isHandedBack === true ? 'handed-back' : 'cut'
}

/**
 * Gives the jobs of all ticks under way to other workers: lock off, first in line. What such a tick still does is
 * overtaken by theirs, as after the loss of a lock. False when Redis refused one, or when it is not for a tick that
 * BullMQ did not come to its end.
 */
async function handBackAll(worker: FencedWorker, o: WorkerOptions): Promise<boolean> {
  const left = worker.underWay
  const moved = await Promise.allSettled(
    left.map(async ({ job, token }) => {
      const id = migrationId(job.id ?? '')
      await job.moveToWait(token).catch((error) => handBack(o, id, error))
    }),
  )
  for (const one of moved) if (one.status === 'rejected') o.onError(one.reason)
  return left.length > 0 && moved.every(({ status }) => status === 'fulfilled')
}
