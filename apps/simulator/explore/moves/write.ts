import { type Act, type ActAnswer, bad, type WantsWrite } from '@snapferry/migration'
import { type Cloud, type CreateAct, objectOf, shownRow } from '../world/cloud.ts'
import { type Mishap, spend } from '../world/mishaps.ts'
import { ANSWER_MS_MAX, PATIENCE } from '../world/patience.ts'
import { breachOfWrite } from '../world/promises.ts'
import { create, failureOf, PUNCTUAL, remove, retag } from '../world/send.ts'
import { type Flight, type RemovalResult, type World, withFlight } from '../world/world.ts'
import { type Add, circumstances, moved, type Setting } from './setting.ts'

/** One way in which a write may go: what it costs of the budget, what it does, what is answered and when. */
interface Way {
  readonly what: string
  readonly costs: readonly Mishap[]
  readonly cloud: Cloud
  readonly answer: ActAnswer | RemovalResult
  readonly waits: boolean
}

/** Every way in which the write of a tick may go. A removal removes one thing in each step, newest first. */
export function writesOf(
  world: World,
  index: number,
  flight: Flight,
  tick: WantsWrite,
  setting: Setting,
  add: Add,
): void {
  const calmly = (after: World, what: string): void =>
    add({ world: after, what, flight: index, isCalm: true, breach: null })
  if (flight.waitsUntil !== null) {
    const waited = withFlight(world, index, { ...flight, waitsUntil: null, answer: null })
    calmly(told(waited, index, tick, flight.answer, setting), 'gives up waiting for the answer')
    return
  }
  if (!setting.rules.mayLeave(tick, world.now, world.now)) {
    const answer = stopped(tick.act, flight.results)
    calmly(told(world, index, tick, answer, setting), 'does not send: it would come too late')
    return
  }
  const breach = breachOfWrite(world, tick.act, flight)
  const sent = 'intent' in tick.act ? { ...world, sent: [...world.sent, tick.act.intent.send] } : world
  for (const way of waysOf(tick.act, world, flight, setting)) {
    let { spent }: { spent: number | null } = sent
    for (const mishap of way.costs) spent = spent === null ? null : spend(spent, mishap, setting.budget)
    if (spent === null) continue
    const after = went({ ...sent, spent, cloud: way.cloud }, index, flight, tick, way, setting)
    add({ world: after, what: way.what, flight: index, isCalm: way.costs.length === 0, breach })
  }
}

/** The world after one way of a write: told at once, or waiting for an answer that does not come. */
function went(
  world: World,
  index: number,
  flight: Flight,
  tick: WantsWrite,
  way: Way,
  setting: Setting,
): World {
  const isOne = 'to' in way.answer
  const results = 'to' in way.answer ? flight.results : [...flight.results, way.answer]
  const answer = 'to' in way.answer ? way.answer : null
  const waitsUntil = way.waits ? world.now + ANSWER_MS_MAX : null
  const after = withFlight(world, index, {
    ...flight,
    results,
    answer: way.waits && isOne ? answer : null,
    waitsUntil,
  })
  return way.waits ? after : told(after, index, tick, answer, setting)
}

/** The tick is told its answer; of a removal only when every thing had its turn. */
function told(
  world: World,
  index: number,
  tick: WantsWrite,
  answer: ActAnswer | null,
  setting: Setting,
): World {
  const flight = world.flights[index]
  const results = flight?.results ?? []
  const isDone = tick.act.act === 'remove' && results.length >= tick.act.items.length
  const whole: ActAnswer | null = answer ?? (isDone ? { to: 'remove', results } : null)
  if (whole === null || flight === undefined) return world
  const cleared = withFlight(world, index, { ...flight, results: [] })
  return moved(cleared, index, setting.rules.afterWrite(tick, whole, circumstances(world, setting)))
}

function stopped(act: Act, results: readonly RemovalResult[]): ActAnswer {
  const result = bad(failureOf('stopped', act.act, true))
  if (act.act === 'retag') return { to: 'retag', result }
  if (act.act !== 'remove') return { to: 'create', result }
  const held = act.items.toReversed().slice(results.length)
  return { to: 'remove', results: [...results, ...held.map(({ thing }) => ({ id: thing.id, result }))] }
}

function waysOf(act: Act, world: World, flight: Flight, setting: Setting): readonly Way[] {
  switch (act.act) {
    case 'remove':
      return removals(act, world, flight, setting)
    case 'retag':
      return markings(act, world)
    default:
      return creations(act, world, setting)
  }
}

const DONE = { costs: [], waits: false } as const

function creations(act: CreateAct, world: World, { scene }: Setting): readonly Way[] {
  const { cloud, now } = world
  const { cloud: done, result } = create(act, cloud, scene, now)
  const lost = { to: 'create', result: bad(failureOf('no-answer', act.act, false)) } as const
  const ways: Way[] = [
    { ...DONE, what: result.ok ? 'writes' : 'is refused', cloud: done, answer: { to: 'create', result } },
    {
      what: 'writes, nothing happens and no answer comes',
      costs: ['lost'],
      cloud,
      answer: lost,
      waits: true,
    },
  ]
  const from = now + ANSWER_MS_MAX
  const wire = [...cloud.wire, { act, from, until: from + PATIENCE.listLagMs }]
  const onTheWire = { ...cloud, wire }
  ways.push({
    what: 'writes, the request is held up on its way',
    costs: ['lost', 'late'],
    cloud: onTheWire,
    answer: lost,
    waits: true,
  })
  if (!result.ok) return ways
  ways.push({
    what: 'writes, it is done and the answer is lost',
    costs: ['lost'],
    cloud: done,
    answer: lost,
    waits: true,
  })
  if (act.act === 'start-export') return ways
  const hidden = create(act, cloud, scene, now, { ...PUNCTUAL, hiddenUntil: now + PATIENCE.listLagMs })
  ways.push({
    what: 'writes, what it made is not shown yet',
    costs: ['late'],
    cloud: hidden.cloud,
    answer: { to: 'create', result: hidden.result },
    waits: false,
  })
  return ways
}

function markings({ order }: Extract<Act, { act: 'retag' }>, { cloud }: World): readonly Way[] {
  const { cloud: done, result } = retag(order, cloud)
  const lost = { to: 'retag', result: bad(failureOf('no-answer', 'retag', false)) } as const
  return [
    { ...DONE, what: 'marks', cloud: done, answer: { to: 'retag', result } },
    {
      what: 'marks, it is done and the answer is lost',
      costs: ['lost'],
      cloud: done,
      answer: lost,
      waits: true,
    },
    { what: 'marks, nothing happens and no answer comes', costs: ['lost'], cloud, answer: lost, waits: true },
  ]
}

function removals(
  { items, owner }: Extract<Act, { act: 'remove' }>,
  { cloud }: World,
  { results }: Flight,
  { scene }: Setting,
): readonly Way[] {
  const item = items[items.length - 1 - results.length]
  if (item === undefined) throw new Error('nothing is left to remove')
  const { id } = item.thing
  const { cloud: done, result } = remove(item, owner, cloud, scene)
  const ways: Way[] = [{ ...DONE, what: `removes ${id}`, cloud: done, answer: { id, result } }]
  const isThere = item.thing.what === 'image' ? objectOf(cloud, id) : shownRow(cloud, id)
  if (isThere === null) return ways
  const lost = { id, result: bad(failureOf('no-answer', 'remove', false)) }
  const kind = item.thing.what === 'image' ? 'forbidden' : 'in-use'
  const refused = { id, result: bad(failureOf(kind, 'remove', true)) }
  ways.push(
    { what: `removes ${id}, which is refused`, costs: ['refused'], cloud, answer: refused, waits: false },
    {
      what: `removes ${id}, it is done and the answer is lost`,
      costs: ['lost'],
      cloud: done,
      answer: lost,
      waits: true,
    },
    {
      what: `removes ${id}, nothing happens and no answer comes`,
      costs: ['lost'],
      cloud,
      answer: lost,
      waits: true,
    },
  )
  return ways
}
