import { type MigrationId, migrationId } from '@snapferry/migration'
import type { Redis } from 'ioredis'
import { keyOf } from './keys.ts'
import { readRecords } from './list-records.ts'
import type { Stored } from './record-text.ts'
import { ask } from './redis-away.ts'

/** One nudged migration: `nudges` counts its wishes, `v` is its version, null when it has no record. */
export interface Nudged {
  readonly id: MigrationId
  readonly nudges: number
  readonly v: number | null
}

/** What drain and chores ask about who should be awake. */
export interface Waking {
  /** A page of migrations that have not ended, oldest first, after `cursor` ('' = from the start); '' ends it. */
  unended(
    cursor: string,
    limit: number,
  ): Promise<{ readonly items: readonly Stored[]; readonly cursor: string }>
  /** Unended migrations whose `wakeAt` is at or before `atMs`, longest overdue first. */
  overdue(atMs: number, limit: number): Promise<readonly MigrationId[]>
  /** Ended migrations that have to be looked at again at or before `atMs`, longest due first. */
  dueBy(atMs: number, limit: number): Promise<readonly MigrationId[]>
  /** Wishes each of these to be looked at now; ids without a record are passed over. Answers how many had one. */
  nudge(ids: readonly MigrationId[]): Promise<number>
  /** About `count` nudged migrations after `cursor` ('0' = from the start); cursor '0' ends the round. */
  nudged(
    cursor: string,
    count: number,
  ): Promise<{ readonly items: readonly Nudged[]; readonly cursor: string }>
  /** Forgets the nudges of those that have no record: no append could ever clear them. */
  dropNudges(ids: readonly MigrationId[]): Promise<void>
}

/** The waking side of a journal; the connection knows our scripts. */
export function openWaking(redis: Redis): Waking {
  const answer = <T>(question: () => Promise<T>) => ask(redis, question)
  const firstOf = (key: string, atMs: number, limit: number) =>
    answer(async () => (await redis.zrangebyscore(key, '-inf', atMs, 'LIMIT', 0, limit)).map(migrationId))
  return {
    unended: (cursor, limit) => answer(() => readUnended(redis, cursor, limit)),
    overdue: (atMs, limit) => firstOf(keyOf.wake, atMs, limit),
    dueBy: (atMs, limit) => firstOf(keyOf.due, atMs, limit),
    nudge: async (ids) => {
      if (ids.length === 0) return 0
      return await answer(() => redis.sfNudge(...keysAndIds(ids)))
    },
    nudged: (cursor, count) => answer(() => readNudged(redis, cursor, count)),
    dropNudges: async (ids) => {
      if (ids.length > 0) await answer(() => redis.sfDropNudges(...keysAndIds(ids)))
    },
  }
}

function keysAndIds(ids: readonly MigrationId[]): [number, ...string[]] {
  return [ids.length + 1, keyOf.nudges, ...ids.map((id) => keyOf.record(id)), ...ids]
}

async function readUnended(redis: Redis, cursor: string, limit: number) {
  const low = cursor === '' ? '-' : `(${cursor}`
  const members = await redis.zrangebylex(keyOf.unended, low, '+', 'LIMIT', 0, limit)
  const items = await readRecords(redis, members)
  return { items, cursor: members.length < limit ? '' : (members.at(-1) ?? '') }
}

/**
 * Walks with ZSCAN: whoever stays in the set for a whole round is seen in it, however many others are stuck. Count and
 * version are then read together: a count of before a tick beside a version of after it would look like a wish that
 * was granted already, and the next real one would wait.
 */
async function readNudged(redis: Redis, cursor: string, count: number) {
  const [next, flat] = await redis.zscan(keyOf.nudges, cursor, 'COUNT', count)
  const ids = flat.filter((_, at) => at % 2 === 0).map(migrationId)
  const together = redis.multi()
  for (const id of ids) together.zscore(keyOf.nudges, id).hget(keyOf.record(id), 'v')
  const replies = ids.length === 0 ? [] : ((await together.exec()) ?? [])
  const items = ids.flatMap((id, at): Nudged[] => {
    const [nudges, v] = [textOf(replies[2 * at]), textOf(replies[2 * at + 1])]
    return nudges === null ? [] : [{ id, nudges: Number(nudges), v: v === null ? null : Number(v) }]
  })
  return { items, cursor: next }
}

function textOf(reply: readonly [Error | null, unknown] | undefined): string | null {
  if (reply === undefined) throw new Error('a reply is missing')
  const [failure, value] = reply
  if (failure) throw failure
  return typeof value === 'string' ? value : null
}
