import { type Event, migrationIdOf, sourceClaim } from '../../src/index.ts'
import type { Row } from './fake-cloud.ts'
import { CALM } from './odds.ts'
import type { World } from './voyage.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** Another migration, which holds the claim on the source for a while. */
const OTHER = migrationIdOf(new Uint8Array(26).fill(7))

/** Plans what happens to one voyage from outside: requests, fail-overs, others at work, and the end of the storm. */
export function planMishaps(world: World): void {
  const { chance, plan } = world
  const early = (what: string, run: () => void): void => world.onEvents(chance.between(2, 24), what, run)
  const soon = (what: string, run: () => void): void =>
    world.at(chance.between(0, chance.pick([MINUTE, 10 * MINUTE, HOUR])), what, run)
  // The moments between two steps matter most: half of the mishaps come right after some event.
  if (chance.happens(0.2)) early('somebody cancels', () => world.cancel())
  if (chance.happens(0.15)) early('Redis fails over', () => world.failOver())
  if (chance.happens(0.12)) early('an outsider meddles', () => meddle(world))
  if (chance.happens(0.2)) soon('somebody cancels', () => world.cancel())
  if (chance.happens(0.15)) soon('Redis fails over', () => world.failOver())
  if (chance.happens(0.06)) soon('an outsider meddles', () => meddle(world))
  if (plan.source.kind === 'snapshot') othersWork(world, plan.source.id, soon)
  if (chance.happens(0.05))
    world.at(chance.between(HOUR, 5 * HOUR), 'an old backup is put back', () => world.putBack())
  for (let nudges = chance.between(0, 3); nudges > 0; nudges--) soon('a nudge', () => world.wake())
  // Every storm ends: what is promised is promised for a provider that comes back.
  world.at(chance.pick([30 * MINUTE, 8 * HOUR]), 'the weather clears', () => {
    world.cloud.weather = { ...CALM, lagMs: world.odds.weather.lagMs }
  })
}

/** Others want the same source: one holds its claim, another exports it by hand. */
function othersWork(world: World, id: string, soon: (what: string, run: () => void) => void): void {
  const { chance, cloud, journal, plan } = world
  if (chance.happens(0.1) && plan.from !== null) {
    const claim = sourceClaim(plan.from, id)
    journal.foreignClaims.set(claim, OTHER)
    soon('the claim is free', () => {
      journal.foreignClaims.delete(claim)
      world.wake()
    })
  }
  if (chance.happens(0.1))
    soon('somebody else exports the source', () => {
      const until = world.now + chance.between(MINUTE, HOUR)
      if (!cloud.isExporting(id))
        cloud.exports.push({ source: id, key: 'theirs/other.qcow2', until, outcome: 'empty' })
    })
}

/** Somebody removes a thing behind our back. The provider refuses to delete what it exports or imports. */
function meddle({ chance, cloud, plan, journal, meddling, now }: World): void {
  const isIdle = (row: Row): boolean =>
    !cloud.isExporting(row.id) && row.workUntil <= now && cloud.exists(row)
  const what = chance.pick(['source', 'row', 'image'] as const)
  if (what === 'image') {
    const keys = [...cloud.objects.keys()].filter((key) => key.includes(journal.record.id))
    if (keys.length > 0 && cloud.objects.delete(chance.pick(keys))) meddling.push(what)
    return
  }
  const isMeant = (row: Row): boolean =>
    what === 'row' ? !row.isForeign : plan.source.kind === 'snapshot' && row.id === plan.source.id
  const rows = [...cloud.rows.values()].filter((row) => isMeant(row) && isIdle(row))
  if (rows.length === 0) return
  chance.pick(rows).goneListedUntil = now
  meddling.push(what)
}

/** Whether a migration was parked by this event. */
export function isParking(event: Event): boolean {
  const isParked = event.type === 'attempt-failed' && event.then === 'park'
  return isParked || event.type === 'phase-limit-over' || event.type === 'defect'
}

/** A person looks at a parked migration after a while: most retry, some cancel, some never come. */
export function attend(world: World): void {
  const choice = world.chance.pick(['retry', 'retry', 'cancel', 'nobody'] as const)
  if (choice === 'nobody') return
  world.at(world.chance.between(MINUTE, 20 * HOUR), `an operator decides on ${choice}`, () =>
    choice === 'cancel' ? world.cancel() : world.retry(),
  )
}
