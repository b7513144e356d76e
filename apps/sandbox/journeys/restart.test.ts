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

const RESTARTS = {
  worker: async () => {
    await town.stopWorkers()
    await town.startWorker()
  },
  api: () => town.restartApi(),
  redis: () => town.restartRedis(),
} as const

const FAULT_OF = { worker: 'drained', api: null, redis: 'redis restarted' } as const
const table = HELD_PHASES.flatMap((phase) => APIS.map((api) => ({ phase, api })))

describe.each(Object.keys(RESTARTS) as (keyof typeof RESTARTS)[])('a restart of %s', (what) => {
  test.for(table)('in $phase ($api) changes nothing about the copy', async ({ phase, api }, { task }) => {
    const fault = FAULT_OF[what]
    if (fault !== null) task.meta.faults = [{ step: phase, fault, outcome: 'succeeded, one good copy' }]
    const { id, digest } = await holdIn(town, phase, api)

    await RESTARTS[what]()
    town.emulator.admin.clearFaults()
    const ended = await town.ended(id)

    expect(ended).toMatchObject({ state: 'succeeded', leftovers: [] })
    const ours = await oursOf(town, id)
    expect(ours.map((one) => one.id)).toEqual([ended.copy?.id])
    expect(ours[0]).toMatchObject({ place: 'fr-par-2', digest })
  })
})

test.for(APIS)(
  'Redis restarted in the middle of undoing (%s): cancelled, and nothing is left',
  async (api, { task }) => {
    task.meta.faults = [{ step: 'unwind', fault: 'redis restarted', outcome: 'cancelled, nothing left' }]
    const { id } = await holdIn(town, 'import', api)
    expect((await town.ask('POST', `/v1/migrations/${id}/cancel`)).status).toBe(202)
    await town.until(id, ({ state, why }) => state === 'unwinding' && why !== undefined)

    await town.restartRedis()
    town.emulator.admin.clearFaults()
    const ended = await town.until(id, ({ done }) => done)

    expect(ended).toMatchObject({ state: 'cancelled', leftovers: [] })
    expect(await oursOf(town, id)).toEqual([])
  },
)
