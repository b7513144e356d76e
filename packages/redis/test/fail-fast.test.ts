import { aMigration, anId, created } from '@snapferry/journal-laws'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keyOf, openJournal, openQueue, openRedis, RedisAway, untilReady } from '../src/index.ts'
import { startTestRedis, type TestRedis } from './test-redis.ts'
import { until } from './until.ts'

const WITHIN_MS = 1_000

describe('an API whose Redis goes away', () => {
  let it: TestRedis
  beforeAll(async () => {
    it = await startTestRedis({ aof: true })
  })
  afterAll(() => it.close())

  const refusedFast = async (question: () => Promise<unknown>) => {
    const start = performance.now()
    await expect(question()).rejects.toThrow(RedisAway)
    expect(performance.now() - start).toBeLessThan(WITHIN_MS)
  }

  test.each([
    { how: 'is killed', away: () => it.own.kill(), back: () => it.own.restart() },
    {
      how: 'freezes',
      away: async () => void process.kill(it.own.pid, 'SIGSTOP'),
      back: async () => void process.kill(it.own.pid, 'SIGCONT'),
    },
  ])('is refused within a second when Redis $how, and served again by itself', async ({ away, back }) => {
    const redis = openRedis(it.own.url, 'requests')
    await untilReady(redis, 10_000)
    const journal = openJournal(redis, { install: 'tests', sandbox: false, leftoverRetryMs: 1 })
    const queue = openQueue(it.own.url)
    await until('the queue answers', async () => await queue.add(anId(1)))
    const m = aMigration()
    await journal.create(m, created(m), null)
    await away()
    await refusedFast(() => journal.read(m.id))
    await refusedFast(() => journal.clock())
    await refusedFast(() => journal.list({ pageSize: 1 }))
    await refusedFast(() => queue.state(m.id))
    const start = performance.now()
    expect(await queue.add(anId(2))).toBe(false)
    expect(performance.now() - start).toBeLessThan(WITHIN_MS)
    await back()
    await until('reads work again', () =>
      journal.read(m.id).then(
        (r) => r !== null,
        () => false,
      ),
    )
    await until('the queue works again', () => queue.add(anId(3)))
    await queue.close()
    redis.disconnect()
  })

  test('opened while Redis is away, journal and queue are refused and then served', async () => {
    await it.own.kill()
    const redis = openRedis(it.own.url, 'requests')
    const journal = openJournal(redis, { install: 'tests', sandbox: false, leftoverRetryMs: 1 })
    const queue = openQueue(it.own.url)
    await refusedFast(() => journal.read(anId()))
    await refusedFast(() => queue.counts())
    expect(await queue.add(anId(4))).toBe(false)
    await it.own.restart()
    await until('reads work', () =>
      journal.clock().then(
        () => true,
        () => false,
      ),
    )
    await until('the queue works', () => queue.add(anId(4)))
    await queue.close()
    redis.disconnect()
  })

  test.for([
    { how: 'became a replica', set: ['REPLICAOF', '127.0.0.1', '1'], unset: ['REPLICAOF', 'NO', 'ONE'] },
    { how: 'is full', set: ['CONFIG', 'SET', 'maxmemory', '1'], unset: ['CONFIG', 'SET', 'maxmemory', '0'] },
  ])('a Redis that $how counts as away for what must be written', async ({ how, set, unset }, { task }) => {
    const fault = how === 'is full' ? 'redis full' : 'redis failover'
    task.meta.faults = [{ step: 'any', fault, outcome: 'nothing is accepted; served again afterwards' }]
    const m = aMigration()
    await it.redis.call(...(set as [string]))
    await expect(it.journal.create(m, created(m), null)).rejects.toThrow(RedisAway)
    await it.redis.call(...(unset as [string]))
    expect(await it.journal.create(m, created(m), null)).toMatchObject({ outcome: 'created' })
  })

  test('an error of our own is not taken for Redis being away', async () => {
    await it.redis.set(keyOf.claims, 'no table')
    const ours = it.journal.claims.page('0')
    await expect(ours).rejects.toThrow(/WRONGTYPE/)
    await expect(ours).rejects.not.toBeInstanceOf(RedisAway)
    await it.redis.del(keyOf.claims)
  })

  test('a Redis that is back under another run_id is noticed', async () => {
    const before = await it.journal.clock()
    await it.own.restart()
    const after = await it.journal.clock()
    expect(after.redisRun).not.toBe(before.redisRun)
    expect(after.redisRun).toMatch(/^[0-9a-f]{40}$/)
  })
})
