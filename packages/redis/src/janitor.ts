import { isEnded, isSettled, type MigrationId } from '@snapferry/migration'
import type { Redis } from 'ioredis'
import type { Audit } from './audit.ts'
import { IDEMPOTENCY_MS } from './create-record.ts'
import { entriesOf, idOfMember } from './index-entries.ts'
import { keyOf } from './keys.ts'
import { isOurs, recordOf } from './record-text.ts'
import { ask } from './redis-away.ts'
import { defineScripts } from './scripts.ts'

/** How much history is kept in Redis. */
export interface HistoryLimits {
  /** Days after its end that a migration stays, at least. */
  readonly days: number
  /** Finished migrations at most; the oldest go first, also before their days are over. */
  readonly max: number
}

/** What one run of the janitor did, and why it left what it left. */
export interface Forgotten {
  readonly removed: number
  readonly auditLines: number
  readonly kept: {
    /** No archive has all their events. */
    readonly unarchived: number
    /** Something they made waits for its removal. */
    readonly open: number
    /** A program with other rules wrote them. */
    readonly foreign: number
  }
  /** Whether there is more that could be removed; the next run goes on. */
  readonly isCut: boolean
}

/** 400 days, as long as a yearly audit looks back and a little more. */
export const HISTORY_DAYS = 400
/** A million histories are some 30 GB of Redis at most, and usually a tenth of that. */
export const HISTORY_MAX = 1_000_000

const DAY_MS = 86_400_000
const PAGE = 100
/** Removals of one run: a second of Redis, spread over a hundred pages. */
const RUN_MAX = 10_000
/**
 * Whatever the count: what a key of a caller may still name stays, with a day to spare, since a repeat must find the migration it
 * made.
 */
const YOUNGEST_MS = IDEMPOTENCY_MS + DAY_MS

/**
 * Removes finished migrations that are old or too many, oldest first, in small pieces; each in one script under the version it was
 * judged by, and only when the archive has every event of it. Entries of the catalogue of copies stay.
 */
export async function forgetHistory(
  redis: Redis,
  audit: Audit,
  o: { readonly now: number; readonly limits: HistoryLimits; readonly signal: AbortSignal },
): Promise<Forgotten> {
  defineScripts(redis)
  const tally = { removed: 0, unarchived: 0, open: 0, foreign: 0 }
  const oldMs = o.now - o.limits.days * DAY_MS
  const youngMs = o.now - YOUNGEST_MS
  let excess = (await ask(redis, () => redis.zcard(keyOf.finished))) - o.limits.max
  let isCut = false
  for (let last = '-', more = true; more && !isCut; ) {
    const from = last
    const members = await ask(redis, () => redis.zrangebylex(keyOf.finished, from, '+', 'LIMIT', 0, PAGE))
    const due = members.filter((member) => {
      const endedAt = Number(member.slice(0, 15))
      const isDue = endedAt < youngMs && (endedAt < oldMs || excess > 0)
      if (isDue) excess--
      return isDue
    })
    for (const verdict of await forgetAll(redis, due.map(idOfMember))) tally[verdict]++
    more = due.length === PAGE
    last = `(${members.at(-1) ?? ''}`
    isCut = more && (tally.removed >= RUN_MAX || o.signal.aborted)
  }
  const { removed, ...kept } = tally
  return { removed, kept, isCut, auditLines: await forgetAudit(audit, oldMs, o.signal) }
}

type Verdict = 'removed' | 'unarchived' | 'open' | 'foreign'

async function forgetAll(redis: Redis, ids: readonly MigrationId[]): Promise<readonly Verdict[]> {
  const pipeline = redis.pipeline()
  for (const id of ids) pipeline.hmget(keyOf.record(id), 'record', 'v')
  const replies = await ask(redis, async () => (await pipeline.exec()) ?? [])
  const verdicts: Verdict[] = []
  for (const [at, id] of ids.entries()) {
    const [error, fields] = replies[at] ?? []
    if (error) throw error
    const [text, v] = fields as (string | null)[]
    if (text && v) verdicts.push(await forget(redis, id, text, v))
  }
  return verdicts
}

async function forget(redis: Redis, id: MigrationId, text: string, v: string): Promise<Verdict> {
  const record = recordOf(text)
  if (!isOurs(record)) return 'foreign'
  if (!isEnded(record) || !isSettled(record)) return 'open'
  const entries = entriesOf(record)
  const keys = [
    ...[keyOf.record(id), keyOf.events(id), keyOf.nudges, keyOf.wake, keyOf.due],
    ...entries.map((entry) => entry.key),
  ]
  const members = entries.map((entry) => entry.member)
  const gone = await ask(redis, () => redis.sfForget(keys.length, ...keys, id, v, ...members))
  return gone === 1 ? 'removed' : 'unarchived'
}

async function forgetAudit(audit: Audit, oldMs: number, signal: AbortSignal): Promise<number> {
  let removed = 0
  for (let gone = -1; gone !== 0 && removed < RUN_MAX && !signal.aborted; removed += gone)
    gone = await audit.forgetBefore(oldMs, PAGE)
  return removed
}
