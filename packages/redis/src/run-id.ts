import type { Redis } from 'ioredis'
import { factsOf } from './info-facts.ts'

/**
 * Runs a question together with the `run_id` of the Redis that answered it. INFO is asked once per connection: a
 * connection that broke may lead to a restored or promoted Redis, whose `run_id` is another.
 */
export type WithRunId = <T>(question: () => Promise<T>) => Promise<{ answer: T; redisRun: string }>

/** Watches a connection and remembers whose it is. */
export function watchRunId(redis: Redis): WithRunId {
  let connection = 0
  let known: Promise<string> | null = null
  const forget = () => {
    connection++
    known = null
  }
  redis.on('close', forget)
  redis.on('ready', forget)

  const runId = (): Promise<string> => {
    if (known !== null) return known
    const asked = redis.info('server').then(runIdOf)
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
      const redisRun = await runId()
      const answer = await question()
      if (connection === before) return { answer, redisRun }
    }
  }
}

function runIdOf(info: string): string {
  const id = factsOf(info)('run_id')
  if (id === '') throw new Error('INFO server names no run_id')
  return id
}
