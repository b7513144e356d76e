import { isEnded } from '@snapferry/migration'
import {
  type Cloud,
  type Export,
  type OnTheWire,
  objectOf,
  type Row,
  withObject,
  withoutRow,
  withRow,
} from '../world/cloud.ts'
import { type Budget, spend } from '../world/mishaps.ts'
import type { Scene } from '../world/scene.ts'
import { create } from '../world/send.ts'
import type { Flight, Next, World } from '../world/world.ts'

/** How an export ends: with an image, with none, with an empty object, with a header that is none, with its end missing. */
type Landing = 'good' | 'nothing' | 'empty' | 'damaged' | 'truncated'

const BAD_LANDINGS: readonly Landing[] = ['nothing', 'empty', 'damaged', 'truncated']

/** Everything the provider may do of its own at this moment: end a piece of work, show a thing, let a late create arrive. */
export function workOf(world: World, scene: Scene, budget: Budget, add: (next: Next) => void): void {
  const { cloud } = world
  for (const one of cloud.exports) {
    add(calmly(world, landed(cloud, one, 'good'), `the export of ${one.key} ends with an image`))
    for (const landing of BAD_LANDINGS)
      badly(world, budget, () => landed(cloud, one, landing), `the export of ${one.key}: ${landing}`, add)
  }
  for (const row of cloud.rows) {
    if (row.hiddenUntil !== null) add(calmly(world, appeared(cloud, row), `${row.id} is shown from now on`))
    if (row.work === 'running') endingsOf(row, world, budget, add)
  }
  for (const one of cloud.wire)
    if (world.now >= one.from)
      add({ ...QUIET, world: arrived(world, one, scene), what: `a late ${one.act.act} arrives` })
}

const QUIET = { flight: -1, isCalm: true, breach: null } as const

function calmly(world: World, cloud: Cloud, what: string): Next {
  return { ...QUIET, world: { ...world, cloud }, what }
}

function badly(
  world: World,
  budget: Budget,
  change: () => Cloud,
  what: string,
  add: (next: Next) => void,
): void {
  const spent = spend(world.spent, 'bad', budget)
  if (spent !== null)
    add({ world: { ...world, spent, cloud: change() }, what, flight: -1, isCalm: false, breach: null })
}

function endingsOf(row: Row, world: World, budget: Budget, add: (next: Next) => void): void {
  const { cloud } = world
  add(calmly(world, withRow(cloud, { ...row, work: 'good' }), `${row.id} is ready`))
  const ends = (change: () => Cloud, what: string): void => badly(world, budget, change, what, add)
  ends(() => withRow(cloud, { ...row, work: 'error' }), `${row.id} ends in error`)
  ends(() => withoutRow(cloud, row.id), `${row.id} vanishes`)
  if (row.what === 'copy')
    ends(() => withRow(cloud, { ...row, work: 'good', isSmall: true }), `${row.id} is ready and too small`)
}

function landed(cloud: Cloud, { key, isLate }: Export, landing: Landing): Cloud {
  const made = cloud.made + 1
  const rest = { ...cloud, made, exports: cloud.exports.filter((one) => one.key !== key) }
  if (landing === 'nothing') return withObject(rest, key, null)
  const etag = `etag-${made}`
  if (landing !== 'empty') return withObject(rest, key, { key, bytes: 1_000, etag, content: landing, isLate })
  if (objectOf(cloud, key) !== null) return rest
  return withObject(rest, key, { key, bytes: 0, etag, content: 'none', isLate })
}

/** A thing that no GET and no list showed. */
function appeared(cloud: Cloud, row: Row): Cloud {
  return withRow(cloud, { ...row, hiddenUntil: null })
}

/** A create whose sender has given up reaches the provider; whoever has looked already has not seen it. */
export function arrived(world: World, one: OnTheWire, scene: Scene): World {
  const wire = world.cloud.wire.filter((other) => other !== one)
  const late = isEnded(world.record) ? 'excused' : 'late'
  const { cloud } = create(one.act, { ...world.cloud, wire }, scene, world.now, { hiddenUntil: null, late })
  const id = cloud.rows.length > world.cloud.rows.length ? cloud.rows.at(-1)?.id : undefined
  if (id === undefined) return { ...world, cloud }
  return { ...world, cloud, flights: world.flights.map((flight) => blindTo(flight, id)) }
}

function blindTo(flight: Flight, id: string): Flight {
  return flight.tick.wants === 'look' ? flight : { ...flight, unseen: [...flight.unseen, id] }
}

/** Whether work would have to end now that is not stuck. */
export function isWorkDue({ cloud: { rows, exports }, now }: World): boolean {
  return rows.some((row) => isDue(row, now)) || exports.some(({ endsBy }) => endsBy !== null && endsBy <= now)
}

function isDue({ work, endsBy }: Row, now: number): boolean {
  return work === 'running' && endsBy !== null && endsBy <= now
}

/** The work that would have to end now goes on, for as long as it likes. */
export function stuck(world: World): World {
  const { cloud, now } = world
  const exports = cloud.exports.map((one) =>
    one.endsBy !== null && one.endsBy <= now ? { ...one, endsBy: null } : one,
  )
  const rows = cloud.rows.map((row) => (isDue(row, now) ? { ...row, endsBy: null } : row))
  return { ...world, cloud: { ...cloud, exports, rows } }
}

/** What must have happened by now: nothing is hidden, on the wire or at work for ever. */
export function overdueDone(world: World, scene: Scene): World {
  let done = world
  for (const one of world.cloud.exports)
    if (one.endsBy !== null && one.endsBy <= done.now)
      done = { ...done, cloud: landed(done.cloud, one, 'good') }
  for (const row of done.cloud.rows)
    if (isDue(row, done.now)) done = { ...done, cloud: withRow(done.cloud, { ...row, work: 'good' }) }
  for (const one of world.cloud.wire) if (one.until <= done.now) done = arrived(done, one, scene)
  const { cloud } = done
  const isLate = (row: Row): boolean => row.hiddenUntil !== null && row.hiddenUntil <= done.now
  if (!cloud.rows.some(isLate)) return done
  const rows = cloud.rows.map((row) => (isLate(row) ? { ...row, hiddenUntil: null } : row))
  return { ...done, cloud: { ...cloud, rows } }
}
