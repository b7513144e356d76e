import { Redis } from 'ioredis'

/**
 * What a connection is for. `requests` fails fast: while Redis is away every command is refused at once, and one that
 * gets no answer is given up after 750 ms. `worker` waits for Redis as long as it takes. `waiting` is for WAITAOF and
 * WAIT: it fails fast too, gives them their time, and never sends anything again, since on a new connection they
 * would confirm what nobody kept.
 */
export type RedisUse = 'requests' | 'worker' | 'waiting'

/** Longest time a request waits for Redis: with the rest of the work an answer leaves within 1 s. */
export const COMMAND_TIMEOUT_MS = 750
/** How long Redis may wait for its disk, and again for a replica. */
export const WAIT_MS = 2_500
const RECONNECT_MAX_MS = 1_000

const OPTIONS = {
  requests: { enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: COMMAND_TIMEOUT_MS },
  worker: { maxRetriesPerRequest: null },
  waiting: {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    commandTimeout: 2 * WAIT_MS + COMMAND_TIMEOUT_MS,
  },
} as const satisfies Record<RedisUse, object>

/** Opens a connection to `redis://` or `rediss://`; throws TypeError on any other URL. It reconnects for ever by itself. */
export function openRedis(url: string, use: RedisUse): Redis {
  checkUrl(url)
  const redis = new Redis(url, {
    connectionName: `snapferry-${use}`,
    connectTimeout: 5_000,
    retryStrategy: (times) => Math.min(RECONNECT_MAX_MS, 25 * 2 ** Math.min(times, 10)),
    ...OPTIONS[use],
  })
  // Without a listener ioredis writes to the console; the same trouble reaches whoever asks, as RedisAway.
  redis.on('error', () => {})
  return redis
}

/** Resolves when the connection is ready for the first time, or again; rejects after `withinMs` milliseconds. */
export async function untilReady(redis: Redis, withinMs: number): Promise<void> {
  if (redis.status === 'ready') return
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => done(() => reject(new Error(`Redis is not ready after ${withinMs} ms`))),
      withinMs,
    )
    const onReady = () => done(resolve)
    const done = (then: () => void) => {
      clearTimeout(timer)
      redis.off('ready', onReady)
      then()
    }
    redis.on('ready', onReady)
  })
}

/** Throws TypeError unless the URL is one of a stand-alone Redis. */
export function checkUrl(url: string): void {
  const scheme = URL.canParse(url) ? new URL(url).protocol : ''
  if (scheme !== 'redis:' && scheme !== 'rediss:')
    throw new TypeError('the URL of Redis must begin with redis:// or rediss://')
}
