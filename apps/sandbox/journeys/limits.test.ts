import type { BudgetsView, HoldList } from '@snapferry/contracts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { Town } from './town.ts'

/** Work of the provider lasts minutes, so that what is under way at a time can be looked at. */
const SLOW = { baseMs: 5 * 60_000, perGigabyteMs: 0 }

let town: Town
beforeAll(async () => {
  town = await Town.open()
  const { instance, block } = town.emulator.admin.rules().durations
  const slow = { export: SLOW, import: SLOW }
  town.emulator.admin.setRules({
    durations: { instance: { ...instance, ...slow }, block: { ...block, ...slow } },
  })
})
afterAll(() => town.close())
beforeEach(() => put([]))

async function start(parts: object = {}): Promise<string> {
  const wanted = { api: 'block', zone: 'fr-par-1', data: { bytes: 200_000, extents: 2 } } as const
  const { id } = town.emulator.admin.seedSnapshot(wanted)
  return (await town.create({ source: { snapshot: id }, from: 'fr-par-1', to: 'fr-par-2', ...parts })).id
}

async function put(budgets: readonly object[]): Promise<void> {
  const answer = await town.ask('PUT', '/v1/budgets', { budgets }, { 'if-match': '*' })
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
}

const budgets = async () => (await town.ask<BudgetsView>('GET', '/v1/budgets')).body.budgets
const holds = async () => (await town.ask<HoldList>('GET', '/v1/holds')).body.items
const whyOf = async (id: string) => (await town.get(id)).why?.code
const whys = (ids: readonly string[]) => Promise.all(ids.map(whyOf))

test('a budget that is raised lets who waits go at once, by priority, and one that is lowered stops nothing', async () => {
  await put([{ work: 'export', concurrent: 1 }])
  const first = await start()
  await town.until(first, ({ why }) => why?.code === 'exporting')
  const [plain, urgent, other] = [await start(), await start({ priority: 9 }), await start()]
  const ids = [first, plain, urgent, other]
  await town.settle(async () => (await budgets())[0]?.waiting === 3)
  expect(await whys(ids)).toEqual(['exporting', 'budget-full', 'budget-full', 'budget-full'])
  expect((await town.get(plain)).why?.text).toContain('slot:export')

  // No time passes: the change itself wakes them.
  await put([{ work: 'export', concurrent: 2 }])
  await town.quiet()
  expect(await whys(ids)).toEqual(['exporting', 'budget-full', 'exporting', 'budget-full'])
  expect((await budgets())[0]).toMatchObject({ work: 'export', concurrent: 2, used: 2, waiting: 2 })

  await put([{ work: 'export', concurrent: 1 }])
  await town.quiet()
  expect(await whys(ids)).toEqual(['exporting', 'budget-full', 'exporting', 'budget-full'])
  await put([])
  await town.quiet()
  expect(await whys(ids)).toEqual(['exporting', 'exporting', 'exporting', 'exporting'])
  for (const id of ids) expect((await town.ended(id)).state).toBe('succeeded')
  expect(await budgets()).toEqual([])
})

test('under a drain what has begun ends, nothing new begins, and its end lets everything go at once', async () => {
  const begun = await start()
  await town.until(begun, ({ why }) => why?.code === 'exporting')
  const drain = await town.ask('POST', '/v1/holds', { scope: { zone: 'fr-par-2' }, reason: 'maintenance' })
  expect([drain.status, drain.headers.get('location')]).toEqual([201, '/v1/holds/drain%3Azone%2Ffr-par-2'])
  const held = await start()
  const elsewhere = await start({ to: 'fr-par-3' })
  await town.until(held, ({ why }) => why?.code === 'hold-drain')
  expect((await town.get(held)).why?.text).toContain('maintenance')
  // The export goes to its end; the import would be new.
  const stopped = await town.until(begun, ({ why }) => why?.code === 'hold-drain')
  expect(stopped).toMatchObject({ state: 'running', phase: 'import', attempt: 1 })
  expect((await town.ended(elsewhere)).state).toBe('succeeded')
  const [hold] = await holds()
  expect(hold).toMatchObject({ kind: 'drain', reason: 'maintenance', affected: { waiting: 2 } })
  expect(hold?.affected.examples.toSorted()).toEqual([begun, held].toSorted())

  const before = await town.nowMs()
  await fetch(`${town.api.url}/v1/holds/${encodeURIComponent('drain:zone/fr-par-2')}`, { method: 'DELETE' })
  await town.quiet()
  expect(await whys([begun, held])).toEqual(['importing', 'exporting'])
  expect((await town.nowMs()) - before, 'woken, not waited for').toBeLessThan(60_000)
  for (const id of [begun, held]) expect((await town.ended(id)).state).toBe('succeeded')
  const events = await Promise.all([begun, held].map((id) => town.events(id)))
  expect(events.flat().filter(({ type }) => type === 'attempt-failed')).toEqual([])
})
