import {
  type JournalFacts,
  type Known,
  LISTED,
  type Listed,
  type ListedThing,
  type MigrationId,
  placeOfText,
  placeText,
  type SweepPlace,
  type SweepReport,
  type SweepWish,
} from '@snapferry/migration'
import type { Redis } from 'ioredis'
import { readJournalFacts } from './journal-facts.ts'
import { keyOf } from './keys.ts'
import { learnPlaces } from './learn-places.ts'
import { readKnown } from './read-known.ts'
import { ask } from './redis-away.ts'
import { defineScripts } from './scripts.ts'

/** A sweep that was asked for and is not finished. `tries`: how often it was begun; 0 while nobody has. */
export interface PendingSweep {
  readonly wish: SweepWish
  readonly tries: number
}

/** Part of what the newest sweep lists, with its report; `report` null before the first one. */
export interface FoundPage {
  readonly report: SweepReport | null
  readonly items: readonly ListedThing[]
  /** How many there are of what was asked for. */
  readonly total: number
}

/** What sweeps keep in Redis. Every call may throw `RedisAway`. */
export interface SweepStore {
  facts(): Promise<JournalFacts>
  /** Adds places that a configuration names. */
  addPlaces(places: readonly SweepPlace[]): Promise<void>
  /** Adds the places of the records that are new since the last time. */
  learnPlaces(signal: AbortSignal): Promise<void>
  places(): Promise<readonly SweepPlace[]>
  /** What is known of migrations, by their ids. */
  known(ids: readonly MigrationId[]): Promise<ReadonlyMap<MigrationId, Known['record']>>
  /** Which of these snapshots the catalogue has as copies. */
  catalogued(ids: readonly string[]): Promise<ReadonlySet<string>>
  /** Asks for a sweep. Answers the one that is asked for now: this one, or an earlier one that is not finished. */
  wish(wish: SweepWish): Promise<SweepWish>
  pending(): Promise<PendingSweep | null>
  /** Notes that the pending sweep is begun, and answers how often it was. */
  begin(): Promise<number>
  /** The last night that had its sweep, or null. */
  night(): Promise<number | null>
  nightDone(night: number): Promise<void>
  /** When things were first listed, by their texts; those that never were are missing. */
  firstSeen(): Promise<ReadonlyMap<string, number>>
  /**
   * Keeps a report with what it lists in place of the one before, and is done with its wish. `remembered`: when things
   * were first listed that this sweep could not see.
   */
  finish(
    report: SweepReport,
    found: readonly (ListedThing & { readonly text: string })[],
    remembered?: ReadonlyMap<string, number>,
  ): Promise<void>
  newest(): Promise<SweepReport | null>
  /** `count` of the things listed, of one kind or of all, from the `from`-th on. */
  found(of: Listed | null, from: number, count: number): Promise<FoundPage>
}

/** Opens what sweeps keep, on a connection that the caller closes. */
export function openSweepStore(redis: Redis): SweepStore {
  defineScripts(redis)
  const answer = <T>(question: () => Promise<T>) => ask(redis, question)
  return {
    facts: () => answer(() => readJournalFacts(redis)),
    addPlaces: async (places) => {
      if (places.length > 0) await answer(() => redis.sadd(keyOf.sweepPlaces, ...places.map(placeText)))
    },
    learnPlaces: (signal) => answer(() => learnPlaces(redis, signal)),
    places: () =>
      answer(async () =>
        (await redis.smembers(keyOf.sweepPlaces)).sort().flatMap((text) => placeOfText(text) ?? []),
      ),
    known: (ids) => answer(() => readKnown(redis, ids)),
    catalogued: (ids) => answer(() => readCatalogued(redis, ids)),
    ...openWishes(redis),
    firstSeen: () =>
      answer(async () => {
        const seen = await redis.hgetall(keyOf.sweepFirstSeen)
        return new Map(Object.entries(seen).map(([text, at]) => [text, Number(at)]))
      }),
    finish: (report, found, remembered = new Map()) => answer(() => finish(redis, report, found, remembered)),
    newest: () => answer(async () => reportOf(await redis.hget(keyOf.sweep, 'report'))),
    found: (of, from, count) => answer(() => readFound(redis, of, { from, count })),
  }
}

type Wishes = Pick<SweepStore, 'wish' | 'pending' | 'begin' | 'night' | 'nightDone'>

function openWishes(redis: Redis): Wishes {
  const answer = <T>(question: () => Promise<T>) => ask(redis, question)
  const pending = async (): Promise<PendingSweep | null> => {
    const [wish, tries] = await redis.hmget(keyOf.sweep, 'wish', 'tries')
    return wish ? { wish: wishOf(wish), tries: Number(tries ?? 0) } : null
  }
  return {
    wish: (wish) =>
      answer(async () => {
        await redis.hsetnx(keyOf.sweep, 'wish', wishText(wish))
        // Finished between the two: it was this one's turn then, and it is asked for anew.
        return (await pending())?.wish ?? wish
      }),
    pending: () => answer(pending),
    begin: () => answer(() => redis.hincrby(keyOf.sweep, 'tries', 1)),
    night: () =>
      answer(async () => {
        const night = await redis.hget(keyOf.sweep, 'night')
        return night === null ? null : Number(night)
      }),
    nightDone: async (night) => {
      await answer(() => redis.hset(keyOf.sweep, 'night', night))
    },
  }
}

/** Things in one command: a report lists a few thousand. */
const CHUNK = 500

async function finish(
  redis: Redis,
  report: SweepReport,
  found: readonly (ListedThing & { readonly text: string })[],
  remembered: ReadonlyMap<string, number>,
): Promise<void> {
  const together = redis.multi().hset(keyOf.sweep, 'report', JSON.stringify(report))
  together.del(keyOf.sweepFound).del(keyOf.sweepFirstSeen)
  if (remembered.size > 0) together.hset(keyOf.sweepFirstSeen, new Map(remembered))
  const inOrder = LISTED.flatMap((kind) => found.filter((one) => one.kind === kind))
  for (let at = 0; at < inOrder.length; at += CHUNK) {
    const chunk = inOrder.slice(at, at + CHUNK)
    together.rpush(keyOf.sweepFound, ...chunk.map(({ text: _, ...one }) => JSON.stringify(one)))
    together.hset(keyOf.sweepFirstSeen, new Map(chunk.map(({ text, firstSeenAt }) => [text, firstSeenAt])))
  }
  for (const [error] of (await together.exec()) ?? []) if (error) throw error
  // Whoever dies before this sweeps once more, and finds the same.
  await redis.sfEndSweep(keyOf.sweep, wishText(report))
}

async function readCatalogued(redis: Redis, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set()
  const entries = await redis.hmget(keyOf.copies, ...ids)
  return new Set(ids.filter((_, at) => typeof entries[at] === 'string'))
}

async function readFound(
  redis: Redis,
  of: Listed | null,
  { from, count }: { readonly from: number; readonly count: number },
): Promise<FoundPage> {
  const report = reportOf(await redis.hget(keyOf.sweep, 'report'))
  if (report === null) return { report, items: [], total: 0 }
  const lengths = LISTED.map((kind) => report.listed[kind])
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)
  const start = of === null ? 0 : sum(lengths.slice(0, LISTED.indexOf(of)))
  const total = of === null ? sum(lengths) : report.listed[of]
  const wanted = Math.max(0, Math.min(count, total - from))
  if (wanted === 0) return { report, items: [], total }
  const [again, rows] = (
    (await redis
      .multi()
      .hget(keyOf.sweep, 'report')
      .lrange(keyOf.sweepFound, start + from, start + from + wanted - 1)
      .exec()) ?? []
  ).map(([error, value]) => {
    if (error) throw error
    return value
  })
  // Another sweep finished in between: its list is another one.
  if (again !== JSON.stringify(report)) return await readFound(redis, of, { from, count })
  return { report, items: Array.isArray(rows) ? rows.map((row) => JSON.parse(String(row))) : [], total }
}

function reportOf(text: string | null): SweepReport | null {
  return text === null ? null : JSON.parse(text)
}

/** Always the same text of one wish: by it the end of a sweep knows that it is still the one asked for. */
function wishText({ id, by, askedAt, dryRun, acknowledged }: SweepWish): string {
  return JSON.stringify({ id, by, askedAt, dryRun, acknowledged })
}

function wishOf(text: string): SweepWish {
  return JSON.parse(text)
}
