import { bad, good, type Result } from '@snapferry/migration'
import type { Redis } from 'ioredis'
import { type Durability, durabilityOf, isAtLeast } from './durability.ts'
import { factsOf } from './info-facts.ts'
import { ask } from './redis-away.ts'

/** What a Redis says of itself. */
export interface RedisFacts {
  readonly version: string
  readonly runId: string
  readonly durability: Durability
}

const VERSION_MIN = [6, 2] as const

/**
 * Whether a Redis may keep migrations, read from INFO alone so that services without CONFIG work. Every message says
 * what to set. `allowVolatile` lets one without AOF pass: for the sandbox and tests, where losing everything is fine.
 */
export async function checkRedis(
  redis: Redis,
  o: { readonly allowVolatile: boolean },
): Promise<Result<RedisFacts, string[]>> {
  return judgeInfo(await ask(redis, () => redis.info()), o)
}

/** Judges the text of INFO. */
export function judgeInfo(
  info: string,
  o: { readonly allowVolatile: boolean },
): Result<RedisFacts, string[]> {
  const fact = factsOf(info)
  const version = fact('redis_version')
  const durability = durabilityOf(info)
  const wrong = [
    ...(!isAtLeast(version, VERSION_MIN)
      ? [`Redis ${version || 'of unknown version'} is too old: use 6.2 or newer, or Valkey`]
      : []),
    ...wrongEviction(fact('maxmemory_policy')),
    ...(durability !== 'volatile' || o.allowVolatile
      ? []
      : ['Redis does not keep what it is told: set appendonly yes (and appendfsync everysec or always)']),
    ...(fact('role') === 'slave' ? ['this Redis is a replica: give the URL of the primary'] : []),
    ...(fact('redis_mode') === 'cluster'
      ? ['this Redis is a Cluster node, which is not served yet: give the URL of a stand-alone Redis']
      : []),
    ...(fact('run_id') === ''
      ? ['INFO names no run_id: this is not a Redis whose restart can be noticed']
      : []),
  ]
  return wrong.length > 0 ? bad(wrong) : good({ version, runId: fact('run_id'), durability })
}

function wrongEviction(policy: string): string[] {
  if (policy === 'noeviction') return []
  const found = policy === '' ? 'INFO does not name the eviction policy' : `Redis may forget keys (${policy})`
  return [`${found}: set maxmemory-policy noeviction`]
}
