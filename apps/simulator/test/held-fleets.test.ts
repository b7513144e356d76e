import { type MigrationId, slotName } from '@snapferry/migration'
import { expect, test } from 'vitest'
import type { AccountFault } from '../src/account/account.ts'
import { CALM, GOOD, planFor, World } from '../src/index.ts'

const HOUR = 3_600_000
const LIMIT = { timeout: 120_000 }

/** A fleet in which nothing goes wrong but what a test lets go wrong; exports and imports take a minute or less. */
function fleetOf(count: number): { world: World; ids: readonly MigrationId[] } {
  const world = new World({ seed: 11, weather: CALM, workers: 3, slots: 20 })
  world.weather = { ...CALM, onWork: () => ({ ...GOOD, tookMs: world.chance.between(1_000, 60_000) }) }
  const ids = Array.from({ length: count }, (_, at) => {
    const id = world.create(planFor(world, { number: at + 1, source: at % 5 === 0 ? 'volume' : 'snapshot' }))
    if (id === null) throw new Error('a request was refused')
    return id
  })
  return { world, ids }
}

test.each<{ fault: AccountFault; after: number; holds: readonly string[] }>([
  { fault: 'key revoked', after: 100, holds: ['credentials:profile/default'] },
  { fault: 'quota full', after: 61, holds: ['quota:profile/default'] },
  { fault: 'bucket closed', after: 100, holds: ['bucket:bucket/fr-par/bucket'] },
])(
  '$fault at $after of 200 and put right an hour later: 200 copies, 0 failed, one hold',
  LIMIT,
  async ({ fault, after, holds }) => {
    const { world, ids } = fleetOf(200)
    await world.journal.budgets.set(slotName('export', null), { concurrent: 8, bytes: null })
    const seen = new Set<string>()
    let most = 0
    let ended = 0
    world.onEvent((_, m) => {
      for (const name of world.memory.holds.keys()) seen.add(name)
      most = Math.max(most, world.memory.holds.size)
      if (m.state !== 'succeeded' || ++ended !== after) return
      world.account.breaks(fault, world.time.now)
      world.after(HOUR, () => world.account.heals(fault, world.time.now))
    })
    await world.run()
    const records = ids.map((id) => world.memory.rows.get(id)!.record)
    expect(world.story.broken).toEqual([])
    expect(new Set(records.map(({ state }) => state))).toEqual(new Set(['succeeded']))
    expect(records.filter(({ lastFailure }) => lastFailure !== null)).toEqual([])
    expect([[...seen], most]).toEqual([holds, 1])
    // The hold is over minutes after the cure, and so is everybody who stood under it.
    const last = Math.max(...records.map((m) => (m.state === 'succeeded' ? m.endedAt : 0)))
    expect(last - (world.account.curedAt ?? 0)).toBeLessThan(HOUR)
  },
)

test(
  '500 migrations under a budget of 4 while workers die: never above 4 at the provider, and nobody starves',
  LIMIT,
  async ({ annotate }) => {
    const { world, ids } = fleetOf(500)
    const limits = { concurrent: 4, bytes: null }
    for (const work of ['export', 'import'] as const)
      await world.journal.budgets.set(slotName(work, null), limits)
    const admittedAt = new Map<MigrationId, number>()
    world.onEvent((event, m) => {
      if (event.type === 'admitted' && event.claims.length > 0 && !admittedAt.has(m.id))
        admittedAt.set(m.id, world.time.now)
    })
    for (let minute = 1; minute < 120; minute += 2)
      world.after(minute * 60_000, () => world.kill(world.chance.pick(world.fleet.machines), null))
    await world.run()
    // What is counted at the provider breaks the story when it is more than the limit (`of-budgets.ts`).
    expect(world.story.broken).toEqual([])
    const records = ids.map((id) => world.memory.rows.get(id)!.record)
    expect(records.filter(({ state }) => state !== 'succeeded')).toEqual([])
    // All came at one moment: in a fair line they go in the order of their age, so the last waits twice the median.
    const waits = ids
      .map((id) => (admittedAt.get(id) ?? 0) - world.notes.get(id)!.createdAt)
      .toSorted((a, b) => a - b)
    const ratio = waits.at(-1)! / waits[Math.floor(waits.length / 2)]!
    await annotate(`longest wait ÷ median: ${ratio.toFixed(2)}`)
    process.stdout.write(`longest wait ÷ median: ${ratio.toFixed(2)}\n`)
    expect(ratio).toBeLessThan(3)
  },
)
