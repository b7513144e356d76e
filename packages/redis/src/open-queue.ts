import type { MigrationId } from '@snapferry/migration'
import { Queue } from 'bullmq'
import { QUEUE, TAG } from './keys.ts'
import { openRedis } from './open-redis.ts'
import { ask, RedisAway } from './redis-away.ts'

/** The alarm clocks: one BullMQ job per migration, its id the migration's, its data the id alone. */
export interface MigrationQueue {
  /** Adds the job unless there is one in any state. Best effort: false when Redis is away; the drain makes up for it. */
  add(id: MigrationId): Promise<boolean>
  /** Lets a delayed job run now; false when it is not (or no longer) delayed. Throws `RedisAway`. */
  promote(id: MigrationId): Promise<boolean>
  /** Whether there is a job in any state: one look-up, however many wait. Throws `RedisAway`. */
  has(id: MigrationId): Promise<boolean>
  /** The state of the job; it walks the waiting list, so not for hot paths. `absent` when there is none. Throws `RedisAway`. */
  state(id: MigrationId): Promise<JobState>
  /** Jobs by state. Throws `RedisAway`. */
  counts(): Promise<Readonly<Record<string, number>>>
  /** Delayed jobs whose time passed at or before `atMs`: with nothing active, a sign of a stuck fleet. */
  overdue(atMs: number): Promise<number>
  /**
   * Jobs that any worker could take: those that wait, and those whose time passed at or before `atMs`; none while
   * somebody paused the queue. Throws `RedisAway`.
   */
  takeable(atMs: number): Promise<number>
  /** Removes every job, the running ones too. For tests: the reconciler brings them back. */
  obliterate(): Promise<void>
  close(): Promise<void>
}

/** What BullMQ says of a job. */
export type JobState =
  | 'absent'
  | 'active'
  | 'completed'
  | 'delayed'
  | 'failed'
  | 'prioritized'
  | 'waiting'
  | 'waiting-children'

/** How a job is made: it never ends by failing, and what ended leaves nothing that would hide a new job of its id. */
export const JOB_OPTIONS = {
  attempts: 1_000_000_000,
  backoff: { type: 'fixed', delay: 5_000 },
  removeOnComplete: true,
  removeOnFail: true,
  stackTraceLimit: 5,
} as const

/** BullMQ's answer to a promote of a job that is not delayed. */
const NOT_IN_STATE = -3

/** Opens the queue on a connection of its own that fails fast. It may be opened while Redis is away. */
export function openQueue(url: string): MigrationQueue {
  const redis = openRedis(url, 'requests')
  let queue: Queue | null = null

  /** BullMQ remembers a failed start for ever, so a queue that could not start is thrown away and made anew. */
  const ready = async (): Promise<Queue> => {
    const made = queue ?? newQueue(redis)
    queue = made
    try {
      await made.waitUntilReady()
      return made
    } catch (cause) {
      if (queue === made) queue = null
      made.close().catch(() => {})
      throw new RedisAway('the queue could not be opened', { cause })
    }
  }
  const ask1 = <T>(question: (queue: Queue) => Promise<T>) => ask(redis, async () => question(await ready()))

  return {
    add: async (id) => {
      try {
        await ask1((q) => q.add('advance', { id }, { jobId: id }))
        return true
      } catch (error) {
        if (error instanceof RedisAway) return false
        throw error
      }
    },
    promote: (id) => ask1((q) => promote(q, id)),
    has: (id) => ask1(async (q) => (await redis.exists(q.toKey(id))) === 1),
    state: (id) => ask1(async (q) => stateOf(await q.getJobState(id))),
    counts: () => ask1((q) => q.getJobCounts()),
    overdue: (atMs) => ask1((q) => q.getDelayedCount(atMs)),
    takeable: (atMs) => ask1((q) => takeable(q, atMs)),
    obliterate: () => ask1((q) => q.obliterate({ force: true })),
    close: async () => {
      // The connection is ours, so BullMQ leaves it open.
      await queue?.close().catch(() => {})
      redis.disconnect()
    },
  }
}

function newQueue(connection: ReturnType<typeof openRedis>): Queue {
  const queue = new Queue(QUEUE, {
    connection,
    prefix: TAG,
    defaultJobOptions: JOB_OPTIONS,
    streams: { events: { maxLen: 1_000 } },
  })
  queue.on('error', () => {})
  return queue
}

async function promote(queue: Queue, id: MigrationId): Promise<boolean> {
  try {
    await queue.getBackend().promote(id)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === NOT_IN_STATE) return false
    throw error
  }
}

async function takeable(queue: Queue, atMs: number): Promise<number> {
  const [isPaused, waiting, due] = await Promise.all([
    queue.isPaused(),
    queue.getJobCountByTypes('wait', 'prioritized'),
    queue.getDelayedCount(atMs),
  ])
  return isPaused ? 0 : waiting + due
}

function stateOf(state: string): JobState {
  switch (state) {
    case 'active':
    case 'completed':
    case 'delayed':
    case 'failed':
    case 'prioritized':
    case 'waiting':
    case 'waiting-children':
      return state
    default:
      return 'absent'
  }
}
