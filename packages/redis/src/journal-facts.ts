import type { JournalFacts } from '@snapferry/migration'
import type { Redis } from 'ioredis'
import { keyOf } from './keys.ts'

/**
 * What this Redis says of itself before a sweep: whose it is, how many migrations it has, and between which times. The
 * oldest time is kept apart, since a janitor removes old records and a journal does not become younger by that.
 */
export async function readJournalFacts(redis: Redis): Promise<JournalFacts> {
  const replies = await redis
    .multi()
    .get(keyOf.installation)
    .zcard(keyOf.all)
    .zrange(keyOf.all, '0', '0')
    .zrange(keyOf.all, '-1', '-1')
    .zrange(keyOf.finished, '-1', '-1')
    .xrevrange(keyOf.live, '+', '-', 'COUNT', 1)
    .hget(keyOf.sweep, 'bornAt')
    .exec()
  const [installation, records, oldest, newest, finished, live, born] = (replies ?? []).map(
    ([error, value]) => {
      if (error) throw error
      return value
    },
  )
  const times = [timeOfMember(newest), timeOfMember(finished), timeOfLive(live)].flatMap((at) => at ?? [])
  const births = [timeOfMember(oldest), typeof born === 'string' ? Number(born) : null].flatMap(
    (at) => at ?? [],
  )
  const bornAt = Number(records) === 0 || births.length === 0 ? null : Math.min(...births)
  if (bornAt !== null && String(bornAt) !== born) await redis.hset(keyOf.sweep, 'bornAt', bornAt)
  return {
    install: installOf(installation),
    records: Number(records),
    newestAt: times.length === 0 ? null : Math.max(...times),
    bornAt,
  }
}

/** The time in the one member of a lex index that was asked for. */
function timeOfMember(members: unknown): number | null {
  const [member] = Array.isArray(members) ? members : []
  return typeof member === 'string' ? Number(member.slice(0, member.indexOf(':'))) : null
}

/** The time of the event in the newest entry of the live stream: `[[id, [field, value, …]]]`. */
function timeOfLive(entries: unknown): number | null {
  const [entry] = Array.isArray(entries) ? entries : []
  const fields: unknown = Array.isArray(entry) ? entry[1] : null
  if (!Array.isArray(fields)) return null
  const text: unknown = fields[fields.indexOf('event') + 1]
  const event: unknown = typeof text === 'string' ? JSON.parse(text) : null
  const isTimed = typeof event === 'object' && event !== null && 'at' in event
  return isTimed && typeof event.at === 'number' ? event.at : null
}

function installOf(text: unknown): string | null {
  if (typeof text !== 'string') return null
  const value: unknown = JSON.parse(text)
  const isNamed = typeof value === 'object' && value !== null && 'install' in value
  return isNamed && typeof value.install === 'string' ? value.install : null
}
