import type { Redis } from 'ioredis'
import { judgeInfo } from './check-redis.ts'
import { type Durability, durabilityOf } from './durability.ts'
import { factsOf } from './info-facts.ts'
import { QUEUE, TAG } from './keys.ts'
import { ask } from './redis-away.ts'

/** A Redis as it tells of itself, for people. */
export interface RedisInspected {
  readonly version: string
  /** `noeviction` and its kin; '' when INFO does not name it. */
  readonly eviction: string
  readonly durability: Durability
  /** Whether the last write of the append-only file, and the last background save, went well. */
  readonly savesWell: boolean
  readonly usedBytes: number
  /** 0: no limit. */
  readonly maxBytes: number
  /** What keeps it from keeping migrations, each with what to set; the rules of the start-up check. */
  readonly mistakes: readonly string[]
}

/** Reads INFO. */
export async function inspectRedis(redis: Redis): Promise<RedisInspected> {
  const info = await ask(redis, () => redis.info())
  const fact = factsOf(info)
  const judged = judgeInfo(info, { allowVolatile: false })
  return {
    version: fact('redis_version'),
    eviction: fact('maxmemory_policy'),
    durability: durabilityOf(info),
    savesWell: fact('aof_last_write_status') !== 'err' && fact('rdb_last_bgsave_status') !== 'err',
    usedBytes: Number(fact('used_memory')) || 0,
    maxBytes: Number(fact('maxmemory')) || 0,
    mistakes: judged.ok ? [] : judged.failure,
  }
}

/** How many jobs stand where in the queue. */
export interface QueueInspected {
  readonly waiting: number
  readonly delayed: number
  readonly active: number
  readonly failed: number
  readonly isPaused: boolean
}

/** Counts the jobs by reads alone: BullMQ's own client writes into Redis when it is opened. */
export async function inspectQueue(redis: Redis): Promise<QueueInspected> {
  const key = (name: string): string => `${TAG}:${QUEUE}:${name}`
  return ask(redis, async () => {
    const [wait, pausedList, prioritized, delayed, active, failed, paused] = await Promise.all([
      redis.llen(key('wait')),
      redis.llen(key('paused')),
      redis.zcard(key('prioritized')),
      redis.zcard(key('delayed')),
      redis.llen(key('active')),
      redis.zcard(key('failed')),
      redis.hexists(key('meta'), 'paused'),
    ])
    return { waiting: wait + pausedList + prioritized, delayed, active, failed, isPaused: paused === 1 }
  })
}
