import {
  checkRedis,
  claimInstallation,
  clockSkewMs,
  isTrueClock,
  openRedis,
  untilReady,
} from '@snapferry/redis'
import type { Config } from './config.ts'

type Redis = ReturnType<typeof openRedis>

/** How long Redis may take to answer at the start. */
const READY_MS = 10_000

/**
 * Opens the connection to Redis and looks at everything that must be so before the first tick: Redis is fit, it is
 * ours, and its clock and ours agree. Rejects with what to do. `clock`: own milliseconds since 1970.
 */
export async function openFitRedis(config: Config, clock: () => number): Promise<Redis> {
  const redis = openRedis(config.redisUrl, 'requests')
  try {
    await untilReady(redis, READY_MS)
    const facts = await checkRedis(redis, { allowVolatile: config.allowVolatile })
    if (!facts.ok) throw new Error(`this Redis is not fit:\n- ${facts.failure.join('\n- ')}`)
    const claimed = await claimInstallation(redis, config)
    if (!claimed.ok) throw new Error(claimed.failure)
    const skewMs = await clockSkewMs(redis, clock)
    if (!isTrueClock(skewMs)) throw new Error(wrongClock(skewMs))
    return redis
  } catch (error) {
    redis.disconnect()
    throw error
  }
}

function wrongClock(skewMs: number): string {
  const seconds = (Math.abs(skewMs) / 1_000).toFixed(1)
  const side = skewMs > 0 ? 'ahead of' : 'behind'
  return `the clock of this machine is ${seconds} s ${side} that of Redis: set both by NTP and start again`
}
