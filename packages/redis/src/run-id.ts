import type { Redis } from 'ioredis'
import { factsOf } from './info-facts.ts'

/** Which run of which Redis answered, and how long it had been running, milliseconds. */
export interface RedisRun {
  readonly redisRun: string
  readonly upMs: number
}

/**
 * Runs a question together with the run of the Redis that answered it. INFO is asked once per connection: a
 * connection that broke may lead to a restored or promoted Redis, whose `run_id` is another.
 */
export type WithRunId = <T>(question: () => Promise<T>) => Promise<{ answer: T } & RedisRun>

/** Watches a connection and remembers whose it is. */
export function watchRunId(redis: Redis): WithRunId {
  let connection = 0
  let known: Promise<Started> | null = null
  const forget = () => {
    connection++
    known = null
  }
  redis.on('close', forget)
  redis.on('ready', forget)

  const runId = (): Promise<Started> => {
    if (known !== null) return known
    const asked = redis.info('server').then(startedOf)
    // A failed question must not be the answer for ever.
    asked.catch(() => {
      if (known === asked) known = null
    })
    known = asked
    return asked
  }

  return async (question) => {
    for (;;) {
      const before = connection
      const { redisRun, startedMs } = await runId()
      const answer = await question()
      if (connection === before) return { answer, redisRun, upMs: performance.now() - startedMs }
    }
  }
}

interface Started {
  readonly redisRun: string
  /** When it started, on our own monotonic clock. */
  readonly startedMs: number
}

function startedOf(info: string): Started {
  const facts = factsOf(info)
  const redisRun = facts('run_id')
  if (redisRun === '') throw new Error('INFO server names no run_id')
  // What does not say how long it is up counts as just started.
  return { redisRun, startedMs: performance.now() - Number(facts('uptime_in_seconds')) * 1_000 }
}
