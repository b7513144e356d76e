import {
  afterLook,
  afterRead,
  begin,
  type MigrationId,
  observe,
  POLICY,
  readBundle,
  replay,
  type WantsAppend,
  type WantsLook,
} from '@snapferry/migration'
import { keyOf } from '@snapferry/redis'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { hashOfKey } from '../src/principal.ts'
import { created, GOOD, KEYS, openWorld, PROJECT, type World } from './harness.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
beforeEach(() => world.reset())
afterAll(() => world.close())

const bundleOf = (id: string) => world.send({ url: `/v1/migrations/${id}/bundle` })

/** One tick of a worker that has to look and decides. */
async function tick(id: MigrationId): Promise<void> {
  const { journal, looks } = world.needs
  const at = { monotonicMs: 0, policy: POLICY }
  const look = afterRead(begin(0), await journal.read(id), at, 0.5) as WantsLook
  const append = afterLook(look, await observe(look.question, looks), at) as WantsAppend
  expect(await journal.append(append.change)).toMatchObject({ outcome: 'appended' })
}

test('is one file with everything that replay needs, and decides as it was decided', async () => {
  const id = await created(world)
  await tick(id)
  const response = await bundleOf(id)
  expect(response.headers).toMatchObject({
    'content-disposition': `attachment; filename="snapferry-${id}.json"`,
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  })
  const read = readBundle(response.json())
  if (!read.ok) throw new Error(read.failure)
  expect(read.value).toMatchObject({
    record: { id, state: 'running' },
    program: { version: '0.0.0', revision: 'test' },
  })
  const { steps, recordDiffers } = replay(read.value)
  expect(steps.map(({ kind, differs }) => [kind, differs])).toEqual([
    ['person', null],
    ['decided', null],
  ])
  expect(recordDiffers).toBeNull()
})

test('names nobody: neither names, tags, labels, people, buckets nor projects', async () => {
  const id = await created(world, {
    ...{ ...GOOD, labels: { ticket: 'OPS-77' } },
    copy: { name: 'payroll-db', tags: ['owner=jane'] },
  })
  await tick(id)
  const { body } = await bundleOf(id)
  for (const secret of ['payroll-db', 'owner=jane', 'OPS-77', 'ticket', 'acme-staging', PROJECT, 'prod'])
    expect(body).not.toContain(secret)
  for (const key of Object.values(KEYS)) expect(body).not.toContain(key)
  expect(JSON.parse(body).record.plan.copy).toMatchObject({ name: 'name-1', tags: ['tag-1'] })
})

test('shows the reason of an event in the list of events too', async () => {
  const id = await created(world)
  await tick(id)
  const { items } = (await world.send({ url: `/v1/migrations/${id}/events` })).json()
  expect(items).toMatchObject([
    { type: 'created' },
    { type: 'admitted', reason: 'checks-good', because: expect.stringMatching(/\.$/) },
  ])
  expect(items[0]).not.toHaveProperty('reason')
})

test('shows a history of version 1, of which no basis was kept', async () => {
  const id = await created(world)
  const record = JSON.parse((await world.connection.hget(keyOf.record(id), 'record'))!)
  const { setbacks: _, ...old } = { ...record, definitionVersion: 1 }
  await world.connection.hset(keyOf.record(id), 'record', JSON.stringify(old))
  await tick(id)
  const admitted = JSON.parse((await world.connection.lindex(keyOf.events(id), -1))!)
  await world.connection.lset(keyOf.events(id), -1, JSON.stringify({ ...admitted, basis: undefined }))
  expect((await world.send({ url: `/v1/migrations/${id}` })).json()).toMatchObject({ state: 'running' })
  const { items } = (await world.send({ url: `/v1/migrations/${id}/events` })).json()
  expect(items).toMatchObject([{ type: 'created' }, { type: 'admitted', text: 'Began with export.' }])
  const read = readBundle((await bundleOf(id)).json())
  if (!read.ok) throw new Error(read.failure)
  const { steps, recordDiffers } = replay(read.value)
  expect(steps.map(({ kind, differs }) => [kind, differs])).toEqual([
    ['person', null],
    ['unkept', null],
  ])
  expect(recordDiffers).toBeNull()
})

test.each(['mig_aaaaaaaaaaaaaaaaaaaaaaaaaa', 'x', '%00'])('of nothing is 404: %s', async (id) => {
  expect((await bundleOf(id)).json()).toMatchObject({ status: 404, code: 'not_found' })
})

test('asks for a key like any other look, and a viewer’s is enough', async () => {
  const armed = await openWorld({ mode: 'armed', journal: world.needs.journal })
  const id = await created(world)
  const url = `/v1/migrations/${id}/bundle`
  expect((await armed.send({ url })).json()).toMatchObject({ status: 401, code: 'unauthenticated' })
  await world.needs.journal.apiKeys.put(hashOfKey(KEYS.viewer), { name: 'grafana', role: 'viewer' })
  const headers = { authorization: `Bearer ${KEYS.viewer}` }
  expect((await armed.send({ url, headers })).statusCode).toBe(200)
  await armed.close()
})
