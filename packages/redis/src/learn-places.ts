import { type Known, placesOfPlan, placeText } from '@snapferry/migration'
import type { Redis } from 'ioredis'
import { idOfMember } from './index-entries.ts'
import { keyOf } from './keys.ts'
import { readKnown } from './read-known.ts'

const PAGE = 500

/**
 * Adds the places of every migration since the last time to the set of places, page by page, oldest first. There are a few
 * dozen places and maybe a million records: each record is read once, when it is new, and never again. The cursor stops
 * before the first that is still queued, since it does not know its projects yet, and goes back to the start when there
 * are more records behind it than there were: an archive was imported.
 */
export async function learnPlaces(redis: Redis, signal: AbortSignal): Promise<void> {
  let { cursor, isHeld } = { cursor: await startOf(redis), isHeld: false }
  for (let last = cursor; !signal.aborted; ) {
    const low = last === '' ? '-' : `(${last}`
    const members = await redis.zrangebylex(keyOf.all, low, '+', 'LIMIT', 0, PAGE)
    const known = await readKnown(redis, members.map(idOfMember))
    const texts = new Set([...known.values()].flatMap(textsOf))
    if (texts.size > 0) await redis.sadd(keyOf.sweepPlaces, ...texts)
    for (const member of members) {
      isHeld ||= isUnsettled(known.get(idOfMember(member)) ?? null)
      if (!isHeld) cursor = member
    }
    last = members.at(-1) ?? last
    if (members.length < PAGE) break
  }
  await redis.hset(keyOf.sweep, { cursor, counted: await countTo(redis, cursor) })
}

/** Where the records begin that were not read yet; '' is the very start. */
async function startOf(redis: Redis): Promise<string> {
  const [cursor, counted] = await redis.hmget(keyOf.sweep, 'cursor', 'counted')
  if (!cursor) return ''
  return (await countTo(redis, cursor)) > Number(counted ?? 0) ? '' : cursor
}

async function countTo(redis: Redis, cursor: string): Promise<number> {
  return cursor === '' ? 0 : redis.zlexcount(keyOf.all, '-', `[${cursor}`)
}

function textsOf(record: Known['record']): readonly string[] {
  return record === null || record === 'unreadable' ? [] : placesOfPlan(record.plan).map(placeText)
}

/** Whether its projects may still become known. */
function isUnsettled(record: Known['record']): boolean {
  if (record === null || record === 'unreadable') return false
  return record.state === 'queued' || (record.state === 'needs_attention' && record.parkedFrom === 'queued')
}
