import { aChange, aMigration, anEvent, anId, created, running, succeeded } from '@snapferry/journal-laws'
import { type MigrationId, naturalKey } from '@snapferry/migration'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { keyOf, type MigrationQueue, openQueue, type RedisJournal, reconciler } from '../src/index.ts'
import { startTestRedis, type TestRedis } from './test-redis.ts'
import { until } from './until.ts'

const CLAIM = 'source:fr-par-1/s1'

describe('the reconciler and the tables of claims', () => {
  let it: TestRedis
  let journal: RedisJournal
  let queue: MigrationQueue
  beforeAll(async () => {
    it = await startTestRedis()
    journal = it.journal
    queue = openQueue(it.own.url)
    await until('the queue answers', () => queue.add(anId()))
  })
  beforeEach(() => it.empty())
  afterAll(async () => {
    await queue.close()
    await it.close()
  })

  const put = async (m = aMigration()): Promise<MigrationId> => {
    await journal.create(m, created(m), null)
    return m.id
  }
  const read = async (id: MigrationId) => (await journal.read(id))!
  const take = async (id: MigrationId) => {
    const before = await read(id)
    return await journal.append(
      aChange(before, { after: running(before.record, [CLAIM]), events: [anEvent()] }),
    )
  }
  const reconcile = (signal = new AbortController().signal) => reconciler({ journal, queue }).run(signal)
  const holder = () => it.redis.hget(keyOf.claims, CLAIM)

  test('a claim held by a record that does not name it is freed and who waits for it is woken', async () => {
    const [idle, waiter] = [await put(), await put()]
    await it.redis.hset(keyOf.claims, CLAIM, idle)
    expect(await take(waiter)).toMatchObject({ outcome: 'claimed', by: idle })
    const nudgesBefore = (await read(waiter)).nudges
    await queue.add(waiter)
    await reconcile()
    expect(await holder()).toBeNull()
    expect((await read(waiter)).nudges).toBe(nudgesBefore + 1)
    expect(await take(waiter)).toMatchObject({ outcome: 'appended' })
  })

  test.each([
    {
      who: 'an ended migration',
      id: async () => {
        const id = await put()
        const before = await read(id)
        await journal.append(aChange(before, { after: succeeded(before.record) }))
        return id
      },
    },
    { who: 'nobody that is known', id: async () => anId() },
  ])('a claim and a natural key held by $who are freed', async ({ id }) => {
    const by = await id()
    await it.redis.hset(keyOf.claims, CLAIM, by)
    await it.redis.hset(keyOf.naturals, 'some work', by)
    await reconcile()
    expect(await it.redis.hlen(keyOf.claims)).toBe(0)
    expect(await it.redis.hlen(keyOf.naturals)).toBe(0)
  })

  test('a claim and a natural key that a record names and nobody holds are taken for it', async () => {
    const id = await put()
    await take(id)
    await it.redis.del(keyOf.claims, keyOf.naturals)
    await reconcile()
    expect(await holder()).toBe(id)
    expect(await it.redis.hget(keyOf.naturals, naturalKey((await read(id)).record.plan))).toBe(id)
  })

  test('a claim that is rightly held stays, also when another record names it', async () => {
    const [one, two] = [await put(), await put()]
    await take(one)
    await it.redis.del(keyOf.claims)
    await take(two)
    await reconcile()
    expect(await holder()).toBe(two)
    expect(await it.redis.hlen(keyOf.naturals)).toBe(2)
  })

  test('a correction decided on an older version is not made', async () => {
    const id = await put()
    const { v } = (await read(id)).pulse
    await take(id)
    expect(await journal.claims.free(CLAIM, id, v)).toBe(false)
    expect(await journal.claims.hold('source:other', id, v)).toBe(false)
    expect(await holder()).toBe(id)
    expect(await journal.claims.free(CLAIM, id, v + 1)).toBe(true)
  })

  test('thousands of claims and migrations are walked to their end', async () => {
    const ids: MigrationId[] = []
    for (let n = 0; n < 12; n++) ids.push(...(await Promise.all(Array.from({ length: 100 }, () => put()))))
    for (const [n, id] of ids.entries()) if (n % 2 === 0) await it.redis.hset(keyOf.claims, `claim ${n}`, id)
    await it.redis.del(keyOf.nudges)
    await reconcile()
    expect(await it.redis.hlen(keyOf.claims)).toBe(0)
    expect(await it.redis.hlen(keyOf.naturals)).toBe(ids.length)
    expect(await it.redis.zcard(keyOf.nudges)).toBe(ids.length)
  })

  test('a record of a later program is left alone, whatever it holds and in whatever state it is', async () => {
    const id = await put()
    const raw = JSON.stringify({ id, state: 'cloning', definitionVersion: 99 })
    await it.redis.hset(keyOf.record(id), 'record', raw, 'wakeAt', 1)
    await it.redis.hset(keyOf.claims, CLAIM, id)
    await it.redis.del(keyOf.nudges)
    const other = await put()
    await reconcile()
    expect(await holder()).toBe(id)
    expect(await it.redis.hget(keyOf.record(id), 'record')).toBe(raw)
    expect((await read(id)).nudges).toBe(0)
    expect((await read(other)).nudges).toBeGreaterThan(0)
  })

  test('a reconciler that lost its lease stops', async () => {
    const id = await put()
    await it.redis.del(keyOf.nudges)
    await reconcile(AbortSignal.abort())
    expect((await read(id)).nudges).toBe(0)
  })
})
