import { bad, good, type MigrationId, type Result } from '@snapferry/migration'
import type { Redis } from 'ioredis'
import { durabilityOf, replicasOf } from './durability.ts'
import { keyOf } from './keys.ts'
import { COMMAND_TIMEOUT_MS, openRedis, untilReady, WAIT_MS } from './open-redis.ts'
import { ask, RedisAway } from './redis-away.ts'
import { defineScripts } from './scripts.ts'

/** Asks Redis to confirm that it kept what it was told. */
export interface Confirming {
  /**
   * Resolves well when the record that was created on another connection is as durable as this Redis can make it: in
   * the fsynced append-only file from Redis 7.2 on, and on one replica when any is connected. Badly, with the reason,
   * when that was not confirmed within 2.5 s each. Throws `RedisAway`.
   */
  kept(id: MigrationId): Promise<Result<null, string>>
  close(): void
}

/** Those who wait for the same confirmation. */
interface Round {
  readonly ids: MigrationId[]
  readonly missing: Promise<Result<ReadonlySet<MigrationId>, string>>
}

/**
 * Opens the connection that waits. WAITAOF holds its connection up and speaks for the writes of that connection only,
 * so it has one of its own and a write of its own; whoever comes while it waits shares the round after. `waitMs`, at
 * most 2,500: how long Redis may wait for its disk, and again for a replica.
 */
export function openConfirming(url: string, waitMs: number = WAIT_MS): Confirming {
  const redis = openRedis(url, 'waiting')
  defineScripts(redis)
  let gathering: Round | null = null
  let busy: Promise<unknown> = Promise.resolve()

  const begin = (): Round => {
    const ids: MigrationId[] = []
    const missing = busy.then(() => {
      gathering = null
      return atHand(redis)
        .then(() => ask(redis, () => confirm(redis, ids, waitMs)))
        .catch(refusedOf)
    })
    busy = missing.catch(() => {})
    return { ids, missing }
  }
  return {
    kept: async (id) => {
      const round = gathering ?? begin()
      gathering = round
      round.ids.push(id)
      const missing = await round.missing
      if (!missing.ok) return missing
      return missing.value.has(id) ? bad('Redis has lost the record meanwhile') : good(null)
    },
    close: () => redis.disconnect(),
  }
}

/** This connection may come a moment later than the one that created. */
async function atHand(redis: Redis): Promise<void> {
  await untilReady(redis, COMMAND_TIMEOUT_MS).catch((cause: unknown) => {
    throw new RedisAway('Redis is away', { cause })
  })
}

/** Which of these records are not there; or why nothing was confirmed of any. */
async function confirm(
  redis: Redis,
  ids: readonly MigrationId[],
  waitMs: number,
): Promise<Result<ReadonlySet<MigrationId>, string>> {
  const info = await redis.info()
  const waitsForDisk = durabilityOf(info) === 'fsync'
  const waitsForReplica = replicasOf(info) > 0
  if (!waitsForDisk && !waitsForReplica) return good(new Set())
  // In one pipeline, so on one connection: on a new one, without a write, the waits would confirm at once.
  const asked = redis.pipeline().sfStillThere(ids.length + 1, keyOf.acceptances, ...ids.map(keyOf.record))
  if (waitsForDisk) asked.call('WAITAOF', 1, 0, waitMs)
  if (waitsForReplica) asked.wait(1, waitMs)
  const [there = [], ...waits] = (await asked.exec())?.map(replyOf) ?? []
  const disk = waitsForDisk ? countOf(waits.shift()) : 1
  const replica = waitsForReplica ? countOf(waits.shift()) : 1
  if (disk < 1) return bad(`Redis did not write its append-only file to disk within ${waitMs} ms`)
  if (replica < 1) return bad(`no replica of Redis confirmed within ${waitMs} ms`)
  return good(new Set(ids.filter((_, at) => !(Array.isArray(there) && there[at] === 1))))
}

/** A Redis that is there and refuses to wait (its ACL, say) has confirmed nothing. */
function refusedOf(error: unknown): Result<never, string> {
  if (error instanceof Error && error.name === 'ReplyError') return bad(`Redis refused: ${error.message}`)
  throw error
}

function replyOf([error, value]: readonly [Error | null, unknown]): unknown {
  if (error) throw error
  return value
}

/** WAIT answers a number; WAITAOF two, the first of them for the Redis that was asked. */
function countOf(reply: unknown): number {
  return Number(Array.isArray(reply) ? reply[0] : reply)
}
