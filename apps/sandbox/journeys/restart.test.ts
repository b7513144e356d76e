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

const table = HELD_PHASES.flatMap((phase) => APIS.map((api) => ({ phase, api })))

describe.each(Object.keys(RESTARTS) as (keyof typeof RESTARTS)[])('a restart of %s', (what) => {
  test.each(table)('in $phase ($api) changes nothing about the copy', async ({ phase, api }) => {
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
