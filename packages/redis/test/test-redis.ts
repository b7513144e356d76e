import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import {
  type OwnRedis,
  openJournal,
  openRedis,
  type RedisJournal,
  startOwnRedis,
  untilReady,
} from '../src/index.ts'

/** A real Redis of this test alone, a connection to it and a journal on that. */
export interface TestRedis {
  readonly own: OwnRedis
  readonly redis: Redis
  readonly journal: RedisJournal
  empty(): Promise<void>
  close(): Promise<void>
}

/** Starts a Redis on a free port with a folder of its own. */
export async function startTestRedis(o: { aof?: boolean } = {}): Promise<TestRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'snapferry-redis-'))
  const own = await startOwnRedis({ dir, aof: o.aof ?? false, fsync: 'always' })
  const redis = openRedis(own.url, 'worker')
  await untilReady(redis, 10_000)
  return {
    own,
    redis,
    journal: openJournal(redis, { install: 'tests', sandbox: true, leftoverRetryMs: 3_600_000 }),
    empty: async () => {
      await redis.flushall()
    },
    close: async () => {
      redis.disconnect()
      await own.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
