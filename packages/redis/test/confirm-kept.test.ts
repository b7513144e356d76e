import { aMigration, anId, created } from '@snapferry/journal-laws'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Confirming, durabilityOf, keyOf, openConfirming, RedisAway } from '../src/index.ts'
import { startTestRedis, type TestRedis } from './test-redis.ts'
import { until } from './until.ts'

/** How long these tests let Redis wait for what does not come. */
const WAIT_MS = 200

describe('what was created', () => {
  let it: TestRedis
  let confirming: Confirming
  beforeAll(async () => {
    it = await startTestRedis({ aof: true })
    confirming = openConfirming(it.own.url, WAIT_MS)
  })
  afterAll(async () => {
    confirming.close()
    await it.close()
  })

  /** A replica that is in step. */
  const startReplica = async () => {
    const replica = await startTestRedis({ aof: true })
    await it.redis.config('SET', 'repl-diskless-sync-delay', '0')
    const { hostname, port } = new URL(it.own.url)
    await replica.redis.replicaof(hostname, Number(port))
    await until('the replica is in step', hasReplica)
    return replica
  }
  const hasReplica = async () => /^slave0:.*state=online/m.test(await it.redis.info('replication'))
  const put = async () => {
    const m = aMigration()
    await it.journal.create(m, created(m), null)
    return m.id
  }
  const waitsForDisk = async () => durabilityOf(await it.redis.info()) === 'fsync'
  const rounds = async () => Number((await it.redis.get(keyOf.acceptances)) ?? '0')

  test('is confirmed, by the disk exactly when this Redis can be asked to wait for it', async () => {
    expect(await confirming.kept(await put())).toEqual({ ok: true, value: null })
    expect(await rounds()).toBe((await waitsForDisk()) ? 1 : 0)
  })

  test('is confirmed for many at once in few rounds', async () => {
    const before = await rounds()
    const ids = await Promise.all(Array.from({ length: 50 }, put))
    const confirmed = await Promise.all(ids.map((id) => confirming.kept(id)))
    expect(confirmed.every(({ ok }) => ok)).toBe(true)
    expect((await rounds()) - before).toBeLessThanOrEqual(2)
  })

  test('is not confirmed by a disk that nobody writes to, when Redis can be asked to wait for it', async () => {
    const id = await put()
    await it.redis.config('SET', 'appendfsync', 'no')
    const { ok } = await confirming.kept(id)
    expect(ok).toBe(!(await waitsForDisk()))
    await it.redis.config('SET', 'appendfsync', 'always')
    expect(await confirming.kept(id)).toMatchObject({ ok: true })
  })

  test('is confirmed by a replica when one is there, and not by one that is frozen', async () => {
    const replica = await startReplica()
    const id = await put()
    await until('the replica has confirmed', async () => (await confirming.kept(id)).ok)
    expect(await replica.redis.exists(keyOf.record(id))).toBe(1)

    process.kill(replica.own.pid, 'SIGSTOP')
    const refused = await confirming.kept(await put())
    process.kill(replica.own.pid, 'SIGCONT')
    expect(refused).toEqual({ ok: false, failure: `no replica of Redis confirmed within ${WAIT_MS} ms` })

    // A record of which the Redis that confirms knows nothing: it was lost between the two.
    const lost = anId()
    const [here, gone] = await Promise.all([confirming.kept(id), confirming.kept(lost)])
    expect([here.ok, gone]).toEqual([true, { ok: false, failure: expect.stringContaining('lost') }])
    await replica.close()
    await until('the replica is gone', async () => !(await hasReplica()))
    expect(await confirming.kept(id)).toMatchObject({ ok: true })
  })

  test('is not confirmed by a Redis that is away, and again once it is back', async () => {
    const id = await put()
    await it.own.kill()
    await expect(confirming.kept(id)).rejects.toThrow(RedisAway)
    await it.own.restart()
    await until('it is confirmed again', () =>
      confirming.kept(id).then(
        ({ ok }) => ok,
        () => false,
      ),
    )
  })

  test('is not confirmed when Redis dies while it is asked', async () => {
    const replica = await startReplica()
    process.kill(replica.own.pid, 'SIGSTOP')
    const patient = openConfirming(it.own.url)
    const asked = patient.kept(await put())
    const outcome = asked.then(
      ({ ok }) => ok,
      (error) => error,
    )
    await until('Redis waits', async () => /cmd=wait(aof)? /.test(String(await it.redis.client('LIST'))))
    await it.own.kill()
    expect(await outcome).toBeInstanceOf(RedisAway)
    await it.own.restart()
    patient.close()
    await replica.own.kill()
    await replica.close()
  })
})
