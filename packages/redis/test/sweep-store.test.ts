import { aMigration, anId, created } from '@snapferry/journal-laws'
import { type ListedThing, markOfTags, type SweepReport, type SweepWish, zone } from '@snapferry/migration'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { keyOf, openCatalogue, openSweepStore, type SweepStore } from '../src/index.ts'
import { startTestRedis, type TestRedis } from './test-redis.ts'

let it: TestRedis
let store: SweepStore
beforeAll(async () => {
  it = await startTestRedis()
  store = openSweepStore(it.redis)
})
beforeEach(() => it.empty())
afterAll(() => it.close())

const never = new AbortController().signal
const WISH: SweepWish = { id: 'w1', by: 'anna', askedAt: 1, dryRun: true, acknowledged: null }
const NONE = { things: 0, bytes: 0 }

function report(parts: Partial<SweepReport> = {}): SweepReport {
  return {
    ...{ ...WISH, startedAt: 2, finishedAt: 3, refused: [], places: [], marked: NONE },
    counts: {
      ...{ 'in-use': NONE, known: NONE, copy: NONE, 'too-young': NONE },
      ...{ late: NONE, orphan: NONE, unclaimed: NONE },
    },
    listed: { late: 0, orphan: 0, unclaimed: 0 },
    ...parts,
  }
}

function thing(kind: ListedThing['kind'], n: number): ListedThing & { text: string } {
  const id = `${kind}-${n}`
  const mark = markOfTags([`snapferry:wip=tests.${anId()}.1`], 'tests')
  const snapshot = {
    what: 'snapshot',
    backend: 'block',
    zone: zone('fr-par-1'),
    name: 'x',
    imported: true,
  } as const
  return { kind, thing: { ...snapshot, id, bytes: 1, at: 1, mark }, firstSeenAt: 100 + n, text: id }
}

async function create(at: number, project: string | null = 'p'): Promise<string> {
  const m = aMigration({
    createdAt: at,
    plan: { to: zone('fr-par-2'), copy: { ...aMigration().plan.copy, project } },
  })
  await it.journal.create(m, created(m), null)
  return m.id
}

describe('what a journal says of itself', () => {
  test('nothing, when it is empty', async () => {
    expect(await store.facts()).toEqual({ install: null, records: 0, newestAt: null, bornAt: null })
  })

  test('how many, whose, and between which times; the oldest stays known when old records are removed', async () => {
    await it.redis.set(keyOf.installation, '{"install":"tests","mode":"sandbox"}')
    await create(1_000)
    await create(2_000)
    expect(await store.facts()).toMatchObject({ install: 'tests', records: 2, bornAt: 1_000 })
    expect((await store.facts()).newestAt).toBeGreaterThanOrEqual(2_000)
    const [oldest = ''] = await it.redis.zrange(keyOf.all, '0', '0')
    await it.redis.zrem(keyOf.all, oldest)
    expect(await store.facts()).toMatchObject({ records: 1, bornAt: 1_000 })
  })

  test('a record that nobody can read is unreadable, one that is not there is missing', async () => {
    const id = await create(1)
    const broken = anId()
    await it.redis.hset(keyOf.record(broken), { record: '{"no":', v: '1', wakeAt: '1', pulse: '{}' })
    const missing = anId()
    const known = await store.known([id as typeof broken, broken, missing])
    expect([...known.values()].map((one) => (one !== null && one !== 'unreadable' ? one.id : one))).toEqual([
      id,
      'unreadable',
      null,
    ])
  })
})

describe('places', () => {
  const placeCount = async () => (await store.places()).length
  const cursor = () => it.redis.hget(keyOf.sweep, 'cursor')

  test('are learned from each record once; those of a queued one are asked for again', async () => {
    await create(1)
    await store.learnPlaces(never)
    const first = await placeCount()
    expect(first).toBeGreaterThan(0)
    expect(await cursor()).toBe('')
    await store.learnPlaces(never)
    expect(await placeCount()).toBe(first)
  })

  test('are read from the start again when records came in behind the cursor', async () => {
    const member = `000000000005000:${anId()}`
    await it.redis.zadd(keyOf.all, 0, member)
    await store.learnPlaces(never)
    expect(await cursor(), 'a record that is gone holds nobody up').toBe(member)
    expect(await placeCount()).toBe(0)
    await create(10)
    await store.learnPlaces(never)
    expect(await placeCount()).toBeGreaterThan(0)
  })

  test('that are no places are passed over', async () => {
    await it.redis.sadd(keyOf.sweepPlaces, 'nonsense', 'bucket/fr-par/b/snapferry')
    expect(await store.places()).toEqual([
      { kind: 'bucket', region: 'fr-par', bucket: 'b', prefix: 'snapferry' },
    ])
  })
})

describe('a wish', () => {
  test('is kept until its own report is; another one waits', async () => {
    expect(await store.wish(WISH)).toEqual(WISH)
    expect(await store.wish({ ...WISH, id: 'w2' })).toEqual(WISH)
    expect(await store.begin()).toBe(1)
    expect(await store.begin()).toBe(2)
    expect(await store.pending()).toEqual({ wish: WISH, tries: 2 })
    await store.finish(report(), [])
    expect(await store.pending()).toBeNull()
    expect(await store.newest()).toMatchObject({ id: 'w1' })
  })

  test('a report of an earlier sweep, finished twice, does not take the next wish away', async () => {
    const next = { ...WISH, id: 'w2' }
    await store.wish(next)
    await store.finish(report(), [])
    expect(await store.pending()).toEqual({ wish: next, tries: 0 })
  })
})

describe('what a sweep lists', () => {
  const all = [...Array(3).keys()].flatMap((n) => [
    thing('unclaimed', n),
    thing('orphan', n),
    thing('late', n),
  ])
  const listed = { late: 3, orphan: 3, unclaimed: 3 }
  const idsOf = async (...args: Parameters<SweepStore['found']>) =>
    (await store.found(...args)).items.map((one) => one.thing.id)

  test('is read in parts, of one kind or of all, and replaced whole', async () => {
    await store.finish(report({ listed }), all)
    expect(await idsOf(null, 0, 4)).toEqual(['late-0', 'late-1', 'late-2', 'orphan-0'])
    expect(await idsOf(null, 4, 100)).toEqual([
      'orphan-1',
      'orphan-2',
      'unclaimed-0',
      'unclaimed-1',
      'unclaimed-2',
    ])
    expect(await idsOf('orphan', 1, 100)).toEqual(['orphan-1', 'orphan-2'])
    expect((await store.found('orphan', 3, 5)).total).toBe(3)
    expect((await store.firstSeen()).get('late-2')).toBe(102)
    await store.finish(report({ id: 'w2', listed: { late: 0, orphan: 1, unclaimed: 0 } }), [
      thing('orphan', 7),
    ])
    expect(await idsOf(null, 0, 100)).toEqual(['orphan-7'])
    expect([...(await store.firstSeen()).keys()]).toEqual(['orphan-7'])
  })

  test('before the first sweep there is nothing', async () => {
    expect(await store.found(null, 0, 10)).toEqual({ report: null, items: [], total: 0 })
  })
})

test('a copy is adopted once, with a line in the audit in the same transaction', async () => {
  const catalogue = openCatalogue(it.redis, { sandbox: true })
  const copy = {
    ...{ id: 'c', backend: 'block', zone: zone('fr-par-2'), project: 'p', type: 'sbs', name: 'n' },
    ...{
      sizeBytes: 5,
      migration: anId(),
      source: null,
      from: null,
      volume: null,
      takenAt: null,
      provenAt: 9,
    },
  } as unknown as Parameters<typeof catalogue.adopt>[0]
  const fact = { by: 'anna', action: 'copies.adopt', target: 'c', requestId: 'r', outcome: 'accepted' }
  expect(await catalogue.adopt(copy, fact)).toBe(true)
  expect(await catalogue.adopt({ ...copy, name: 'other' }, fact)).toBe(false)
  expect(await catalogue.get('c')).toMatchObject({ name: 'n' })
  expect(await store.catalogued(['c', 'd'])).toEqual(new Set(['c']))
  expect(await it.redis.zcard(keyOf.audit)).toBe(2)
})
