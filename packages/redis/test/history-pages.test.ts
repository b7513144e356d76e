import { aMigration, created } from '@snapferry/journal-laws'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type HistoryPages, keyOf, openHistoryPages } from '../src/index.ts'
import { finished, happens } from './finished.ts'
import { startTestRedis, type TestRedis } from './test-redis.ts'

let own: TestRedis
let pages: HistoryPages
beforeAll(async () => {
  own = await startTestRedis()
  pages = openHistoryPages(own.redis)
})
beforeEach(() => own.empty())
afterAll(() => own.close())

const T = 1_700_000_000_000
const fresh = (untilMs = T * 2) => Array.fromAsync(pages.fresh(untilMs))

test('every finished migration comes with all that Redis keeps of it, by its ending; those under way do not', async () => {
  const later = await finished(own, { endedAt: T + 20, key: 'k' })
  const earlier = await finished(own, { endedAt: T + 10 })
  const m = aMigration()
  await own.journal.create(m, created(m), null)
  const lines = await fresh()
  expect(lines.map(({ id }) => id)).toEqual([earlier.id, later.id])
  expect(lines[1]).toMatchObject({ kind: 'migration', v: 2, fingerprint: 'print', record: later })
  expect(lines[1]!.events.map(({ type }) => type)).toEqual(['created', 'ledger-settled'])
  expect(await pages.oldestMs()).toBe(T + 10)
})

test('many pages have every migration once', async () => {
  const ids = new Set<string>()
  for (let n = 0; n < 620; n++) ids.add((await finished(own, { endedAt: T + (n % 7) })).id)
  const lines = await fresh()
  expect(lines).toHaveLength(620)
  expect(new Set(lines.map(({ id }) => id))).toEqual(ids)
})

test('what is archived is fresh again as soon as something happens to it, and belongs to that day', async () => {
  const m = await finished(own, { endedAt: T })
  expect(await fresh(T)).toEqual([])
  await pages.archived(await fresh(T + 1))
  expect(await fresh()).toEqual([])
  await happens(own, m, T + 100)
  expect(await fresh(T + 100)).toEqual([])
  const [line] = await fresh(T + 101)
  expect(line?.events).toHaveLength(3)
})

test('a migration to which something happened while its line was written stays fresh', async () => {
  const m = await finished(own, { endedAt: T })
  const lines = await fresh()
  await happens(own, m, T + 1)
  await pages.archived(lines)
  expect(await fresh()).toHaveLength(1)
})

test('a Redis put back that goes another way with as many events is not taken for archived', async () => {
  const m = await finished(own, { endedAt: T })
  const dump = await own.redis.dumpBuffer(keyOf.events(m.id))
  const record = await own.redis.dumpBuffer(keyOf.record(m.id))
  await happens(own, m, T + 1)
  const lines = await fresh()
  await own.redis.restore(keyOf.events(m.id), 0, dump!, 'REPLACE')
  await own.redis.restore(keyOf.record(m.id), 0, record!, 'REPLACE')
  await happens(own, m, T + 2)
  await pages.archived(lines)
  expect(await fresh()).toMatchObject([{ events: [{}, {}, { at: T + 2 }] }])
})

test('a mark brings no migration back that was removed meanwhile', async () => {
  const m = await finished(own, { endedAt: T })
  const lines = await fresh()
  await own.redis.del(keyOf.record(m.id), keyOf.events(m.id))
  await pages.archived(lines)
  expect(await own.redis.exists(keyOf.record(m.id))).toBe(0)
})

test('records of a program with other rules are left to it', async () => {
  const m = await finished(own, { endedAt: T })
  const text = await own.redis.hget(keyOf.record(m.id), 'record')
  await own.redis.hset(
    keyOf.record(m.id),
    'record',
    JSON.stringify({ ...JSON.parse(text!), definitionVersion: 99 }),
  )
  expect(await fresh()).toEqual([])
})

test('the newest part is remembered, and forgotten with every mark', async () => {
  await finished(own, { endedAt: T })
  await pages.archived(await fresh())
  expect(await pages.head()).toBeNull()
  await pages.remember({ name: '2026-11-24', sha256: 'ab' })
  expect(await pages.head()).toEqual({ name: '2026-11-24', sha256: 'ab' })
  await pages.unmark()
  expect([await pages.head(), (await fresh()).length]).toEqual([null, 1])
})
