import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { APIS, HELD_PHASES, holdIn, oursOf } from './hold.ts'
import { Town } from './town.ts'

let town: Town
beforeAll(async () => {
  town = await Town.open()
})
afterAll(() => town.close())
afterEach(async () => {
  town.emulator.admin.clearFaults()
  expect(await town.foreignTouched(), 'somebody else’s things are as they were').toEqual([])
})

const table = HELD_PHASES.filter((phase) => phase !== 'tidy').flatMap((phase) =>
  APIS.map((api) => ({ phase, api })),
)

describe('a cancel undoes everything, in whatever phase it comes', () => {
  test.for(table)('in $phase ($api)', async ({ phase, api }, { task }) => {
    task.meta.faults = [{ step: phase, fault: 'cancel', outcome: 'cancelled, nothing left' }]
    const { id } = await holdIn(town, phase, api)

    const answer = await town.ask('POST', `/v1/migrations/${id}/cancel`)
    expect(answer.status).toBe(202)
    town.emulator.admin.clearFaults()
    const ended = await town.until(id, ({ done }) => done)

    expect(ended).toMatchObject({ state: 'cancelled', leftovers: [] })
    expect(await oursOf(town, id)).toEqual([])
  })

  test('before its first tick it is cancelled at once', async () => {
    await town.stopWorkers()
    const seeded = town.emulator.admin.seedSnapshot({ api: 'block', zone: 'fr-par-1' })
    const { id } = await town.create({ source: { snapshot: seeded.id }, from: 'fr-par-1', to: 'fr-par-2' })
    expect((await town.ask('POST', `/v1/migrations/${id}/cancel`)).body).toMatchObject({
      state: 'cancelled',
      done: true,
    })
    await town.startWorker()
    await town.quiet()
    expect(await town.get(id)).toMatchObject({ state: 'cancelled' })
  })
})

test('once the copy is proven there is only forward: a cancel answers 409 too_late', async ({ task }) => {
  task.meta.faults = [{ step: 'tidy', fault: 'cancel', outcome: 'refused: too late; succeeded' }]
  const seeded = town.emulator.admin.seedSnapshot({ api: 'block', zone: 'fr-par-1' })
  town.emulator.admin.armFault({
    match: { operation: 'PatchSnapshot' },
    times: 'forever',
    fault: { kind: 'json-503' },
  })
  const { id } = await town.create({ source: { snapshot: seeded.id }, from: 'fr-par-1', to: 'fr-par-2' })
  await town.until(id, ({ phase }) => phase === 'tidy')

  const answer = await town.ask<{ code: string }>('POST', `/v1/migrations/${id}/cancel`)
  expect(answer).toMatchObject({ status: 409, body: { code: 'too_late' } })

  town.emulator.admin.clearFaults()
  expect(await town.ended(id)).toMatchObject({ state: 'succeeded', leftovers: [] })
})

test('a mark that is refused for an hour is a leftover, and the copy stays', async ({ task }) => {
  task.meta.faults = [{ step: 'tidy', fault: '403', outcome: 'succeeded, a leftover named' }]
  const seeded = town.emulator.admin.seedSnapshot({ api: 'instance', zone: 'fr-par-1' })
  town.emulator.admin.armFault({
    match: { operation: 'PatchSnapshot' },
    times: 'forever',
    fault: { kind: 'permissions-403' },
  })
  const { id } = await town.create({ source: { snapshot: seeded.id }, from: 'fr-par-1', to: 'fr-par-2' })
  const ended = await town.ended(id)

  expect(ended).toMatchObject({
    state: 'succeeded',
    leftovers: [{ what: 'copy-not-marked', id: ended.copy?.id, zone: 'fr-par-2' }],
  })
  expect((await town.ours()).map(({ id: made }) => made)).toContain(ended.copy?.id)
})

test('a retry of a cancelled migration is a new one that says whose it is', async () => {
  const { id } = await holdIn(town, 'export', 'block')
  await town.ask('POST', `/v1/migrations/${id}/cancel`)
  await town.until(id, ({ done }) => done)

  const again = await town.ask('POST', `/v1/migrations/${id}/retry`)
  expect(again.status).toBe(202)
  expect(again.body).toMatchObject({ retryOf: id, state: 'queued' })
  expect(again.headers.get('location')).toBe(`/v1/migrations/${again.body.id}`)
  expect(await town.ended(again.body.id)).toMatchObject({ state: 'succeeded' })
})

describe('images and taken snapshots are kept as asked', () => {
  test('an image kept for seven days is there for seven days and gone after', async () => {
    const seeded = town.emulator.admin.seedSnapshot({ api: 'block', zone: 'fr-par-1' })
    const { id } = await town.create({
      source: { snapshot: seeded.id },
      from: 'fr-par-1',
      to: 'fr-par-2',
      image: { keep: 'P7D' },
    })
    await town.ended(id)
    const images = async () =>
      (await town.ours()).filter(({ kind, name }) => kind === 'object' && name.includes(id))
    expect(await images()).toHaveLength(1)

    await town.advance(6 * 86_400_000)
    await town.quiet()
    expect(await images()).toHaveLength(1)
    await town.advance(2 * 86_400_000)
    await town.quiet()
    expect(await images()).toEqual([])
  })

  test('an image kept always, and a taken snapshot that is kept, carry no sign of work in progress', async () => {
    const seeded = town.emulator.admin.seedVolume({ api: 'instance', zone: 'fr-par-1' })
    const { id } = await town.create({
      source: { volume: seeded.id },
      from: 'fr-par-1',
      to: 'fr-par-2',
      image: { keep: 'always' },
      takenSnapshot: { keep: true },
    })
    expect(await town.ended(id)).toMatchObject({ state: 'succeeded', leftovers: [] })

    const ours = await oursOf(town, id)
    expect(ours.map(({ kind, place }) => `${kind} ${place}`).sort()).toEqual([
      'object fr-par',
      'snapshot fr-par-1',
      'snapshot fr-par-2',
    ])
    expect(ours.flatMap(({ tags }) => tags).filter((tag) => tag.startsWith('snapferry:wip='))).toEqual([])
    expect(ours.find(({ kind }) => kind === 'object')?.name).toBe(`snapferry/default/keep/${id}/2.qcow2`)
  })
})
