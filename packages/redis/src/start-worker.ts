import { type MigrationId, migrationId } from '@snapferry/migration'
import { DelayedError, type Job, WaitingError, type Worker } from 'bullmq'
import { FencedWorker } from './fenced-worker.ts'
import { QUEUE, TAG } from './keys.ts'
import { checkUrl } from './open-redis.ts'

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
  /** Lock and check of stalled jobs, milliseconds; tests shorten them. Default 10 s and 5 s. */
  readonly lockMs?: number
  readonly stalledCheckMs?: number
}

/** A running worker. */
export interface WorkerHandle {
  /** Resolves when both connections are ready for the first time. */
  ready(): Promise<void>
  /** Whether it fetches jobs. */
  isRunning(): boolean
  /** Takes no more ticks until `resume`; those under way go on. A second call changes nothing. */
  pause(): Promise<void>
  /** Takes ticks again. Without a `pause` before it changes nothing. */
  resume(): Promise<void>
  /**
   * Takes no more jobs, aborts reads and waits for the ticks under way, at most `deadlineMs`; then it cuts the
   * connections, and the stalled check of another worker takes the rest over. Resolves in any case.
   */
  close(deadlineMs: number): Promise<'finished' | 'cut'>
}

const LOCK_MS = 10_000
const STALLED_CHECK_MS = 5_000
/** A life of migrations is longer than a few deploys; crashes are counted by the tick itself. */
const STALLED_MAX = 1_000_000

/** How far a worker is on its way out, and whether it rests. */
interface Standing {
  stopping: boolean
  cut: boolean
  paused: boolean
}

/** Starts a worker of the queue on connections of its own; they wait for Redis as long as it takes. */
export function startWorker(o: WorkerOptions): WorkerHandle {
  checkUrl(o.url)
  const standing: Standing = { stopping: false, cut: false, paused: false }
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
  worker.on('error', o.onError)
  worker.on('failed', (_job, error) => o.onError(error))
  worker.on('lockRenewalFailed', (ids) => {
    for (const id of ids) worker.cancelJob(id, 'the lock was lost')
  })
  return {
    ready: () => worker.waitUntilReady(),
    isRunning: () => worker.isRunning() && !worker.isPaused(),
    pause: () => {
      standing.paused = true
      return worker.pause(true)
    },
    resume: async () => {
      standing.paused = false
      if (!standing.stopping && worker.isPaused()) await worker.resume()
    },
    close: (deadlineMs) => close(worker, standing, deadlineMs),
  }
}

/** It declares three parameters, else BullMQ gives no signal. Nothing may stand around or after the delay. */
function processorOf(o: WorkerOptions, standing: Standing) {
  return async (job: Job, token: string | undefined, signal: AbortSignal | undefined): Promise<void> => {
    const id = migrationId(job.id ?? '')
    if (standing.paused) {
      // Fetched by a question that was under way when the pause began: back to where it was, for others.
      await job.moveToWait(token).catch((error) => handBack(o, id, error))
      throw new WaitingError()
    }
    const sleepMs = await o.advance(id, standing.stopping ? STOPPED : (signal ?? NEVER), job.stalledCounter)
    if (sleepMs === 'ended') return
    await job.moveToDelayed(Date.now() + sleepMs, token).catch((error) => handBack(o, id, error))
    // At once: an await in between would let the next run of this job begin before its lock is forgotten here, and
    // the end of this run would then forget the lock of that one.
    throw new DelayedError()
  }
}

const NEVER = new AbortController().signal
/** For a job that was fetched before the worker stopped and begins after. */
const STOPPED = AbortSignal.abort('the worker stops')
/** BullMQ's codes for a job that is gone, has no lock, or has another's. */
const NOT_OURS = new Set<unknown>([-1, -2, -6])

/** A job that is not ours any more is left alone; BullMQ then does nothing to it either. Other trouble is thrown. */
function handBack(o: WorkerOptions, id: MigrationId, error: unknown): void {
  if (!(error instanceof Error && 'code' in error && NOT_OURS.has(error.code))) throw error
  o.onHandBack(id, error.message)
}

async function close(worker: Worker, standing: Standing, deadlineMs: number): Promise<'finished' | 'cut'> {
  standing.stopping = true
  const finished = worker.close().then(() => 'finished' as const)
  worker.cancelAllJobs('the worker stops')
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'cut'>((resolve) => {
    timer = setTimeout(resolve, deadlineMs, 'cut')
  })
  const how = await Promise.race([finished, late])
  clearTimeout(timer)
  if (how === 'cut') {
    standing.cut = true
    finished.catch(() => {})
    // Not awaited: it waits for a goodbye that a Redis that is away never says.
    worker.disconnect().catch(() => {})
  }
  return how
}
