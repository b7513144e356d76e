import { begin, isEnded } from '@snapferry/migration'
import { append, read } from '../world/journal.ts'
import { breachOfAppend } from '../world/promises.ts'
import { see } from '../world/see.ts'
import { type Flight, isMoving, type World, withFlight } from '../world/world.ts'
import { type Add, circumstances, moved, type Setting } from './setting.ts'
import { writesOf } from './write.ts'

/** How many workers there are. */
export const WORKERS = 2

/** A tick that has just begun: its first step is to read the record. */
const BEGUN: Flight = {
  tick: begin(0),
  holdsLock: true,
  frozenAt: null,
  waitsUntil: null,
  answer: null,
  results: [],
  unseen: [],
}

/** Whether a worker takes the migration up at this moment. */
export function mayBegin(world: World, { scene }: Setting): boolean {
  const { flights, stalledAt, now } = world
  if (flights.length >= WORKERS) return false
  if (flights.some(({ holdsLock }) => holdsLock)) return scene.isCrowded && isAwake(world)
  // While nobody knows that its worker is dead, a nudge leaves the job alone.
  return stalledAt === null ? isAwake(world) : stalledAt <= now
}

function isAwake({ record, nudges, pulse, dueAt, now }: World): boolean {
  if (nudges > 0) return true
  return isEnded(record) ? dueAt !== null && dueAt <= now : pulse.wakeAt <= now
}

/** A worker takes it up and reads the record. */
export function begun(world: World, setting: Setting): World {
  const holdsLock = !world.flights.some((flight) => flight.holdsLock)
  // What is due after an ending is nudged by its chore.
  const isDue = isEnded(world.record) && world.dueAt !== null && world.dueAt <= world.now
  const awake = {
    ...world,
    stalledAt: holdsLock ? null : world.stalledAt,
    nudges: isDue ? Math.max(1, world.nudges) : world.nudges,
    flights: [...world.flights, { ...BEGUN, holdsLock }],
  }
  const tick = setting.rules.afterRead(begin(0), read(awake), circumstances(world, setting), 0)
  return looked(moved(awake, world.flights.length, tick), world.flights.length, setting)
}

/** A question that asks for nothing needs no provider: it is answered in the same step. */
function looked(world: World, index: number, setting: Setting): World {
  const tick = world.flights[index]?.tick
  if (tick?.wants !== 'look' || Object.keys(tick.question).length > 0) return world
  return moved(world, index, setting.rules.afterLook(tick, {}, circumstances(world, setting)))
}

/** Every way in which the next step of a flight may go. */
export function stepsOf(world: World, index: number, flight: Flight, setting: Setting, add: Add): void {
  if (!isMoving(flight, world.now)) return
  const { tick } = flight
  const { scene, rules } = setting
  const at = circumstances(world, setting)
  const step = (after: World, what: string, breach: string | null = null): void =>
    add({ world: after, what, flight: index, isCalm: true, breach })
  switch (tick.wants) {
    case 'read':
      step(moved(world, index, rules.afterRead(tick, read(world), at, 0)), 'reads again')
      break
    case 'look': {
      const looking = flight.unseen.length === 0 ? world : withFlight(world, index, { ...flight, unseen: [] })
      const seen = see(tick.question, world.cloud, scene)
      step(moved(looking, index, rules.afterLook(tick, seen, at)), 'looks')
      break
    }
    case 'append': {
      const { world: after, appended } = append(world, tick.change, scene.policy)
      const isIn = appended.outcome === 'appended'
      const breach = isIn ? breachOfAppend(world, after, flight, tick) : null
      const told = isIn && isEnded(after.record) ? excused(after, flight) : after
      const next = moved(told, index, rules.afterAppend(tick, appended, at))
      step(next, isIn ? 'appends' : 'is overtaken', breach)
      break
    }
    case 'write':
      writesOf(world, index, flight, tick, setting, add)
      break
  }
}

/** What came too late for the last look of the tick that ended its migration is left to a sweep that is not built yet. */
function excused(world: World, { unseen }: Flight): World {
  if (unseen.length === 0) return world
  const rows = world.cloud.rows.map((row) =>
    row.late === 'late' && unseen.includes(row.id) ? ({ ...row, late: 'excused' } as const) : row,
  )
  return { ...world, cloud: { ...world.cloud, rows } }
}
