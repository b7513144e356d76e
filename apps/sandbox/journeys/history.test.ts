import { afterAll, beforeAll, expect, test } from 'vitest'
import { APIS, holdIn, oursOf } from './hold.ts'
import { Town } from './town.ts'

let town: Town
beforeAll(async () => {
  town = await Town.open()
})
afterAll(() => town.close())

interface Page {
  readonly items: readonly { readonly id: string }[]
  readonly nextPageToken: string
}

/** Every answer that history gives, as text; what waits shows how often it was looked at, so nothing ticks meanwhile. */
async function historyNow(ids: readonly string[]): Promise<string> {
  const pages = ['', '?state=succeeded', '?from=fr-par-1&to=fr-par-2', '?state=running&pageSize=1']
  const lists = await Promise.all(pages.map((query) => town.ask<Page>('GET', `/v1/migrations${query}`)))
  const events = await Promise.all(ids.map((id) => town.events(id)))
  const each = await Promise.all(ids.map((id) => town.get(id)))
  return JSON.stringify([lists.map(({ body }) => body), events, each], null, 1)
}

test('with the queue gone in the middle, history answers as before and every unfinished migration goes on', async () => {
  const ids: string[] = []
  for (const api of [...APIS, ...APIS, ...APIS]) {
    const seeded = town.emulator.admin.seedVolume({
      api,
      zone: 'fr-par-1',
      data: { bytes: 1_000_000, extents: 4 },
    })
    ids.push((await town.create({ source: { volume: seeded.id }, from: 'fr-par-1', to: 'fr-par-2' })).id)
    await town.quiet()
    await town.advance(2_500)
  }
  await town.quiet()
  await town.stopWorkers()
  const before = await historyNow(ids)
  const phases = await Promise.all(ids.map(async (id) => (await town.get(id)).phase))
  expect(new Set(phases).size, 'they stand in several phases').toBeGreaterThan(1)

  await town.queue.obliterate()
  expect(await historyNow(ids)).toBe(before)

  await town.startWorker()
  await town.reconcile()
  for (const id of ids) {
    const ended = await town.ended(id)
    expect(ended).toMatchObject({ state: 'succeeded', leftovers: [] })
    expect(await oursOf(town, id)).toHaveLength(1)
  }
})

test('after SIGKILL of Redis the events of finished migrations are the same, one by one', async () => {
  const ids: string[] = []
  for (const api of APIS) {
    const { id } = await holdIn(town, 'export', api)
    await town.ended(id)
    ids.push(id)
  }
  const { id: cancelled } = await holdIn(town, 'import', 'instance')
  await town.ask('POST', `/v1/migrations/${cancelled}/cancel`)
  await town.until(cancelled, ({ done }) => done)
  ids.push(cancelled)
  const before = await Promise.all(ids.map((id) => town.events(id)))
  expect(before.map((events) => events.length).every((count) => count > 5)).toBe(true)

  await town.restartRedis()

  for (const [at, id] of ids.entries()) expect(await town.events(id)).toEqual(before[at])
})
