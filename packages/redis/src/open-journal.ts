import { type Journal, type Reading, STATES, type State } from '@snapferry/migration'
import type { Redis } from 'ioredis'
import { type ApiKeys, openApiKeys } from './api-keys.ts'
import { appendChange } from './append-change.ts'
import { type Budgets, openBudgets } from './budgets.ts'
import { type Calls, openCalls } from './calls.ts'
import { type Circuits, openCircuits } from './circuits.ts'
import { createRecord } from './create-record.ts'
import { type HeldClaims, openHeldClaims } from './held-claims.ts'
import { type Holds, holdOf, openHolds } from './holds.ts'
import { keyOf } from './keys.ts'
import { type Lessons, openLessons } from './lessons.ts'
import { listRecords } from './list-records.ts'
import { eventOf, storedOf } from './record-text.ts'
import { ask } from './redis-away.ts'
import { type RedisRun, watchRunId } from './run-id.ts'
import { defineScripts } from './scripts.ts'
import { openWaking, type Waking } from './waking.ts'

/** Events one read of a history may ask for. */
export const EVENTS_PAGE_MAX = 1_000

/** The journal in Redis, with what drain, chores and gauges read besides. Every call may throw `RedisAway`. */
export interface RedisJournal extends Journal, Waking {
  /** The one clock, the Redis that keeps it, and for how many milliseconds that one has been running. */
  clock(): Promise<{ readonly now: number } & RedisRun>
  /** Sets the milliseconds that are added to the clock. Sandbox only; throws elsewhere. */
  setClock(ms: number): Promise<void>
  /** How many migrations are in each state. */
  counts(): Promise<Record<State, number>>
  /** The claims of phases in force, for the reconciler. */
  readonly claims: HeldClaims
  /** The natural keys in force, for the reconciler. */
  readonly naturals: HeldClaims
  readonly apiKeys: ApiKeys
  /** The places taken in budgets, for the reconciler, and their limits. */
  readonly budgets: Budgets
  readonly holds: Holds
  /** Provider calls, which the fleet shares. */
  readonly calls: Calls
  readonly circuits: Circuits
  readonly lessons: Lessons
}

/** What a journal is opened with. */
export interface JournalOptions {
  /** The installation whose migrations these are; a record of another is refused. */
  readonly install: string
  /** In the sandbox the clock may be moved. */
  readonly sandbox: boolean
  /** After how long a thing that could not be removed is tried again. */
  readonly leftoverRetryMs: number
}

/** Opens the journal on a connection that the caller closes. */
export function openJournal(redis: Redis, o: JournalOptions): RedisJournal {
  defineScripts(redis)
  const sandbox = o.sandbox ? '1' : '0'
  const withRunId = watchRunId(redis)
  const answer = <T>(question: () => Promise<T>) => ask(redis, question)
  return {
    clock: () =>
      answer(async () => {
        const read = await withRunId(() => redis.sfClock(keyOf.clock, sandbox))
        return { now: read.answer, redisRun: read.redisRun, upMs: read.upMs }
      }),
    create: async (first, event, idempotency) => {
      if (first.plan.install !== o.install)
        throw new TypeError(`a migration of ${first.plan.install} cannot be kept by ${o.install}`)
      return await answer(() => createRecord(redis, first, event, { idempotency, sandbox }))
    },
    read: (id) =>
      answer(async () => {
        const keys = [keyOf.record(id), keyOf.nudges, keyOf.clock, keyOf.holds] as const
        const read = await withRunId(() => redis.sfRead(...keys, id, sandbox))
        return readingOf(read.answer, read.redisRun)
      }),
    append: (change) =>
      answer(async () => {
        // A restored Redis counts versions anew: the same number may stand for another history.
        const read = await withRunId(async () => null)
        if (read.redisRun !== change.before.redisRun) return { outcome: 'overtaken' }
        return appendChange(redis, change, { sandbox, leftoverRetryMs: o.leftoverRetryMs })
      }),
    events: (id, after, limit) => {
      if (!Number.isInteger(after) || after < 0) throw new RangeError(`not a number of events: ${after}`)
      if (!Number.isInteger(limit) || limit < 1 || limit > EVENTS_PAGE_MAX)
        throw new RangeError(`a page has 1 to ${EVENTS_PAGE_MAX} events, not ${limit}`)
      return answer(async () => (await redis.lrange(keyOf.events(id), after, after + limit - 1)).map(eventOf))
    },
    list: (query) => answer(() => listRecords(redis, query)),
    setClock: async (ms) => {
      if (!o.sandbox) throw new Error('only the clock of a sandbox can be moved')
      if (!Number.isSafeInteger(ms)) throw new RangeError(`not whole milliseconds: ${ms}`)
      await answer(() => redis.set(keyOf.clock, String(ms)))
    },
    counts: () => answer(() => countStates(redis)),
    ...openWaking(redis),
    claims: openHeldClaims(redis, keyOf.claims),
    naturals: openHeldClaims(redis, keyOf.naturals),
    apiKeys: openApiKeys(redis),
    budgets: openBudgets(redis),
    holds: openHolds(redis, sandbox),
    calls: openCalls(redis, sandbox),
    circuits: openCircuits(redis, sandbox),
    lessons: openLessons(redis),
  }
}

function readingOf(
  [now, nudges, values, holds]: [number, string, (string | null)[], string[]],
  redisRun: string,
): Reading | null {
  const stored = storedOf(values)
  if (stored === null) return null
  const reading = { ...stored, now, nudges: Number(nudges), redisRun }
  return holds.length === 0 ? reading : { ...reading, holds: holds.map(holdOf) }
}

async function countStates(redis: Redis): Promise<Record<State, number>> {
  const counted = await Promise.all(
    STATES.map(async (state) => [state, await redis.zcard(keyOf.state(state))] as const),
  )
  const counts: Record<State, number> = {
    queued: 0,
    running: 0,
    unwinding: 0,
    needs_attention: 0,
    succeeded: 0,
    failed: 0,
    cancelled: 0,
  }
  for (const [state, count] of counted) counts[state] = count
  return counts
}
