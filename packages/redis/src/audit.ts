import { randomBytes } from 'node:crypto'
import { type AuditArchived, type AuditLine, isAuditLine } from '@snapferry/migration'
import type { ChainableCommander, Redis } from 'ioredis'
import { keyOf } from './keys.ts'
import { ask } from './redis-away.ts'
import { defineScripts } from './scripts.ts'

/** A line as it is asked for: the time comes from Redis. */
export type AuditFact = Omit<AuditLine, 'at'>

/** Who changed what, kept until the archive has it and the janitor's days are over. */
export interface Audit {
  /** Writes one line, after a change that keeps its own trace: a migration's events say who asked for what. */
  write(fact: AuditFact): Promise<void>
  /**
   * Changes something and writes its line in one transaction: both are kept or neither. `change` queues commands and awaits
   * none. Answers their results, in order. For everything that has no history of its own: budgets, holds.
   */
  together(fact: AuditFact, change: (transaction: ChainableCommander) => void): Promise<readonly unknown[]>
  /** Lines newest first; `before` is the key of the last one of the page before, '' for the first page. */
  page(o: { readonly before: string; readonly limit: number }): Promise<readonly AuditArchived[]>
  /** Lines that no archive has, oldest first, from before `untilMs`. */
  fresh(untilMs: number): AsyncIterable<AuditArchived>
  /** The archive has these lines. */
  archived(keys: readonly string[]): Promise<void>
  /** Forgets that any line was archived. */
  unmark(): Promise<void>
  /** Puts back what an archive has; a line that is here already stays as it is. Answers how many were not. */
  restore(lines: readonly AuditArchived[]): Promise<number>
  /** Removes at most `limit` archived lines from before a time; answers how many. */
  forgetBefore(ms: number, limit: number): Promise<number>
}

const PAGE = 500
const TIME_DIGITS = 15
const KEY = /^(\d{15}):[0-9a-f]{20}$/
/** `;` comes right after `:`: everything that begins with a key and `:` is below. */
const PAST = ';'

/** Opens the audit on a connection that the caller closes. */
export function openAudit(redis: Redis, o: { readonly sandbox: boolean }): Audit {
  defineScripts(redis)
  const answer = <T>(question: () => Promise<T>) => ask(redis, question)
  const argsOf = (fact: AuditFact) =>
    [
      ...[keyOf.audit, keyOf.auditFresh, keyOf.clock],
      ...[o.sandbox ? '1' : '0', randomBytes(10).toString('hex'), JSON.stringify(fact)],
    ] as [string, string, string, string, string, string]
  return {
    write: async (fact) => {
      await answer(() => redis.sfAudit(...argsOf(fact)))
    },
    together: (fact, change) => answer(() => transact(redis, argsOf(fact), change)),
    page: ({ before, limit }) => answer(() => page(redis, before, limit)),
    fresh: (untilMs) => freshLines(redis, untilMs),
    archived: async (keys) => {
      for (let at = 0; at < keys.length; at += PAGE)
        await answer(() => redis.zrem(keyOf.auditFresh, ...keys.slice(at, at + PAGE)))
    },
    unmark: async () => {
      for (let before = '', more = true; more; ) {
        const top = before
        const keys = (await answer(() => page(redis, top, PAGE))).map(({ key }) => key)
        if (keys.length > 0)
          await answer(() => redis.zadd(keyOf.auditFresh, ...keys.flatMap((key) => [0, key])))
        before = keys.at(-1) ?? ''
        more = keys.length === PAGE
      }
    },
    restore: (lines) => answer(() => restore(redis, lines)),
    forgetBefore: (ms, limit) => answer(() => forgetBefore(redis, ms, limit)),
  }
}

async function page(redis: Redis, before: string, limit: number): Promise<readonly AuditArchived[]> {
  const top = before === '' ? '+' : `(${checkedKey(before)}:`
  return (await redis.zrevrangebylex(keyOf.audit, top, '-', 'LIMIT', 0, limit)).map(lineOf)
}

async function transact(
  redis: Redis,
  args: [string, string, string, string, string, string],
  change: (transaction: ChainableCommander) => void,
): Promise<readonly unknown[]> {
  const transaction = redis.multi()
  change(transaction)
  transaction.sfAudit(...args)
  const replies = await transaction.exec()
  if (replies === null) throw new Error('a transaction without a watch was given up')
  const results = replies.map(([error, result]) => {
    if (error) throw error
    return result
  })
  return results.slice(0, -1)
}

async function* freshLines(redis: Redis, untilMs: number): AsyncIterable<AuditArchived> {
  const end = `(${timeText(untilMs)}`
  for (let last = '-'; ; ) {
    const from = last
    const keys = await ask(redis, () => redis.zrangebylex(keyOf.auditFresh, from, end, 'LIMIT', 0, PAGE))
    const pipeline = redis.pipeline()
    for (const key of keys) pipeline.zrangebylex(keyOf.audit, `[${key}:`, `(${key}${PAST}`, 'LIMIT', 0, 1)
    const replies = await ask(redis, async () => (await pipeline.exec()) ?? [])
    for (const [error, found] of replies) {
      if (error) throw error
      if (Array.isArray(found) && typeof found[0] === 'string') yield lineOf(found[0])
    }
    const end_ = keys.at(-1)
    if (end_ === undefined || keys.length < PAGE) return
    last = `(${end_}`
  }
}

async function restore(redis: Redis, lines: readonly AuditArchived[]): Promise<number> {
  if (lines.length === 0) return 0
  const members = lines.flatMap(({ key, line: { at: _, ...fact } }) => [
    0,
    `${checkedKey(key)}:${JSON.stringify(fact)}`,
  ])
  return Number(await redis.zadd(keyOf.audit, ...members))
}

async function forgetBefore(redis: Redis, ms: number, limit: number): Promise<number> {
  const old = await redis.zrangebylex(keyOf.audit, '-', `(${timeText(ms)}`, 'LIMIT', 0, limit)
  if (old.length === 0) return 0
  const pipeline = redis.pipeline()
  for (const member of old) pipeline.zscore(keyOf.auditFresh, lineOf(member).key)
  const scores = (await pipeline.exec()) ?? []
  const archived = old.filter((_, at) => scores[at]?.[0] === null && scores[at]?.[1] === null)
  return archived.length === 0 ? 0 : await redis.zrem(keyOf.audit, ...archived)
}

function timeText(ms: number): string {
  return String(Math.max(0, Math.trunc(ms))).padStart(TIME_DIGITS, '0')
}

function checkedKey(key: string): string {
  if (!KEY.test(key)) throw new TypeError(`not the key of an audit line: ${key.slice(0, 60)}`)
  return key
}

/** A member is its key, a colon, and the line without its time. */
function lineOf(member: string): AuditArchived {
  const cut = member.indexOf(':', TIME_DIGITS + 1)
  const key = member.slice(0, cut)
  const fact: unknown = JSON.parse(member.slice(cut + 1))
  const line = { at: Number(key.slice(0, TIME_DIGITS)), ...(typeof fact === 'object' ? fact : {}) }
  if (!KEY.test(key) || !isAuditLine(line)) throw new Error(`not a line of the audit: ${member.slice(0, 80)}`)
  return { kind: 'audit', key, line }
}
