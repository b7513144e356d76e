import { bucketOf, classOf, type Durations, type Learned, type Lesson } from '@snapferry/migration'
import type { Redis } from 'ioredis'
import { keyOf } from './keys.ts'
import { ask } from './redis-away.ts'

/** What the fleet has learned of how long the provider works. */
export interface Lessons {
  read(): Promise<Learned>
  /** Adds one duration. Losing one, or adding it twice, changes nothing that matters. */
  add(lesson: Lesson): Promise<void>
}

/** From so many on all counts are halved: what the provider was like two hundred moves ago is worth half. */
const KEPT_MAX = 400

/** Opens the lessons; the connection knows our scripts. */
export function openLessons(redis: Redis): Lessons {
  const answer = <T>(question: () => Promise<T>) => ask(redis, question)
  return {
    read: () =>
      answer(async () => {
        const classes = Object.entries(await redis.hgetall(keyOf.learned))
        return Object.fromEntries(classes.map(([name, text]) => [name, durationsOf(text)]))
      }),
    add: ({ kind, tookMs }) =>
      answer(async () => {
        const bucket = String(bucketOf(tookMs))
        await redis.sfLearn(keyOf.learned, classOf(kind), bucket, String(tookMs), String(KEPT_MAX))
      }),
  }
}

/** Durations from their JSON; throws on anything else. */
function durationsOf(text: string): Durations {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || !('max' in value) || !('counts' in value))
    throw new Error(`not what was learned: ${text.slice(0, 80)}`)
  const counts = Object.entries(value.counts ?? {})
    .map(([bucket, count]) => [Number(bucket), Number(count)] as const)
    .toSorted(([one], [other]) => one - other)
  return { n: counts.reduce((sum, [, count]) => sum + count, 0), maxMs: Number(value.max), counts }
}
