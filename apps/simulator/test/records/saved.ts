import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Backend, Zone } from '@snapferry/migration'
import type { openRedis } from '@snapferry/redis'

/** A snapshot of the provider as it was at that moment. */
export interface SavedRow {
  readonly id: string
  readonly backend: Backend
  readonly zone: Zone
  readonly project: string
  readonly name: string
  readonly tags: readonly string[]
  readonly sizeBytes: number
  readonly createdAt: number
  readonly volume: string | null
  readonly isForeign: boolean
  readonly workUntil: number
  readonly outcome: string
  readonly getFrom: number
  readonly listFrom: number
  readonly usedUntil: number
  readonly goneListedUntil: number | null
}

/** An object as it was at that moment. */
export interface SavedObject {
  readonly key: string
  readonly bytes: number
  readonly etag: string
  readonly content: string
  readonly isForeign: boolean
}

/** A saved moment: everything in Redis as the program of that day wrote it, and what was at the provider. */
export interface Saved {
  /** Milliseconds since 1970. */
  readonly now: number
  readonly redis: Readonly<Record<string, Entry>>
  readonly cloud: {
    readonly rows: readonly SavedRow[]
    readonly objects: readonly SavedObject[]
    readonly exports: readonly {
      readonly source: string
      readonly key: string
      readonly until: number
      readonly outcome: string
    }[]
  }
}

type Entry =
  | { readonly hash: Readonly<Record<string, string>> }
  | { readonly list: readonly string[] }
  | { readonly zset: readonly string[] }

const FOLDER = join(import.meta.dirname, '../fixtures/records-v1')

/** The names of all saved moments. */
export const SAVED: readonly string[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.slice(0, -'.json'.length))

/** One saved moment. */
export function savedOf(name: string): Saved {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as Saved
}

/** Puts every key back as it was, byte by byte. `run-1` is the Redis it was written in: this one. */
export async function putBack(
  saved: Saved,
  redis: ReturnType<typeof openRedis>,
  redisRun: string,
): Promise<void> {
  const as = (text: string): string => text.replaceAll('"redisRun":"run-1"', `"redisRun":"${redisRun}"`)
  await redis.flushall()
  for (const [key, entry] of Object.entries(saved.redis)) {
    if ('hash' in entry)
      for (const [field, text] of Object.entries(entry.hash)) await redis.hset(key, field, as(text))
    else if ('list' in entry) await redis.rpush(key, ...entry.list.map(as))
    else
      for (let at = 0; at < entry.zset.length; at += 2)
        await redis.zadd(key, entry.zset[at + 1] ?? '0', entry.zset[at] ?? '')
  }
}
