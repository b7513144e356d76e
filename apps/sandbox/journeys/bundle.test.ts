import { type Bundle, readBundle, replay } from '@snapferry/migration'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { APIS, holdAt, type SnapshotApi, startMoving } from './hold.ts'
import { Town } from './town.ts'

let town: Town
beforeAll(async () => {
  town = await Town.open({ workers: 2, answerMs: 1_000 })
})
afterAll(() => town.close())
afterEach(() => town.emulator.admin.clearFaults())

/** The bundle of a migration, as support gets it. */
async function bundleOf(id: string): Promise<Bundle> {
  const answer = await town.ask<unknown>('GET', `/v1/migrations/${id}/bundle`)
  expect(answer.status).toBe(200)
  const read = readBundle(answer.body)
  if (!read.ok) throw new Error(read.failure)
  return read.value
}

/** Decided once more, everything is as it was; answers which rules decided. */
async function expectSame(id: string): Promise<readonly string[]> {
  const { steps, recordDiffers } = replay(await bundleOf(id))
  expect([...steps.flatMap(({ differs }) => differs ?? []), recordDiffers]).toEqual([null])
  expect(steps.filter(({ kind }) => kind === 'unkept')).toEqual([])
  return steps.flatMap(({ because }) => because?.rule ?? [])
}

const JOURNEYS: Readonly<Record<string, (api: SnapshotApi) => Promise<{ id: string; rule: string }>>> = {
  'that arrives': async (api) => {
    const { id } = await startMoving(town, api)
    await town.ended(id)
    return { id, rule: 'copy-good' }
  },
  'that is cancelled in its import': async (api) => {
    const { id } = await startMoving(town, api)
    await holdAt(town, id, 'import')
    await town.ask('POST', `/v1/migrations/${id}/cancel`)
    await town.ended(id)
    return { id, rule: 'removal-due' }
  },
  'whose import is done and answered by nobody': async (api) => {
    town.emulator.admin.armFault({
      match: { operation: 'ImportSnapshot' },
      fault: { kind: 'act-then-lose-answer' },
    })
    const { id } = await startMoving(town, api)
    await town.ended(id)
    return { id, rule: 'answer-found' }
  },
  'whose provider throttles': async (api) => {
    town.emulator.admin.armFault({
      match: { operation: 'GetSnapshot' },
      times: 3,
      fault: { kind: 'empty-429' },
    })
    const { id } = await startMoving(town, api)
    await town.ended(id)
    return { id, rule: 'provider-throttled' }
  },
}

test.each(Object.entries(JOURNEYS).flatMap(([what, travel]) => APIS.map((api) => ({ what, api, travel }))))(
  'the bundle of a migration $what ($api) decides as it was decided',
  async ({ api, travel }) => {
    const { id, rule } = await travel(api)
    expect(await expectSame(id)).toContain(rule)
  },
)
