import { DelayedError, type Job, Queue, Worker } from 'bullmq'

/** The peer: BullMQ alone, as many delayed transitions for as many jobs, with the lock of our worker and no work. */
export interface BareOptions {
  readonly url: string
  readonly jobs: number
  /** How often each job is delayed before it completes. */
  readonly transitions: number
  readonly concurrency: number
}

const QUEUE = 'bare'
const PREFIX = '{bare}'

/** Adds the jobs. */
export async function fillBare({ url, jobs }: BareOptions): Promise<void> {
  const streams = { events: { maxLen: 1_000 } }
  const queue = new Queue(QUEUE, { connection: { url }, prefix: PREFIX, streams })
  const ids = Array.from({ length: jobs }, (_, n) => `job_${n}`)
  await queue.addBulk(ids.map((id) => ({ name: 'advance', data: { id }, opts: { jobId: id } })))
  await queue.close()
}

/** Runs them to their end. Answers the transitions really made; throws when a job ended early, late or twice. */
export async function runBare({ url, jobs, transitions, concurrency }: BareOptions): Promise<number> {
  let made = 0
  const processor = async (job: Job, token?: string): Promise<void> => {
    // BullMQ itself counts the starts, in Redis.
    if (job.attemptsStarted > transitions) return
    await job.moveToDelayed(Date.now(), token)
    made++
    throw new DelayedError()
  }
  const worker = new Worker(QUEUE, processor, {
    connection: { url, maxRetriesPerRequest: null },
    prefix: PREFIX,
    concurrency,
    lockDuration: 10_000,
    stalledInterval: 5_000,
    maxStalledCount: 1_000_000,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  })
  const ended = new Map<string, number>()
  await new Promise<void>((resolve, reject) => {
    worker.on('error', reject)
    worker.on('failed', (_, error) => reject(error))
    worker.on('completed', (job) => {
      ended.set(job.id ?? '', job.attemptsStarted)
      if (ended.size === jobs) resolve()
    })
  }).finally(() => worker.close())
  const wrong = [...ended].filter(([, starts]) => starts !== transitions + 1)
  if (wrong.length > 0 || made !== jobs * transitions)
    throw new Error(
      `bare BullMQ made ${made} of ${jobs * transitions} transitions; ${wrong.length} jobs wrong`,
    )
  return made
}
