import type { Chance } from '../chance.ts'
import { LOOK_FAULTS, lookFault, WRITE_FAULTS, writeFault } from './faults.ts'
import { type Call, type Ending, type Fate, GOOD, type Mishap, type Weather, type Work } from './weather.ts'

/** How rough a storm is: probabilities in [0, 1] for each call, or for each piece of work. */
export interface Odds {
  readonly look: number
  readonly write: number
  readonly work: number
  readonly kill: number
  readonly freeze: number
  /** The most milliseconds for which lists lag behind writes: the policy's value at most. */
  readonly lagMs: number
}

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

const LOOK_NAMES = Object.keys(LOOK_FAULTS) as (keyof typeof LOOK_FAULTS)[]
const WRITE_NAMES = Object.keys(WRITE_FAULTS) as (keyof typeof WRITE_FAULTS)[]
/** Answers that end something at once are rarer than those that time heals. */
const HARD = new Set<string>(['400', '403', '403 quota', '404', '423'])

/** The odds of a seed: few worlds are calm, most have some of everything, some are storms. */
export function oddsOf(chance: Chance): Odds {
  const rough = chance.pick([0.05, 0.08, 0.12, 0.2, 0.35])
  const some = (share: number): number => (chance.happens(0.85) ? rough * share : 0)
  return {
    look: some(0.6),
    write: some(1.6),
    work: some(1.2),
    kill: some(0.12),
    freeze: some(0.12),
    lagMs: chance.pick([0, 5 * SECOND, 30 * SECOND]),
  }
}

/** Weather by the dice. It clears for good when `isOver` says so: what is promised is promised for a provider that comes back. */
export function storm(chance: Chance, odds: Odds, isOver: () => boolean): Weather {
  return {
    onCall: (call) => (isOver() ? null : onCall(chance, odds, call)),
    onWork: (work) => onWork(chance, odds, work, isOver()),
  }
}

function onCall(chance: Chance, odds: Odds, { step }: Call): Mishap | null {
  const { kill, freeze } = odds
  // One roll says whether anything happens at all: most calls of most worlds go well.
  const roll = chance.roll()
  const harm = step === 'look' ? odds.look : step === 'write' ? odds.write : 0
  if (roll >= harm + kill + freeze) return null
  if (roll < kill) return { fault: 'worker killed', kill: chance.pick(['before', 'after']) }
  if (roll < kill + freeze) {
    const forMs = chance.pick([chance.between(1, 9) * SECOND, chance.between(10, 300) * SECOND])
    return { fault: 'worker frozen', freeze: { when: chance.pick(['before', 'after']), forMs } }
  }
  if (step === 'look') {
    const name = chance.pick(LOOK_NAMES)
    // A refused key or bucket puts up a hold and ends nothing.
    return name === '400' && chance.happens(0.7) ? lookFault('429') : lookFault(name)
  }
  const name = chance.pick(WRITE_NAMES)
  return HARD.has(name) && chance.happens(0.7) ? writeFault('409') : writeFault(name)
}

const ENDINGS: Readonly<Record<Work['what'], readonly Ending[]>> = {
  snapshot: ['error', 'vanished', 'good'],
  export: ['nothing', 'empty', 'damaged', 'truncated'],
  import: ['error', 'invalid-data', 'vanished', 'small'],
}

function onWork(chance: Chance, odds: Odds, { what }: Work, isOver: boolean): Fate {
  const lags = {
    listLagMs: odds.lagMs === 0 ? 0 : chance.between(0, odds.lagMs),
    birthLagMs: odds.lagMs > 0 && chance.happens(0.2) ? chance.between(0, odds.lagMs) : 0,
  }
  const fate = { ...GOOD, ...lags, tookMs: workMs(chance) }
  if (isOver || !chance.happens(odds.work)) return fate
  if (chance.happens(0.04)) return { ...fate, tookMs: chance.between(1, 3) * HOUR, faults: ['stuck'] }
  if (what !== 'export' && chance.happens(0.15))
    return { ...fate, usedMs: chance.between(1, 20) * MINUTE, faults: ['in use'] }
  if (what !== 'export' && chance.happens(0.15))
    return { ...fate, lockedMs: chance.between(1, 90) * MINUTE, faults: ['locked'] }
  const ending = chance.pick(ENDINGS[what])
  return ending === 'good' ? fate : { ...fate, ending, faults: [`${what}: ${ending}`] }
}

/** Mostly seconds, as of small disks: patience is the same, and each poll costs time here too. */
function workMs(chance: Chance): number {
  const roll = chance.roll()
  if (roll < 0.7) return chance.between(1, 10) * SECOND
  return roll < 0.95 ? chance.between(10, 60) * SECOND : chance.between(1, 8) * MINUTE
}
