import { migrationIdOf } from '@snapferry/migration'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  checkInstallation,
  checkRedis,
  claimInstallation,
  durabilityOf,
  inspectQueue,
  inspectRedis,
  judgeInfo,
  type Mode,
  openQueue,
  openRedis,
  replicasOf,
} from '../src/index.ts'
import { startTestRedis, type TestRedis } from './test-redis.ts'

const GOOD = {
  redis_version: '7.0.15',
  redis_mode: 'standalone',
  run_id: 'a'.repeat(40),
  aof_enabled: '1',
  maxmemory_policy: 'noeviction',
  role: 'master',
}

const infoOf = (facts: Record<string, string>) =>
  `# Server\r\n${Object.entries(facts)
    .map(([name, value]) => `${name}:${value}`)
    .join('\r\n')}\r\n`

describe('which Redis may keep migrations', () => {
  test.each([
    ['one as it should be', {}, []],
    ['the oldest that is served', { redis_version: '6.2.0' }, []],
    ['a Valkey', { redis_version: '7.2.4', valkey_version: '8.0.1' }, []],
    ['one that is too old', { redis_version: '6.0.16' }, [/6\.0\.16 is too old/]],
    ['one of the year before', { redis_version: '5.0.14' }, [/too old/]],
    ['one without a version', { redis_version: '' }, [/unknown version/]],
    [
      'one that evicts any key',
      { maxmemory_policy: 'allkeys-lru' },
      [/allkeys-lru.*maxmemory-policy noeviction/],
    ],
    [
      'one that evicts keys that expire',
      { maxmemory_policy: 'volatile-lru' },
      [/maxmemory-policy noeviction/],
    ],
    ['one that does not say', { maxmemory_policy: '' }, [/maxmemory-policy noeviction/]],
    ['one without persistence', { aof_enabled: '0' }, [/appendonly yes/]],
    ['a replica', { role: 'slave' }, [/primary/]],
    ['a Cluster node', { redis_mode: 'cluster' }, [/stand-alone/]],
    ['one whose restart cannot be noticed', { run_id: '' }, [/run_id/]],
    [
      'one with everything wrong',
      { redis_version: '4.0.1', maxmemory_policy: 'allkeys-lfu', aof_enabled: '0' },
      [/too old/, /noeviction/, /appendonly/],
    ],
  ])('%s', (_, facts, complaints) => {
    const judged = judgeInfo(infoOf({ ...GOOD, ...facts }), { allowVolatile: false })
    const said = judged.ok ? [] : judged.failure
    expect(said).toHaveLength(complaints.length)
    for (const [at, complaint] of complaints.entries()) expect(said[at]).toMatch(complaint)
  })

  test('what is not INFO at all is refused', () => {
    expect(judgeInfo('hello', { allowVolatile: true }).ok).toBe(false)
  })

  test('the sandbox may go without persistence, but not without the rest', () => {
    const volatile = { allowVolatile: true }
    expect(judgeInfo(infoOf({ ...GOOD, aof_enabled: '0' }), volatile)).toMatchObject({
      ok: true,
      value: { durability: 'volatile' },
    })
    expect(judgeInfo(infoOf({ ...GOOD, maxmemory_policy: 'allkeys-lru' }), volatile).ok).toBe(false)
  })
})

describe('what a Redis can promise', () => {
  test.each([
    ['nothing without an append-only file', { redis_version: '8.0.2', aof_enabled: '0' }, 'volatile'],
    ['the last fsync before 7.2', {}, 'aof'],
    ['the last fsync on the oldest', { redis_version: '6.2.0' }, 'aof'],
    ['each acceptance from 7.2 on', { redis_version: '7.2.0' }, 'fsync'],
    ['each acceptance on a later one', { redis_version: '8.0.2' }, 'fsync'],
    ['each acceptance on a version of two digits', { redis_version: '10.1.0' }, 'fsync'],
    ['each acceptance on a Valkey', { redis_version: '7.2.4', valkey_version: '8.0.1' }, 'fsync'],
    ['no more than it says when it names no version', { redis_version: '' }, 'aof'],
  ])('%s', (_, facts, durability) => {
    expect(durabilityOf(infoOf({ ...GOOD, ...facts }))).toBe(durability)
  })

  test.each([
    [{}, 0],
    [{ connected_slaves: '0' }, 0],
    [{ connected_slaves: '2' }, 2],
    [{ connected_slaves: 'many' }, 0],
  ])('replicas are counted: %j', (facts, count) => {
    expect(replicasOf(infoOf({ ...GOOD, ...facts }))).toBe(count)
  })
})

describe('a real Redis', () => {
  let it: TestRedis
  beforeAll(async () => {
    it = await startTestRedis()
  })
  afterAll(() => it.close())

  test('is read by INFO alone', async () => {
    expect(await checkRedis(it.redis, { allowVolatile: true })).toMatchObject({ ok: true })
    expect(await checkRedis(it.redis, { allowVolatile: false })).toMatchObject({ ok: false })
    await it.redis.config('SET', 'maxmemory-policy', 'allkeys-lru')
    expect(await checkRedis(it.redis, { allowVolatile: true })).toMatchObject({ ok: false })
    await it.redis.config('SET', 'maxmemory-policy', 'noeviction')
  })

  test('belongs to the installation and mode that came first', async () => {
    const mine = { install: 'paris', mode: 'sandbox' } as const
    expect(await claimInstallation(it.redis, mine)).toEqual({ ok: true, value: null })
    expect(await claimInstallation(it.redis, mine)).toEqual({ ok: true, value: null })
    for (const other of [{ ...mine, install: 'milan' }, { ...mine, mode: 'armed' } as const]) {
      const refused = await claimInstallation(it.redis, other)
      expect(refused).toMatchObject({ ok: false, failure: expect.stringMatching(/paris.*another Redis/) })
    }
    expect(await claimInstallation(it.redis, { ...mine, install: 'No Name' })).toMatchObject({ ok: false })
  })

  test('may be observed and armed in turn, since it is the same provider, but never become a sandbox', async () => {
    await it.redis.flushall()
    const at = (mode: Mode) => ({ install: 'paris', mode })
    expect(await checkInstallation(it.redis, at('observe'))).toEqual({ ok: true, value: 'nobodys' })
    expect(await it.redis.dbsize(), 'asking writes nothing').toBe(0)
    for (const mode of ['observe', 'armed', 'observe'] as const) {
      expect(await claimInstallation(it.redis, at(mode))).toEqual({ ok: true, value: null })
      expect(await checkInstallation(it.redis, at(mode))).toEqual({ ok: true, value: 'mine' })
    }
    for (const refused of [claimInstallation, checkInstallation])
      expect(await refused(it.redis, at('sandbox'))).toMatchObject({ ok: false })
    await it.redis.flushall()
    await claimInstallation(it.redis, at('sandbox'))
    for (const mode of ['observe', 'armed'] as const)
      expect(await claimInstallation(it.redis, at(mode))).toMatchObject({ ok: false })
  })

  test('tells of itself and of its queue by reads alone', async () => {
    await it.redis.flushall()
    expect(await inspectRedis(it.redis)).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+/),
      eviction: 'noeviction',
      savesWell: true,
      mistakes: [expect.stringContaining('appendonly yes')],
    })
    expect(await inspectQueue(it.redis)).toEqual({
      ...{ waiting: 0, delayed: 0, active: 0, failed: 0 },
      isPaused: false,
    })
    expect(await it.redis.dbsize()).toBe(0)
    const queue = openQueue(it.own.url)
    await expect.poll(() => queue.add(migrationIdOf(new Uint8Array(26)))).toBe(true)
    expect(await inspectQueue(it.redis)).toMatchObject({ waiting: 1, failed: 0, isPaused: false })
    await queue.close()
  })

  test('keeps API keys under their hash and no clear text', async () => {
    await it.journal.apiKeys.put('hash', { name: 'ci', role: 'operator' })
    expect(await it.journal.apiKeys.find('hash')).toEqual({ name: 'ci', role: 'operator' })
    expect(await it.journal.apiKeys.find('other')).toBeNull()
  })

  test.each(['http://127.0.0.1', 'redis-sentinel://h', '127.0.0.1:6379', ''])(
    'no other URL than its own is taken: %s',
    (url) => {
      expect(() => openRedis(url, 'requests')).toThrow(/redis:\/\//)
    },
  )
})
