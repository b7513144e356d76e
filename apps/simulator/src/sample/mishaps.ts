import type { Event, MigrationId } from '@snapferry/migration'
import type { Chance } from '../chance.ts'
import type { World } from '../world.ts'
import { exportByHand, takeAway } from './outsiders.ts'
import { askCancel, askRetry } from './people.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
/** How often an operator looks after one migration. */
const RETRIES_MAX = 3

/** Plans what happens to one migration from outside: requests, fail-overs, others at work, and who attends to it. */
export function planMishaps(world: World, id: MigrationId, chance: Chance): void {
  const soon = (run: () => void): void =>
    world.after(chance.between(0, chance.pick([MINUTE, 5 * MINUTE, HOUR])), run)
  const early = (run: () => void): void => onEvents(world, id, chance.between(2, 22), chance, run)
  // The moments between two steps matter most: half of the mishaps come right after some event.
  if (chance.happens(0.15)) early(() => askCancel(world, id))
  if (chance.happens(0.08)) soon(() => askCancel(world, id))
  if (chance.happens(0.12)) early(() => failOver(world, chance))
  if (chance.happens(0.06)) soon(() => failOver(world, chance))
  if (chance.happens(0.06)) early(() => rewind(world, chance))
  if (chance.happens(0.1)) early(() => void takeAway(world, id, chance.pick(['source', 'copy', 'image'])))
  if (chance.happens(0.1)) soon(() => byHand(world, id, chance))
  if (chance.happens(0.1)) soon(() => wake(world, id))
  attend(world, id, chance)
}

/** Something happens a moment after the history of a migration has so many events. */
function onEvents(world: World, id: MigrationId, count: number, chance: Chance, run: () => void): void {
  let isOver = false
  world.onEvent((_, m) => {
    if (isOver || m.id !== id || m.events < count) return
    isOver = true
    world.after(chance.between(0, chance.pick([5, 2 * SECOND])), run)
  })
}

/** Redis comes back as another one; with `everysec` it may have lost its last second. */
function failOver(world: World, chance: Chance): void {
  world.failOver(chance.pick([0, chance.between(1, SECOND), SECOND]), 'Redis fails over')
}

/** A backup of minutes ago is put back. */
function rewind(world: World, chance: Chance): void {
  let youngest = 0
  for (const { createdAt } of world.notes.values()) youngest = Math.max(youngest, createdAt)
  const lostMs = chance.between(1, 30) * MINUTE
  // Mostly it knows of every migration; what it does not know of at all nobody can end.
  const most = chance.happens(0.1) ? lostMs : world.time.now - youngest - 1
  world.failOver(Math.min(lostMs, Math.max(0, most)), 'Redis is rewound')
}

function byHand(world: World, id: MigrationId, chance: Chance): void {
  const source = world.memory.rows.get(id)?.record.plan.source
  if (source?.kind === 'snapshot') exportByHand(world, source.id, chance.between(1, 60) * MINUTE)
}

/** A nudge for nothing. */
function wake(world: World, id: MigrationId): void {
  if (!world.memory.rows.has(id)) return
  world.memory.nudge(id)
  world.fleet.stirDrains()
}

/** A person looks at a parked migration after a while: most retry, some cancel, some never come. */
function attend(world: World, id: MigrationId, chance: Chance): void {
  world.onEvent((event, m) => {
    if (m.id !== id || m.state !== 'needs_attention' || !isParking(event)) return
    const choice = chance.pick(['retry', 'retry', 'cancel', 'nobody'] as const)
    if (choice === 'nobody') return
    const isTired = world.witness.note(id).retries >= RETRIES_MAX
    world.after(chance.between(1, 1_200) * MINUTE, () =>
      choice === 'cancel' || isTired ? askCancel(world, id) : askRetry(world, id),
    )
  })
}

/** Whether a migration was parked by this event. */
function isParking(event: Event): boolean {
  const isParked = event.type === 'attempt-failed' && event.then === 'park'
  return isParked || event.type === 'phase-limit-over' || event.type === 'defect'
}
