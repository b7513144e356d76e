import { isEnded, requestCancel, requestRetry } from '@snapferry/migration'
import { ask } from '../world/journal.ts'
import { spend } from '../world/mishaps.ts'
import { STALLED_MS } from '../world/patience.ts'
import { breachOf } from '../world/promises.ts'
import { type Flight, isMoving, type Next, type World, withFlight } from '../world/world.ts'
import type { Add, Setting } from './setting.ts'
import { begun, mayBegin, stepsOf, WORKERS } from './tick.ts'
import { isWorkDue, overdueDone, stuck, workOf } from './work.ts'

/** Every move that is possible at a moment of a story; each names the promise that it or the moment after it breaks. */
export function movesOf(world: World, setting: Setting): readonly Next[] {
  const moves: Next[] = []
  const add: Add = (next) => {
    moves.push(next.breach === null ? { ...next, breach: breachOf(next.world) } : next)
  }
  const { flights, now } = world
  for (const [index, flight] of flights.entries()) {
    stepsOf(world, index, flight, setting, add)
    flightMishaps(world, index, flight, setting, add)
  }
  const begins = mayBegin(world, setting)
  if (begins)
    add({
      world: begun(world, setting),
      what: 'takes it up and reads',
      flight: flights.length,
      isCalm: true,
      breach: null,
    })
  const moving = flights.filter((flight) => isMoving(flight, now))
  // Work at the provider and a step at the journal can change places: it is enough to let it end where somebody looks or writes.
  if (moving.some(isAtProvider)) workOf(world, setting.scene, setting.budget, add)
  if (moving.length === 0 || moving.some(isAtJournal)) people(world, setting, add)
  if (moving.length === 0 && !begins) passing(world, setting, add)
  return moves
}

function isAtProvider({ tick: { wants }, waitsUntil }: Flight): boolean {
  return wants === 'look' || (wants === 'write' && waitsUntil === null)
}

function isAtJournal({ tick: { wants } }: Flight): boolean {
  return wants === 'append' || wants === 'read'
}

/** A worker dies, stops, or goes on as if nothing had happened. */
function flightMishaps(world: World, index: number, flight: Flight, { budget }: Setting, add: Add): void {
  const { now, spent } = world
  const move = (after: World, what: string, isCalm: boolean): void =>
    add({ world: after, what, flight: index, isCalm, breach: null })
  if (flight.frozenAt !== null) {
    if (flight.frozenAt < now)
      move(withFlight(world, index, { ...flight, frozenAt: null }), 'goes on after its freeze', true)
    return
  }
  const stalledAt = flight.holdsLock ? now + STALLED_MS : world.stalledAt
  const crashed = spend(spent, 'crash', budget)
  if (crashed !== null) move({ ...withFlight(world, index, null), spent: crashed, stalledAt }, 'dies', false)
  const frozen = spend(spent, 'freeze', budget)
  if (frozen === null) return
  const still = { ...flight, frozenAt: now, holdsLock: false }
  move({ ...withFlight(world, index, still), spent: frozen, stalledAt }, 'freezes', false)
}

/** What a person may ask for at this moment. */
function people(world: World, { scene, budget }: Setting, add: Add): void {
  const { record, spent } = world
  const asked = (after: World, what: string): void =>
    add({ world: after, what, flight: -1, isCalm: false, breach: null })
  const cancelled = requestCancel(record) === 'allowed' ? spend(spent, 'cancel', budget) : null
  if (cancelled !== null)
    asked(
      { ...ask(world, { type: 'cancel-requested', by: 'a person' }, scene.policy), spent: cancelled },
      'a person cancels',
    )
  const retried = requestRetry(record) === 'resume' ? spend(spent, 'retry', budget) : null
  if (retried !== null)
    asked(
      { ...ask(world, { type: 'retry-requested', by: 'a person' }, scene.policy), spent: retried },
      'a person retries',
    )
}

/** Time goes on to the next moment at which anything has to happen. */
function passing(world: World, setting: Setting, add: Add): void {
  const { now } = world
  let next = Number.POSITIVE_INFINITY
  for (const moment of momentsOf(world)) if (moment > now && moment < next) next = moment
  if (next === Number.POSITIVE_INFINITY) return
  const later = { ...world, now: next }
  add({
    world: overdueDone(later, setting.scene),
    what: 'time passes',
    flight: -1,
    isCalm: true,
    breach: null,
  })
  const spent = isWorkDue(later) ? spend(world.spent, 'stuck', setting.budget) : null
  if (spent === null) return
  const still = overdueDone({ ...stuck(later), spent }, setting.scene)
  add({
    world: still,
    what: 'time passes, and what the provider works on is stuck',
    flight: -1,
    isCalm: false,
    breach: null,
  })
}

function momentsOf(world: World): readonly number[] {
  const { flights, cloud, stalledAt, dueAt, pulse, record } = world
  const moments: number[] = []
  for (const { waitsUntil, frozenAt } of flights) {
    if (frozenAt !== null) moments.push(frozenAt + STALLED_MS)
    else if (waitsUntil !== null) moments.push(waitsUntil)
  }
  for (const { until } of cloud.wire) moments.push(until)
  for (const { hiddenUntil } of cloud.rows) if (hiddenUntil !== null) moments.push(hiddenUntil)
  if (flights.length >= WORKERS || flights.some(({ holdsLock }) => holdsLock)) return moments
  if (stalledAt !== null) moments.push(stalledAt)
  else if (!isEnded(record)) moments.push(pulse.wakeAt)
  else if (dueAt !== null) moments.push(dueAt)
  return moments
}
