import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { admitted, happened, nudgesOf } from './happens.ts'
import { created, GOOD, openWorld, SNAPSHOT, VOLUME, type World } from './harness.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())
beforeEach(() => world.reset())

const planOf = async (id: string) => (await world.send({ url: `/v1/migrations/${id}` })).json().plan

test('a priority is shown in the plan; nobody asked is 0', async () => {
  const plain = await created(world)
  const asked = await created(world, { ...GOOD, to: 'fr-par-3', priority: 7 })
  expect([(await planOf(plain)).priority, (await planOf(asked)).priority]).toEqual([0, 7])
})

test('a retry that makes a new migration keeps the priority', async () => {
  const old = await created(world, { ...GOOD, priority: 4 })
  await happened(world, old, { type: 'cancel-requested', by: 'x' })
  const anew = (await world.send({ method: 'POST', url: `/v1/migrations/${old}/retry` })).json()
  expect([anew.retryOf, anew.plan.priority]).toEqual([old, 4])
})

test('the same key with another priority is another request', async () => {
  const send = (priority: number) =>
    world.send({
      ...{ method: 'POST', url: '/v1/migrations', headers: { 'idempotency-key': 'a' } },
      payload: { ...GOOD, priority },
    })
  expect((await send(1)).statusCode).toBe(202)
  expect((await send(2)).json().code).toBe('key_reused')
})

test('who has a higher priority is woken first when a place is free', async () => {
  await world.needs.journal.budgets.set('slot:export', { concurrent: 1, bytes: null })
  const third = '44444444-4444-4444-8444-444444444444'
  const [running, plain, urgent] = [
    await created(world, { ...GOOD, source: { snapshot: SNAPSHOT } }),
    await created(world, { ...GOOD, source: { snapshot: VOLUME } }),
    await created(world, { ...GOOD, source: { snapshot: third }, priority: 1 }),
  ]
  for (const id of [running, plain, urgent]) await admitted(world, id, [])
  for (const id of [running, plain, urgent]) await admitted(world, id, ['slot:export'])
  const before = [await nudgesOf(world, plain), await nudgesOf(world, urgent)]
  await happened(world, running, {
    type: 'phase-completed',
    phase: 'export',
    facts: {},
    made: [],
    extras: [],
  })
  expect([await nudgesOf(world, plain), await nudgesOf(world, urgent)]).toEqual([before[0], before[1]! + 1])
  // It did not sit down yet, and nobody passes.
  expect(await admitted(world, plain, ['slot:export'])).toMatchObject({ outcome: 'full', ahead: 1 })
  expect((await admitted(world, urgent, ['slot:export'])).outcome).toBe('appended')
})
