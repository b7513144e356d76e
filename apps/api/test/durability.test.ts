import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { durabilityOf, openRedis, startOwnRedis, untilReady } from '@snapferry/redis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { created, GOOD, openWorld, type World } from './harness.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
beforeEach(() => world.reset())
afterAll(() => world.close())

const post = (key?: string) =>
  world.send({
    method: 'POST',
    url: '/v1/migrations',
    payload: GOOD,
    headers: key === undefined ? {} : { 'idempotency-key': key },
  })

describe('a Redis with a replica', () => {
  let dir: string
  let replica: Awaited<ReturnType<typeof startOwnRedis>>
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'snapferry-api-replica-'))
    replica = await startOwnRedis({ dir, aof: true })
    const connection = openRedis(replica.url, 'worker')
    await untilReady(connection, 10_000)
    const { hostname, port } = new URL(world.redis.url)
    await world.connection.config('SET', 'repl-diskless-sync-delay', '0')
    await connection.replicaof(hostname, Number(port))
    connection.disconnect()
    while (!(await hasReplica())) await world.connection.ping()
  })
  afterAll(async () => {
    await replica.kill()
    rmSync(dir, { recursive: true, force: true })
  })
  const hasReplica = async () => /^slave0:.*state=online/m.test(await world.connection.info('replication'))

  test('that does not confirm: 503 and not 202; once it does, the repeat adopts what was made', async () => {
    process.kill(replica.pid, 'SIGSTOP')
    const refused = await post('night-1')
    const problem = refused.json()
    expect([refused.statusCode, problem.code, problem.retryable]).toEqual([503, 'not_durable', true])
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect(problem.fix).toContain('same Idempotency-Key')
    // The repeat is promised no more than the first.
    expect((await post('night-1')).json()).toMatchObject({
      code: 'not_durable',
      migrationId: problem.migrationId,
    })
    // Without the key it is another request for the same work.
    expect((await post()).json()).toMatchObject({
      code: 'already_under_way',
      migrationId: problem.migrationId,
    })
    process.kill(replica.pid, 'SIGCONT')

    let repeated = await post('night-1')
    while (repeated.statusCode === 503) repeated = await post('night-1')
    expect([repeated.statusCode, repeated.headers['idempotency-replayed'], repeated.json().id]).toEqual([
      202,
      'true',
      problem.migrationId,
    ])
    const { items } = (await world.send({ url: '/v1/migrations' })).json()
    expect(items).toHaveLength(1)
    const metrics = await world.needs.telemetry.registry.metrics()
    expect(metrics).toMatch(/^snapferry_acceptances_not_kept_total [2-9]/m)
    expect(world.lines.join('')).toContain('acceptance not kept')
  })

  test('a new migration made by a retry is promised as much', async () => {
    const id = await created(world)
    await world.send({ method: 'POST', url: `/v1/migrations/${id}/cancel` })
    process.kill(replica.pid, 'SIGSTOP')
    const refused = await world.send({ method: 'POST', url: `/v1/migrations/${id}/retry` })
    process.kill(replica.pid, 'SIGCONT')
    expect([refused.statusCode, refused.json().code]).toEqual([503, 'not_durable'])
  })
})

test('a disk that is never written to is no acceptance, when this Redis can be asked to wait for it', async () => {
  const waitsForDisk = durabilityOf(await world.connection.info()) === 'fsync'
  await world.connection.config('SET', 'appendfsync', 'no')
  const { statusCode } = await post('disk')
  await world.connection.config('SET', 'appendfsync', 'everysec')
  expect(statusCode).toBe(waitsForDisk ? 503 : 202)
})

test.each(['fsync', 'aof', 'volatile'] as const)(
  'readiness says how durable acceptance is: %s',
  async (durability) => {
    const open = { kind: 'open', durability } as const
    const other = await openWorld({ gate: { state: () => open, clockSkewMs: async () => 0 } })
    expect((await other.send({ url: '/readyz' })).json()).toMatchObject({ ready: true, durability })
    await other.close()
  },
)
