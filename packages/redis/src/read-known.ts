import type { Known, MigrationId } from '@snapferry/migration'
import type { Redis } from 'ioredis'
import { keyOf } from './keys.ts'
import { isOurs, RECORD_FIELDS, storedOf } from './record-text.ts'

/** Records read in one round trip. */
const CHUNK = 200

/**
 * What is known of each of these migrations. One that another program wrote, or that nobody can read, is `unreadable`: a
 * sweep must neither stop at it nor take it for missing.
 */
export async function readKnown(
  redis: Redis,
  ids: readonly MigrationId[],
): Promise<ReadonlyMap<MigrationId, Known['record']>> {
  const known = new Map<MigrationId, Known['record']>()
  for (let at = 0; at < ids.length; at += CHUNK) {
    const chunk = ids.slice(at, at + CHUNK)
    const pipeline = redis.pipeline()
    for (const id of chunk) pipeline.hmget(keyOf.record(id), ...RECORD_FIELDS)
    const replies = (await pipeline.exec()) ?? []
    for (const [which, id] of chunk.entries()) {
      const [error, values] = replies[which] ?? [new Error('a reply is missing')]
      if (error) throw error
      known.set(id, knownOf(values))
    }
  }
  return known
}

function knownOf(values: unknown): Known['record'] {
  if (!Array.isArray(values)) return 'unreadable'
  try {
    const stored = storedOf(values)
    if (stored === null) return null
    return isOurs(stored.record) ? stored.record : 'unreadable'
  } catch {
    return 'unreadable'
  }
}
