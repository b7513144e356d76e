import { chanceOf } from '../chance.ts'
import { oddsOf, storm } from '../weather/storm.ts'
import { CALM, GOOD } from '../weather/weather.ts'
import { World, type WorldOptions } from '../world.ts'
import { planAccountFaults } from './account-faults.ts'
import { planBudgets } from './budgets.ts'
import { planMishaps } from './mishaps.ts'
import { planFor, rollAsked, settleForeigners } from './plans.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
/** Each so many seeds a whole fleet sails. */
const FLEET_EVERY = 250

/** The world of a seed: who migrates what, in which weather, and what else happens to them. */
export function sample(seed: number, told: Pick<WorldOptions, 'isTold' | 'isStrict'> = {}): World {
  const chance = chanceOf(seed ^ 0x5eed)
  const isFleet = seed % FLEET_EVERY === 0
  const workers = isFleet ? 4 : chance.between(2, 3)
  const world = new World({
    seed,
    weather: CALM,
    workers,
    slots: isFleet ? 50 : chance.between(1, 4),
    ...told,
  })
  const odds = oddsOf(chance)
  const fleetOdds = {
    ...odds,
    look: odds.look / 4,
    write: odds.write / 2,
    work: odds.work / 2,
    kill: odds.kill / 50,
    freeze: odds.freeze / 50,
  }
  const clearsAt = world.time.now + chance.pick([30 * MINUTE, 2 * HOUR, 8 * HOUR])
  const isOver = (): boolean => world.time.now > clearsAt
  world.weather = storm(world.chance, isFleet ? fleetOdds : odds, isOver)
  settleForeigners(world)
  // Few budgets matter to few migrations: where there are some, there are more to stand in line.
  const isLimited = chance.happens(0.15)
  const isBroken = chance.happens(0.1)
  const isCalm = isBroken && !isFleet && chance.happens(0.5)
  if (isLimited) planBudgets(world, chance, isFleet ? 8 : 2)
  if (isBroken) planAccountFaults(world, chance, isCalm)
  if (isCalm) {
    world.weather = { ...CALM, onWork: () => ({ ...GOOD, tookMs: chance.between(1, 60) * SECOND }) }
    world.mustArrive = true
  }
  const count = isFleet
    ? chance.between(200, 240)
    : chance.pick(isLimited || isBroken ? [2, 3, 4] : [1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 4])
  const sources = isFleet ? 200 : chance.pick([1, 2, 4])
  for (let at = 0; at < count; at++) {
    const asked = rollAsked(chance, sources)
    const afterMs = at === 0 ? 0 : chance.between(0, isFleet ? 20 * MINUTE : 2 * MINUTE)
    world.after(afterMs, () => {
      const id = world.create(planFor(world, asked))
      if (id !== null && !isCalm && (!isFleet || chance.happens(0.1))) planMishaps(world, id, chance)
    })
    world.expected++
  }
  return world
}
