import type { Redis } from 'ioredis'

/** Redis could not be asked or did not answer in time. What was sent may have happened: a repeat must be harmless. */
export class RedisAway extends Error {
  override readonly name = 'RedisAway'
}

/**
 * Answers with which a Redis that is there says that it cannot serve now: loading, a replica, full, its disk failing.
 * Before Redis 7 a script's answer carries them inside, behind a dash.
 */
const CANNOT_NOW = /(?:^|-)(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|OOM|MISCONF|BUSY|NOREPLICAS)\b/

/**
 * Asks Redis and turns every way of it being away into `RedisAway`. On a connection that fails fast (no offline queue)
 * it does not even try while that is not ready. A reply that is an error of ours (a script's) passes through.
 */
export async function ask<T>(redis: Redis, question: () => Promise<T>): Promise<T> {
  if (redis.options.enableOfflineQueue === false && redis.status !== 'ready')
    throw new RedisAway(`Redis is away (connection ${redis.status})`)
  try {
    return await question()
  } catch (cause) {
    throw isAway(cause) ? new RedisAway('Redis is away', { cause }) : cause
  }
}

function isAway(cause: unknown): boolean {
  if (!(cause instanceof Error) || cause instanceof TypeError || cause instanceof RangeError) return false
  if (cause.name !== 'ReplyError') return WENT_AWAY.test(`${cause.name} ${cause.message}`)
  return CANNOT_NOW.test(cause.message)
}

/** The words of ioredis and of the socket below it for a connection that is gone, silent or not yet there. */
const WENT_AWAY =
  /MaxRetriesPerRequest|Connection is closed|timed out|isn't writeable|ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|AbortError/
