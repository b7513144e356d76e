import type { Redis } from 'ioredis'
import { keyOf } from './keys.ts'
import { ask } from './redis-away.ts'

/** Whom an API key belongs to and what it may do. */
export interface ApiKeyHolder {
  readonly name: string
  readonly role: string
}

/** API keys, kept under their hash: the key itself is nowhere. */
export interface ApiKeys {
  /** Adds or replaces the holder of a key. */
  put(hash: string, holder: ApiKeyHolder): Promise<void>
  /** The holder of a key, or null. */
  find(hash: string): Promise<ApiKeyHolder | null>
}

/** The API keys of this installation. */
export function openApiKeys(redis: Redis): ApiKeys {
  return {
    put: async (hash, { name, role }) => {
      await ask(redis, () => redis.hset(keyOf.apiKeys, hash, JSON.stringify({ name, role })))
    },
    find: async (hash) => {
      const text = await ask(redis, () => redis.hget(keyOf.apiKeys, hash))
      return text === null ? null : holderOf(text)
    },
  }
}

function holderOf(text: string): ApiKeyHolder {
  const value: unknown = JSON.parse(text)
  if (typeof value === 'object' && value !== null && 'name' in value && 'role' in value) {
    const { name, role } = value
    if (typeof name === 'string' && typeof role === 'string') return { name, role }
  }
  throw new Error('not the holder of an API key')
}
