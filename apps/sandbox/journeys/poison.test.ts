import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { oursOf } from './hold.ts'
import { type Program, startProgram } from './program.ts'
import { Town } from './town.ts'

let town: Town
beforeAll(async () => {
  town = await Town.open({ workers: 0 })
  town.startDrain()
})
afterAll(() => town.close())
afterEach(async () => {
  expect(await town.foreignTouched(), 'somebody else’s things are as they were').toEqual([])
})

/** Short locks, so that a death costs a few seconds and not fifteen. */
const TUNING = JSON.stringify({ locks: { lockMs: 2_000, stalledCheckMs: 500 } })
const OTHERS = 6
/** As many deaths in a row as one migration may cost before it is parked. */
const DEATHS = 5
const AGAIN_MS = 200

/** Starts a worker again whenever it dies, until stopped. */
function supervise(poison: string) {
  const deaths: (number | string)[] = []
  let running: Program | null = null
  let isOver = false
  const loop = (async () => {
    while (!isOver) {
      const env = { TUNING, POISON: poison }
      const next = await startProgram(town, 'dying worker', env).catch((cause: Error) => cause)
      if (next instanceof Error) {
        // The poison may kill it before it has said that it is ready; any other end is none of the poison's.
        deaths.push(/^it ended with SIGKILL before/.test(next.message) ? 'SIGKILL' : next.message)
        await new Promise((again) => setTimeout(again, AGAIN_MS))
        continue
      }
      running = next
      // Nobody else ends one that became ready after the stop.
      if (isOver) running.signal('SIGTERM')
      const how = await running.ended
      if (!isOver) deaths.push(how)
    }
  })()
  return {
    deaths,
    stop: async (): Promise<number | NodeJS.Signals | undefined> => {
      isOver = true
      running?.signal('SIGTERM')
      await loop
      return running?.ended
    },
  }
}

test('a migration that kills every worker that touches it is parked; all others arrive, and workers live', async () => {
  const move = async () => {
    const seeded = town.emulator.admin.seedVolume({
      api: 'block',
      zone: 'fr-par-1',
      data: { bytes: 1_000_000, extents: 4 },
    })
    const { id } = await town.create({ source: { volume: seeded.id }, from: 'fr-par-1', to: 'fr-par-2' })
    return { id, digest: await town.emulator.admin.digest(seeded.id) }
  }
  const early = await Promise.all(Array.from({ length: OTHERS / 2 }, move))
  const poison = await move()
  const others = [...early, ...(await Promise.all(Array.from({ length: OTHERS / 2 }, move)))]

  const fleet = supervise(poison.id)
  try {
    // Locks run out in real time; the migrations' own time stands still meanwhile.
    const isParked = async () => (await town.get(poison.id)).state === 'needs_attention'
    while (!(await isParked())) {
      expect(fleet.deaths.length).toBeLessThanOrEqual(DEATHS + 1)
      await new Promise((next) => setTimeout(next, 20))
    }
    const parked = await town.get(poison.id)
    expect(parked).toMatchObject({ state: 'needs_attention', failure: { kind: 'defect' } })
    expect(JSON.stringify(parked.failure)).toMatch(/died \d+ times in a row/)
    const deaths = fleet.deaths.length
    // On a starved machine a lock of two seconds may run out before its tick begins, which counts like a death.
    expect(deaths > DEATHS / 2 && deaths <= DEATHS, `${deaths} deaths`).toBe(true)
    expect(new Set(fleet.deaths)).toEqual(new Set(['SIGKILL']))

    for (const { id, digest } of others) {
      const ended = await town.ended(id)
      expect(ended).toMatchObject({ state: 'succeeded', leftovers: [] })
      expect(await oursOf(town, id)).toMatchObject([{ id: ended.copy?.id, state: 'available', digest }])
    }
    expect(await town.get(poison.id)).toMatchObject({ state: 'needs_attention' })
    expect(fleet.deaths.length, 'nobody died of it any more').toBe(deaths)
  } finally {
    expect(await fleet.stop()).toBe(0)
  }
}, 180_000)
