import type { Event, Migration } from '@snapferry/migration'
import { movesOf } from '../moves/moves.ts'
import type { Setting } from '../moves/setting.ts'
import { BEGINNING } from '../world/scene.ts'
import { beginningOf, type Flight, type Next, type World } from '../world/world.ts'
import type { Graph } from './graph.ts'

/** The shortest way to a state, and one move more when that is what is told of: a line for each move, readable by people. */
export function storyOf(
  graph: Graph,
  state: number,
  last: number | null,
  setting: Setting,
): readonly string[] {
  const moves: number[] = last === null ? [] : [last]
  for (let at = state; graph.parents.at(at) !== -1; at = graph.parents.at(at)) moves.push(graph.moves.at(at))
  const lines: string[] = []
  let world = beginningOf(setting.scene)
  let names: readonly string[] = []
  for (const move of moves.reverse()) {
    const next = movesOf(world, setting)[move]
    if (next === undefined) throw new Error('the story cannot be told again: a move is missing')
    names = namesAfter(names, world, next)
    lines.push(lineOf(world, next, names))
    names = names.filter((_, at) => at !== next.flight || next.world.flights.length >= names.length)
    world = next.world
    if (next.breach !== null) lines.push(`BROKEN: ${next.breach}.`)
  }
  return [...shortened(lines), `It stands so: ${standing(world)}`]
}

/** The times say that time passes, and a tick that learned nothing is one line. */
function shortened(lines: readonly string[]): readonly string[] {
  const told: string[] = []
  for (const line of lines.filter((one) => !one.endsWith('time passes'))) {
    const [reads, looks] = told.slice(-2)
    const nothing = /: (nothing new .*)$/.exec(line)
    const isOneTick =
      reads?.endsWith('takes it up and reads') === true && looks?.includes(' looks: ') === true
    if (nothing === null || !isOneTick) told.push(line)
    else told.splice(-2, 2, `${looks}: ${nothing[1]}`)
  }
  return told
}

/** Whoever takes it up gets the first name that is free. */
function namesAfter(names: readonly string[], { flights }: World, { flight }: Next): readonly string[] {
  if (flight < flights.length) return names
  return [...names, names.includes('A') ? 'B' : 'A']
}

function lineOf(before: World, next: Next, names: readonly string[]): string {
  const { what, flight, world } = next
  const seconds = String((world.now - BEGINNING) / 1_000).padStart(6)
  const who = flight === -1 ? '' : `worker ${names[flight]} `
  const detail = detailOf(before, before.flights[flight], next)
  return `${seconds} s  ${who}${what}${detail === '' ? '' : `: ${detail}`}`
}

function detailOf(before: World, flight: Flight | undefined, { what, world }: Next): string {
  if (flight === undefined) return before.record === world.record ? '' : stateOf(world.record)
  const { tick } = flight
  if (what === 'looks' && tick.wants === 'look') return Object.keys(tick.question).join(', ')
  if (what === 'appends' && tick.wants === 'append') {
    const { events, pulse } = tick.change
    const told =
      events.length === 0
        ? `nothing new (${pulse.why?.code ?? 'on at once'})`
        : events.map(eventText).join(', ')
    return `${told} → ${stateOf(world.record)}`
  }
  if (tick.wants !== 'write' || flight.waitsUntil !== null) return ''
  const { act } = tick
  return 'intent' in act ? `${act.act} ${act.intent.id} (${act.intent.mark})` : act.act
}

function eventText(event: Event): string {
  switch (event.type) {
    case 'intended':
      return `intended ${event.intent.id}`
    case 'settled':
      return event.outcome === 'made'
        ? `settled ${event.intent} made ${event.thing.id}`
        : `settled ${event.intent} nothing (${event.because})`
    case 'disowned':
      return `disowned ${event.found.map(({ thing }) => thing.id).join(' ')}`
    case 'removed':
    case 'left':
      return `${event.type} ${event.ids.join(' ')}`
    case 'phase-completed':
      return `phase-completed ${event.phase}`
    case 'waited':
      return `waited ${event.why.code}`
    case 'attempt-failed':
      return `attempt-failed ${event.failure.kind}, ${event.then}`
    default:
      return event.type
  }
}

function stateOf(m: Migration): string {
  return 'phase' in m && m.phase !== null ? `${m.state} ${m.phase}` : m.state
}

function standing({ record, cloud }: World): string {
  const ledger = record.ledger.map(({ thing, state }) => `${thing.id} ${state}`)
  const there = [
    ...cloud.rows.map(({ id, work, late }) => `${id} (${work}${late === 'no' ? '' : `, ${late}`})`),
    ...cloud.objects.map(({ key, content }) => `${key} (${content})`),
    ...cloud.exports.map(({ key }) => `an export to ${key}`),
    ...cloud.wire.map(({ act }) => `${act.act} on the wire`),
  ]
  return `${stateOf(record)}; ledger: ${ledger.join(', ') || 'empty'}; at the provider: ${there.join(', ') || 'nothing'}.`
}
