import { createHash } from 'node:crypto'
import {
  type Link,
  type Migration,
  type MigrationId,
  type MigrationLine,
  migrationId,
} from '@snapferry/migration'
import type { Redis } from 'ioredis'
import { idOfMember } from './index-entries.ts'
import { keyOf } from './keys.ts'
import { eventOf, isOurs, recordOf } from './record-text.ts'
import { ask } from './redis-away.ts'
import { defineScripts } from './scripts.ts'

/** Finished migrations on their way into an archive. Every call may throw `RedisAway`. */
export interface HistoryPages {
  /**
   * Every finished migration of which something happened before `untilMs` that no archive has, and nothing after; by the time it
   * ended. Records of a program with other rules are left to that program.
   */
  fresh(untilMs: number): AsyncIterable<MigrationLine>
  /** The archive has these migrations with exactly these events; what went on meanwhile stays fresh. */
  archived(lines: readonly Pick<MigrationLine, 'id' | 'events'>[]): Promise<void>
  /** When the oldest finished migration ended, milliseconds since 1970; null when there is none. */
  oldestMs(): Promise<number | null>
  /** The newest part that this Redis saw verified; null when it saw none. */
  head(): Promise<Link | null>
  remember(head: Link): Promise<void>
  /** Forgets that anything was archived: a new chain begins with everything that is here. */
  unmark(): Promise<void>
}

/** Migrations that one round trip looks at: their marks are a few bytes. */
const PAGE = 500
/** Whole histories that one round trip brings: at some 30 kB each, 1.5 MB. */
const WHOLE_PAGE = 50
/** Milliseconds since 1970 have this many digits in an index. */
const TIME_DIGITS = 15

/** Opens the pages on a connection that the caller closes. */
export function openHistoryPages(redis: Redis): HistoryPages {
  defineScripts(redis)
  const answer = <T>(question: () => Promise<T>) => ask(redis, question)
  return {
    fresh: (untilMs) => lines(redis, untilMs),
    archived: async (archivedLines) => {
      for (let at = 0; at < archivedLines.length; at += PAGE) {
        const some = archivedLines.slice(at, at + PAGE)
        const keys = some.flatMap(({ id }) => [keyOf.record(id), keyOf.events(id)])
        const marks = some.flatMap(({ events }) => [
          String(events.length),
          sha1(JSON.stringify(events.at(-1))),
        ])
        await answer(() => redis.sfMarkArchived(keys.length, ...keys, ...marks))
      }
    },
    oldestMs: () =>
      answer(async () => {
        const [member] = await redis.zrangebylex(keyOf.finished, '-', '+', 'LIMIT', 0, 1)
        return member === undefined ? null : Number(member.slice(0, TIME_DIGITS))
      }),
    head: () =>
      answer(async () => {
        const [name, sha256] = await redis.hmget(keyOf.archive, 'name', 'sha256')
        return name === null || name === undefined || !sha256 ? null : { name, sha256 }
      }),
    remember: async ({ name, sha256 }) => {
      await answer(() => redis.hset(keyOf.archive, { name, sha256 }))
    },
    unmark: async () => {
      await answer(() => redis.del(keyOf.archive))
      for (let last = '-', more = true; more; ) {
        const from = last
        const members = await answer(() => redis.zrangebylex(keyOf.finished, from, '+', 'LIMIT', 0, PAGE))
        const pipeline = redis.pipeline()
        for (const member of members) pipeline.hdel(keyOf.record(idOfMember(member)), 'archived')
        await answer(() => pipeline.exec())
        last = `(${members.at(-1) ?? ''}`
        more = members.length === PAGE
      }
    },
  }
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex')
}

async function* lines(redis: Redis, untilMs: number): AsyncIterable<MigrationLine> {
  const end = `(${String(Math.max(0, Math.trunc(untilMs))).padStart(TIME_DIGITS, '0')}`
  for (let last = '-'; ; ) {
    const from = last
    const members = await ask(redis, () => redis.zrangebylex(keyOf.finished, from, end, 'LIMIT', 0, PAGE))
    const ids = await wantedOf(redis, members.map(idOfMember))
    for (let at = 0; at < ids.length; at += WHOLE_PAGE)
      yield* wholeLines(redis, ids.slice(at, at + WHOLE_PAGE), untilMs)
    const newest = members.at(-1)
    if (newest === undefined || members.length < PAGE) return
    last = `(${newest}`
  }
}

/** Asks only for marks and the last event: nearly every finished migration was archived long ago. */
async function wantedOf(redis: Redis, ids: readonly MigrationId[]): Promise<readonly MigrationId[]> {
  const pipeline = redis.pipeline()
  for (const id of ids) pipeline.hget(keyOf.record(id), 'archived').llen(keyOf.events(id))
  const replies = await ask(redis, async () => (await pipeline.exec()) ?? [])
  return ids.filter((_, at) => {
    const [archived, count] = [replies[2 * at], replies[2 * at + 1]]
    const error = archived?.[0] ?? count?.[0]
    if (error) throw error
    return Number(archived?.[1] ?? -1) !== Number(count?.[1])
  })
}

async function* wholeLines(
  redis: Redis,
  ids: readonly MigrationId[],
  untilMs: number,
): AsyncIterable<MigrationLine> {
  const pipeline = redis.pipeline()
  for (const id of ids) pipeline.hmget(keyOf.record(id), ...FIELDS).lrange(keyOf.events(id), 0, -1)
  const replies = await ask(redis, async () => (await pipeline.exec()) ?? [])
  for (const [at, id] of ids.entries()) {
    const [fields, events] = [replies[2 * at], replies[2 * at + 1]]
    const error = fields?.[0] ?? events?.[0]
    if (error) throw error
    const line = lineOf(id, fields?.[1] as (string | null)[], events?.[1] as string[])
    const lastMs = line?.events.at(-1)?.at ?? Number.POSITIVE_INFINITY
    if (line !== null && lastMs < untilMs) yield line
  }
}

const FIELDS = ['record', 'v', 'wakeAt', 'pulse', 'fingerprint', 'naturals'] as const

/** The line of a stored migration; null when it is gone, not ours to judge, or changed between the two reads. */
function lineOf(
  id: MigrationId,
  fields: readonly (string | null)[],
  eventTexts: readonly string[],
): MigrationLine | null {
  const [text, v, wakeAt, pulse, fingerprint, naturals] = fields
  if (!text) return null
  const record = recordOf(text)
  if (!isOurs(record)) return null
  // An append came between the two reads: what it added belongs to a later line.
  const events = eventTexts.slice(0, record.events).map(eventOf)
  if (events.length !== record.events) return null
  return {
    kind: 'migration',
    id: migrationId(id),
    v: Number(v),
    wakeAt: Number(wakeAt),
    fingerprint: fingerprint ?? '',
    naturals: JSON.parse(naturals ?? '[]') as string[],
    record: JSON.parse(text) as Migration,
    pulse: JSON.parse(pulse ?? '{}'),
    events,
  }
}
