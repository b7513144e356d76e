import { ACCOUNT_FAULTS, type AccountFault } from '../account/account.ts'
import type { Chance } from '../chance.ts'
import { watchCure } from '../promises/of-account.ts'
import type { World } from '../world.ts'

const MINUTE = 60_000

/** Something is wrong with the account for an hour or so, and then put right; sometimes two things at a time. */
export function planAccountFaults(world: World, chance: Chance, isCalm: boolean): void {
  // A fleet that has worked for a while: what is refused from now on is no missing right.
  for (const key of everyKey()) world.memory.worked.set(key, world.time.now)
  const faults = chance.happens(0.2) ? [0, 1] : [0]
  for (const _ of faults) {
    const fault = chance.pick([...ACCOUNT_FAULTS])
    const lastsMs = chance.between(1, 120) * MINUTE
    world.expected++
    world.after(chance.between(0, chance.pick([MINUTE, 10 * MINUTE])), () => {
      breaks(world, fault)
      world.after(lastsMs, () => {
        world.expected--
        world.account.heals(fault, world.time.now)
        world.story.tell('the account', () => `${fault}: it is put right`)
        if (isCalm) watchCure(world)
      })
    })
  }
}

function breaks(world: World, fault: AccountFault): void {
  world.account.breaks(fault, world.time.now)
  world.story.tell('the account', () => fault)
  for (const note of world.notes.values())
    if (note.endedAt === null) note.open.push(world.witness.happened(note.id, fault, 'any'))
}

/** Every kind of call in these worlds, as `workedKey` names it. */
function everyKey(): readonly string[] {
  const zones = ['fr-par-1', 'fr-par-2', 'fr-par-3']
  const places = ['bucket', 'export', 'remove-image'].map((role) => `${role}|default|fr-par/bucket`)
  const inZones = ['taken-snapshot', 'import', 'copy', 'source'].flatMap((role) =>
    zones.map((zone) => `${role}|default|${zone}`),
  )
  return [...places, ...inZones, 'retag|default', 'remove|default']
}
