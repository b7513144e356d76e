import { slotName } from '@snapferry/migration'
import type { BudgetLimits } from '@snapferry/redis'
import type { Chance } from '../chance.ts'
import type { World } from '../world.ts'

const MINUTE = 60_000
const GB = 1_000_000_000

const SLOTS = [
  slotName('export', null),
  slotName('import', null),
  slotName('export', { scope: 'zone', value: 'fr-par-1' }),
  slotName('import', { scope: 'zone', value: 'fr-par-2' }),
  slotName('import', { scope: 'backend', value: 'block' }),
  slotName('export', { scope: 'profile', value: 'default' }),
]

/** Small limits for some budgets; an operator changes one of them now and then. */
export function planBudgets(world: World, chance: Chance, most: number): void {
  for (const slot of SLOTS) if (chance.happens(0.5)) set(world, slot, limitsOf(chance, most))
  const changes = chance.pick([0, 0, 1, 2])
  for (let at = 0; at < changes; at++) {
    const slot = chance.pick(SLOTS)
    const limits = chance.happens(0.3) ? { concurrent: null, bytes: null } : limitsOf(chance, most)
    world.after(chance.between(0, 20 * MINUTE), () => {
      world.witness.limits.lowering(slot)
      set(world, slot, limits)
      world.fleet.stirDrains()
    })
  }
}

function set(world: World, slot: string, limits: BudgetLimits): void {
  world.story.tell('budget', () => `${slot} ${JSON.stringify(limits)}`)
  void world.journal.budgets.set(slot, limits)
}

/** Disks are of 10 and 20 GB here: a budget of 15 GB has one at a time, or one that is larger than it. */
function limitsOf(chance: Chance, most: number): BudgetLimits {
  const concurrent = chance.happens(0.8) ? chance.between(1, most) : null
  const bytes = concurrent === null || chance.happens(0.3) ? chance.pick([15, 30, 45]) * GB : null
  return { concurrent, bytes }
}
