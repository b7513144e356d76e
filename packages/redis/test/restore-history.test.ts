import { aMigration, created } from '@snapferry/journal-laws'
import { day, type Item, type MigrationLine, STATES, type Zone } from '@snapferry/migration'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { keyOf, openHistoryPages, restoreHistory } from '../src/index.ts'
import { finished, happens } from './finished.ts'
import { startTestRedis, type TestRedis } from './test-redis.ts'

let own: TestRedis
beforeAll(async () => {
  own = await startTestRedis()
})
beforeEach(() => own.empty())
afterAll(() => own.close())

const T = 1_700_000_000_000
const partOf = (n: number) => ({ day: day('2026-11-24'), part: n })
const lines = () => Array.fromAsync(openHistoryPages(own.redis).fresh(T * 2))
const back = (line: MigrationLine, n = 1) =>
  restoreHistory(own.redis, line, { part: partOf(n), now: T + 1_000, leftoverRetryMs: 3_600_000 })

const kept: Item = {
  thing: { what: 'image', id: 'key', region: 'fr-par' as never, bucket: 'b' },
  round: 1,
  at: T,
  state: 'kept',
  untilMs: T + 500_000,
}

/** Everything that Redis keeps, but for what tells one import from a life. */
async function contents(): Promise<Record<string, unknown>> {
  const all: Record<string, unknown> = {}
  for (const key of (await own.redis.keys('*')).toSorted()) {
    const type = await own.redis.type(key)
    if (type === 'hash') {
      const { imported: _, archived: __, ...rest } = await own.redis.hgetall(key)
      all[key] = rest
    } else if (type === 'list') all[key] = await own.redis.lrange(key, 0, -1)
    else if (type === 'zset') all[key] = await own.redis.zrange(key, '0', '-1', 'WITHSCORES')
  }
  return all
}

test('an empty Redis becomes what the lost one was: records, events, every index and alarm', async () => {
  await finished(own, { endedAt: T, key: 'k', plan: { labels: { a: 'ü "\u2028' } } })
  await finished(own, { endedAt: T + 5, ledger: [kept], plan: { to: 'nl-ams-1' as Zone } })
  const archived = await lines()
  const before = await contents()
  await own.empty()
  expect([await back(archived[0]!), await back(archived[1]!)]).toEqual(['written', 'written'])
  const { [`${keyOf.nudges}`]: _, ...lost } = before
  expect(await contents()).toEqual(lost)
  expect(await own.redis.zscore(keyOf.due, archived[1]!.id)).toBe(String(T + 500_000))
  expect(await own.journal.counts()).toMatchObject({ succeeded: 2 })
})

test('a second import changes nothing', async () => {
  await finished(own, { endedAt: T })
  const [line] = await lines()
  await own.empty()
  await back(line!)
  const before = await contents()
  expect(await back(line!)).toBe('same')
  expect(await back(line!, 7)).toBe('same')
  expect(await contents()).toEqual(before)
})

test('of two archived lines the later one wins, in whatever order they come', async () => {
  const m = await finished(own, { endedAt: T })
  const [first] = await lines()
  await happens(own, m, T + 1)
  const [second] = await lines()
  for (const order of [
    [1, 2],
    [2, 1],
    [1, 2, 1, 2],
  ]) {
    await own.empty()
    for (const n of order) await back(n === 1 ? first! : second!, n)
    expect(await own.journal.events(m.id, 0, 10), `order ${order}`).toHaveLength(3)
  }
})

test('a later line with fewer events wins as well: Redis was put back between the two', async () => {
  const m = await finished(own, { endedAt: T })
  const [short] = await lines()
  await happens(own, m, T + 1)
  const [long] = await lines()
  await own.empty()
  await back(long!, 1)
  expect(await back(short!, 2)).toBe('written')
  expect(await own.journal.events(m.id, 0, 10)).toHaveLength(2)
})

test('what is newer here is left, also when an older life of it was imported', async () => {
  const m = await finished(own, { endedAt: T })
  const [line] = await lines()
  await happens(own, m, T + 1)
  expect(await back(line!)).toBe('newer')
  await own.empty()
  await back(line!)
  await happens(own, m, T + 2)
  expect(await back(line!, 9)).toBe('newer')
  await openHistoryPages(own.redis).archived(await lines())
  expect(await back(line!, 9), 'archived since').toBe('newer')
  expect(await own.journal.events(m.id, 0, 10)).toHaveLength(3)
})

test('what is older here is replaced, under a version that no reading of before has', async () => {
  const m = await finished(own, { endedAt: T })
  const dumps = await Promise.all(
    [keyOf.record(m.id), keyOf.events(m.id)].map((key) => own.redis.dumpBuffer(key)),
  )
  await happens(own, m, T + 1)
  const [line] = await lines()
  await own.redis.restore(keyOf.record(m.id), 0, dumps[0]!, 'REPLACE')
  await own.redis.restore(keyOf.events(m.id), 0, dumps[1]!, 'REPLACE')
  const before = await own.journal.read(m.id)
  expect(await back(line!)).toBe('written')
  const after = await own.journal.read(m.id)
  expect(after?.pulse.v).toBeGreaterThan(before!.pulse.v)
  expect(after?.record.events).toBe(3)
})

test('what has not ended here is left alone', async () => {
  const m = await finished(own, { endedAt: T })
  const [line] = await lines()
  await own.empty()
  const first = aMigration({ id: m.id })
  await own.journal.create(first, created(first), null)
  const before = await contents()
  expect(await back(line!)).toBe('under-way')
  expect(await contents()).toEqual(before)
})

test('another history of the same length is left and told', async () => {
  const m = await finished(own, { endedAt: T })
  const [line] = await lines()
  await own.redis.lset(keyOf.events(m.id), 1, JSON.stringify({ at: T, type: 'park-limit-over' }))
  expect(await back(line!)).toBe('other')
})

test('what a later program wrote is left to it', async () => {
  await finished(own, { endedAt: T })
  const [line] = await lines()
  await own.empty()
  const later = { ...line!, record: { ...line!.record, definitionVersion: 99 as never } }
  expect(await back(later)).toBe('unknown-rules')
  expect(await own.redis.dbsize()).toBe(0)
})

test('a state that a migration is no longer in loses it', async () => {
  const m = await finished(own, { endedAt: T })
  const [line] = await lines()
  await own.empty()
  await back(line!, 1)
  const failed = { ...line!.record, state: 'failed', failure: { kind: 'x' }, endedAt: T + 9 }
  await back({ ...line!, record: failed as never }, 2)
  const states = await Promise.all(STATES.map((state) => own.redis.zcard(keyOf.state(state))))
  expect(states.reduce((sum, count) => sum + count, 0)).toBe(1)
  expect(await own.redis.zrange(keyOf.finished, '0', '-1')).toEqual([`00${T + 9}:${m.id}`])
})
