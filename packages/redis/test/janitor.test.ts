import { aChange } from '@snapferry/journal-laws'
import type { Item } from '@snapferry/migration'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { forgetHistory, keyOf, openAudit, openCopies, openHistoryPages } from '../src/index.ts'
import { aCopy } from './a-copy.ts'
import { finished, happens } from './finished.ts'
import { startTestRedis, type TestRedis } from './test-redis.ts'

let own: TestRedis
beforeAll(async () => {
  own = await startTestRedis()
})
beforeEach(() => own.empty())
afterAll(() => own.close())

const DAY_MS = 86_400_000
const NOW = 1_800_000_000_000
const signal = new AbortController().signal
const daysAgo = (days: number) => NOW - days * DAY_MS

async function archiveAll(): Promise<void> {
  const pages = openHistoryPages(own.redis)
  await pages.archived(await Array.fromAsync(pages.fresh(NOW * 2)))
}

const forget = (limits: { days?: number; max?: number } = {}) =>
  forgetHistory(own.redis, openAudit(own.redis, { sandbox: true }), {
    ...{ now: NOW, signal },
    limits: { days: 400, max: 1_000_000, ...limits },
  })

const image: Item['thing'] = { what: 'image', id: 'k', region: 'fr-par' as never, bucket: 'b' }
const item = (state: Item['state'], more: Partial<Item> = {}): Item => ({
  thing: image,
  round: 1,
  at: 0,
  state,
  ...more,
})

test('what ended more than 400 days ago goes with every trace of it; the catalogue keeps its copy', async () => {
  const old = await finished(own, { endedAt: daysAgo(401) })
  const { redis } = own
  await openCopies(redis).put(aCopy(1, { migration: old.id }))
  await archiveAll()
  expect(await forget()).toMatchObject({ removed: 1, isCut: false })
  expect((await redis.keys('*')).toSorted()).toEqual([keyOf.copies, keyOf.live].toSorted())
})

test('younger ones stay', async () => {
  const young = await finished(own, { endedAt: daysAgo(399) })
  await archiveAll()
  expect(await forget()).toMatchObject({ removed: 0 })
  expect(await own.journal.read(young.id)).not.toBeNull()
})

test('beyond the count the oldest go, also before their days are over; never those a key of a caller may name', async () => {
  for (const days of [1, 2, 50, 40, 30, 20, 10]) await finished(own, { endedAt: daysAgo(days) })
  await archiveAll()
  expect(await forget({ max: 4 })).toMatchObject({ removed: 3 })
  expect(
    (await own.redis.zrange(keyOf.finished, '0', '-1')).map((member) => Number(member.slice(0, 15))),
  ).toEqual([20, 10, 2, 1].map(daysAgo))
  expect(await forget({ max: 1 })).toMatchObject({ removed: 2 })
  expect(await own.redis.zcard(keyOf.finished)).toBe(2)
})

test('what no archive has stays, however old', async () => {
  await finished(own, { endedAt: daysAgo(900) })
  expect(await forget()).toMatchObject({ removed: 0, kept: { unarchived: 1 } })
  await archiveAll()
  expect(await forget()).toMatchObject({ removed: 1 })
})

test('what changed after it was archived stays until the archive has that as well', async () => {
  const m = await finished(own, { endedAt: daysAgo(900) })
  await archiveAll()
  await happens(own, m, NOW)
  expect(await forget()).toMatchObject({ removed: 0, kept: { unarchived: 1 } })
})

test.each<[string, Item, number]>([
  ['a thing that could not be removed', item('left', { reason: 'in-use' }), 0],
  ['a copy without its mark', item('left', { reason: 'copy-not-marked' }), 0],
  ['an image that is kept until a day', item('kept', { untilMs: NOW }), 0],
  ['a thing that is to be removed', item('disowned'), 0],
  ['a thing it made', item('made'), 0],
  ['a copy that stays', item('kept'), 1],
  ['a thing that is gone', item('removed'), 1],
])('of an old migration whose ledger has %s: %#', async (_, line, removed) => {
  await finished(own, { endedAt: daysAgo(900), ledger: [line] })
  await archiveAll()
  const open = 1 - removed
  expect(await forget()).toMatchObject({ removed, kept: { open } })
})

test('a migration that changed since it was judged stays', async () => {
  const m = await finished(own, { endedAt: daysAgo(900) })
  await archiveAll()
  const judged = await own.journal.read(m.id)
  await own.journal.append(aChange(judged!))
  const keys = [keyOf.record(m.id), keyOf.events(m.id), keyOf.nudges, keyOf.wake, keyOf.due]
  const forgetAs = (v: number) => own.redis.sfForget(keys.length, ...keys, m.id, String(v))
  expect(await forgetAs(judged!.pulse.v)).toBe(0)
  expect(await own.journal.events(m.id, 0, 10)).toHaveLength(2)
  expect(await forgetAs(judged!.pulse.v + 1)).toBe(1)
})

test('records of a program with other rules stay', async () => {
  const m = await finished(own, { endedAt: daysAgo(900) })
  await archiveAll()
  const text = await own.redis.hget(keyOf.record(m.id), 'record')
  await own.redis.hset(
    keyOf.record(m.id),
    'record',
    JSON.stringify({ ...JSON.parse(text!), definitionVersion: 99 }),
  )
  expect(await forget()).toMatchObject({ removed: 0, kept: { foreign: 1 } })
})

test('many are removed in pieces, and a stop between two pieces leaves the rest for the next run', async () => {
  for (let n = 0; n < 250; n++) await finished(own, { endedAt: daysAgo(500) + n })
  await archiveAll()
  const stopped = await forgetHistory(own.redis, openAudit(own.redis, { sandbox: true }), {
    ...{ now: NOW, signal: AbortSignal.abort() },
    limits: { days: 400, max: 1_000 },
  })
  expect(stopped).toMatchObject({ removed: 100, isCut: true })
  expect(await forget()).toMatchObject({ removed: 150, isCut: false })
})
