import type { EventView } from '@snapferry/contracts'
import {
  type Event,
  type Found,
  type Item,
  itemOf,
  type Phase,
  placeOf,
  type Thing,
} from '@snapferry/migration'
import { failureView, time } from './view.ts'

/** An event as people read it; `number` is its place in the list, from 1. The ledger says what an id is of. */
export function toEventView(event: Event, number: number, ledger: readonly Item[]): EventView {
  return { number, time: time(event.at), type: event.type, ...told(event, ledger), ...reasonOf(event) }
}

/** Why it was decided; the other events of the same append share the reason of the first. */
function reasonOf({ basis }: Event): Pick<EventView, 'reason' | 'because'> {
  if (basis === undefined) return {}
  const { rule, text } = basis.because
  return { reason: rule, because: text }
}

type Told = Omit<EventView, 'number' | 'time' | 'type' | 'reason' | 'because'>

function told(event: Event, ledger: readonly Item[]): Told {
  switch (event.type) {
    case 'created':
      return { text: 'Accepted.', by: event.by }
    case 'admitted':
      return { text: `Began with ${event.phase}.`, phase: event.phase }
    case 'intended':
      return {
        text: `Announced ${event.intent.phase}, known by ${event.intent.mark}.`,
        phase: event.intent.phase,
        intent: event.intent.id,
      }
    case 'settled':
      return settled(event)
    case 'phase-completed':
      return { text: completedText(event), phase: event.phase, ...thingsOf(event.made) }
    case 'disowned':
      return { text: disownedText(event.found), ...thingsOf(event.found) }
    case 'waited':
      return { text: event.why.text }
    case 'cancel-requested':
      return { text: 'A cancel was asked for.', by: event.by }
    case 'retry-requested':
      return { text: 'A retry was asked for.', by: event.by }
    case 'proof-lost':
      return { text: `Went back to ${event.phase}: ${event.because}`, phase: event.phase }
    case 'park-limit-over':
      return { text: 'Nobody attended to it in time.' }
    case 'ledger-settled':
      return { text: 'Everything it made is kept, removed or listed.' }
    default:
      return toldOfUndoing(event, ledger)
  }
}

type FailedOrUndone = Extract<
  Event,
  { type: 'checked-bad' | 'attempt-failed' | 'phase-limit-over' | 'defect' | 'kept' | 'removed' | 'left' }
>

function toldOfUndoing(event: FailedOrUndone, ledger: readonly Item[]): Told {
  switch (event.type) {
    case 'checked-bad':
      return { text: event.failure.text, failure: failureView(event.failure) }
    case 'attempt-failed':
      return {
        text: `Attempt ${event.attempt} of ${event.attemptsMax} failed: ${event.failure.text}`,
        attempt: event.attempt,
        attemptsMax: event.attemptsMax,
        next: event.then,
        waitMs: Math.max(0, Math.round(event.waitMs)),
        failure: failureView(event.failure),
      }
    case 'phase-limit-over':
      return {
        text: `Waited ${Math.round(event.waitedMs / 60_000)} minutes, longer than the limit.`,
        failure: failureView(event.failure),
      }
    case 'defect':
      return { text: event.failure.text, failure: failureView(event.failure) }
    case 'kept': {
      const until = event.untilMs === null ? '' : ` until ${time(event.untilMs)}`
      return { text: `${namesOf([event.id], ledger)} is kept${until}.`, ids: [event.id] }
    }
    case 'removed':
      return { text: `${namesOf(event.ids, ledger)} ${wasOrWere(event.ids)} removed.`, ids: [...event.ids] }
    case 'left':
      return {
        text: `${namesOf(event.ids, ledger)} could not be removed: ${event.reason}`,
        ids: [...event.ids],
      }
  }
}

function settled(event: Extract<Event, { type: 'settled' }>): Told {
  if (event.outcome === 'nothing')
    return { text: `Nothing was made: ${event.because}`, intent: event.intent, outcome: 'nothing' }
  return {
    text: event.adopted
      ? `Found what an earlier request had made: ${nameOf(event.thing)}.`
      : `The provider made ${nameOf(event.thing)}.`,
    intent: event.intent,
    outcome: event.adopted ? 'adopted' : 'made',
    things: [thingView(event.thing)],
  }
}

const DONE: Record<Phase, string> = {
  snapshot: 'The snapshot of the volume is available.',
  export: 'The image is complete in the bucket.',
  inspect: 'Header and tables of the image are sane.',
  import: 'The copy is available.',
  verify: 'The copy agrees with the plan: it is proven good.',
  tidy: 'All is tidy.',
}

function completedText({ phase, facts }: Extract<Event, { type: 'phase-completed' }>): string {
  const { image } = facts
  return phase === 'export' && image !== undefined
    ? `${DONE[phase]} It has ${image.bytes} bytes.`
    : DONE[phase]
}

function disownedText(found: readonly Found[]): string {
  const names = found.map(({ thing }) => nameOf(thing)).join(', ')
  return names === ''
    ? 'Nothing has to be removed.'
    : `Will be removed, as we made it and do not need it: ${names}.`
}

/** The things of these ids at the head of a sentence; an id that the ledger does not know stands alone. */
function namesOf(ids: readonly string[], ledger: readonly Item[]): string {
  const names = ids.map((id) => {
    const item = itemOf(ledger, id)
    return item === null ? id : nameOf(item.thing)
  })
  const text = names.join(', ')
  return text.startsWith('the ') ? `The ${text.slice(4)}` : text
}

function wasOrWere(ids: readonly string[]): string {
  return ids.length === 1 ? 'was' : 'were'
}

function nameOf({ what, id }: Thing): string {
  return `the ${THING[what]} ${id}`
}

const THING: Record<Thing['what'], string> = {
  image: 'image',
  'taken-snapshot': 'taken snapshot',
  copy: 'copy',
}

function thingsOf(found: readonly Found[]): Pick<EventView, 'things'> {
  return found.length === 0 ? {} : { things: found.map(({ thing }) => thingView(thing)) }
}

function thingView(thing: Thing): NonNullable<EventView['things']>[number] {
  return { what: thing.what, id: thing.id, zone: placeOf(thing) }
}
