import type { Event, EventType, Facts, Found } from './event.ts'
import type { Failure } from './failure.ts'
import { type Item, itemOf, withItem } from './ledger.ts'
import {
  type Cancelled,
  type Cause,
  type Core,
  coreOf,
  type Ended,
  type Failed,
  isEnded,
  type Migration,
  type Parked,
  type ParkedFrom,
  type Unwinding,
} from './migration.ts'
import { POLICY } from './policy.ts'
import { legOf, PHASES, type Phase } from './route.ts'
import type { Why } from './why.ts'

/** An event of one type. */
export type Of<Type extends EventType> = Extract<Event, { type: Type }>

/** Entering a phase: a new round, attempts from 1. */
export function entering<M extends Core>(m: M, phase: Phase): M {
  return { ...m, round: m.round + 1, attempt: 1, attemptsMax: legOf(phase).attemptsMax }
}

/** The next attempt of the same phase: a new round. */
export function again<M extends Core>(m: M): M {
  return { ...m, round: m.round + 1, attempt: m.attempt + 1 }
}

/** What each phase finds out; entering a phase anew forgets it, together with what the phases after it found. */
const FOUND_OUT_IN: Readonly<Record<Phase, readonly (keyof Facts)[]>> = {
  snapshot: ['snapshot', 'takenAt', 'sourceBytes'],
  export: ['image'],
  inspect: ['virtualBytes'],
  import: ['copy'],
  verify: ['provenAt'],
  tidy: [],
}

/** The facts that still hold when the way goes back to a phase. */
export function factsUntil(facts: Facts, phase: Phase): Facts {
  const rest: { -readonly [Name in keyof Facts]: Facts[Name] } = { ...facts }
  const stale = PHASES.slice(PHASES.indexOf(phase)).flatMap((later) => FOUND_OUT_IN[later])
  for (const name of stale) delete rest[name]
  return rest
}

/** Undoing begins: memberships stay until the provider is seen to have stopped. */
export function unwinding(m: Migration, phase: Phase, cause: Cause): Unwinding {
  return { ...coreOf(m), claims: m.claims, state: 'unwinding', round: m.round + 1, attempt: 1, phase, cause }
}

/** Ended without anything to undo, or with all of it undone. */
export function failed(m: Migration, failure: Failure, at: number): Failed {
  return { ...coreOf(m), state: 'failed', endedAt: at, failure, lastFailure: failure }
}

/** Ended because somebody asked for it. */
export function cancelled(m: Migration, at: number): Cancelled {
  return { ...coreOf(m), state: 'cancelled', endedAt: at }
}

/** The ending that a cause leads to once everything is undone. */
export function endingOf(m: Migration, cause: Cause, at: number): Ended {
  return cause.ending === 'cancelled' ? cancelled(m, at) : failed(m, cause.failure, at)
}

/** Parked: memberships are released, the ledger stays visible. */
export function parked(m: Exclude<Migration, Ended | Parked>, failure: Failure, at: number): Parked {
  const phase = m.state === 'queued' ? null : m.phase
  const cause = m.state === 'unwinding' ? m.cause : null
  return {
    ...coreOf(m),
    state: 'needs_attention',
    phase,
    parkedFrom: parkedFrom(m),
    failure,
    parkedAt: at,
    lastFailure: failure,
    cause,
  }
}

function parkedFrom(m: Exclude<Migration, Ended | Parked>): ParkedFrom {
  if (m.state === 'running') return m.proven ? 'proven' : 'running'
  return m.state
}

/** Whether a thing is the copy of a proven record: it is never an extra and never removed, whatever else is said. */
export function isProvenCopy(m: Migration, id: string): boolean {
  const proven =
    m.state === 'succeeded' ||
    (m.state === 'running' && m.proven) ||
    (m.state === 'needs_attention' && m.parkedFrom === 'proven')
  return proven && id === m.facts.copy
}

/** Marks things for removal, adding those the ledger does not know. The copy of a proven record stays as it is. */
export function disowning<M extends Migration>(m: M, found: readonly Found[], at: number): M {
  const ledger = found
    .filter(({ thing }) => !isProvenCopy(m, thing.id))
    .reduce((lines, one) => {
      const known: Partial<Item> & typeof one = itemOf(lines, one.thing.id) ?? one
      const { reason: _, at: first, ...line } = known
      return withItem(lines, { ...line, at: first ?? at, state: 'disowned' })
    }, m.ledger)
  return { ...m, ledger }
}

/** Changes one line of the ledger; a thing it does not know changes nothing. */
export function changing<M extends Migration>(m: M, id: string, change: (item: Item) => Item): M {
  const item = itemOf(m.ledger, id)
  return item === null ? m : { ...m, ledger: withItem(m.ledger, change(item)) }
}

/** Where nothing can fail any more, a thing whose attempts are spent is left and the rest goes on. */
export function goingOn<M extends Migration>(m: M, event: Of<'attempt-failed'>): M {
  const next = { ...m, attempt: m.attempt + 1 }
  if (event.then === 'again') return next
  return event.disown.reduce(
    (all, { thing }) =>
      isProvenCopy(m, thing.id)
        ? all
        : changing(all, thing.id, (item) => ({ ...item, state: 'left', reason: event.failure.kind })),
    next,
  )
}

/** Why an intent was closed without a definite answer: only such a create may still turn up late. */
export const NOTHING_FOUND = 'nothing-found'

/** An intent's fate is known: what was made comes into the ledger, in an undone or ended migration to be removed. */
export function closing<M extends Migration>(m: M, event: Of<'settled'>): M {
  const { intent } = m
  if (intent === null) return m
  if (event.outcome === 'nothing') {
    const lost =
      event.because === NOTHING_FOUND ? [...m.lost, { phase: intent.phase, round: intent.round }] : m.lost
    return { ...m, intent: null, lost }
  }
  const state = m.state === 'unwinding' || isEnded(m) ? 'disowned' : 'made'
  return {
    ...m,
    intent: null,
    ledger: withItem(m.ledger, { thing: event.thing, round: intent.round, at: event.at, state }),
  }
}

/** Every line that was still to be removed is left for the given reason; the copy of a proven record stays. */
export function leavingOpen<M extends Migration>(m: M, reason: string): M {
  const ledger = m.ledger.map((item): Item => {
    if (item.state !== 'disowned' && item.state !== 'made') return item
    return { ...item, state: 'left', reason: isProvenCopy(m, item.thing.id) ? COPY_NOT_MARKED : reason }
  })
  return { ...m, ledger }
}

/** The reason of a proven copy that refused its tag: it is good and stays, only its mark is missing. */
export const COPY_NOT_MARKED = 'copy-not-marked'

/**
 * A wait under a hold goes round in no circle of this migration: it is granted the event, and the one of the wait after
 * it. A hold that comes and goes for hours must not park everybody.
 */
export function excused<M extends Migration>(m: M, { code }: Pick<Why, 'code'>): M {
  return code.startsWith('hold-') ? { ...m, eventsMax: m.eventsMax + 2 } : m
}

/** The events a retry grants on top, so that a parked circle does not park again at once. */
export function granted<M extends Core>(m: M): M {
  return { ...m, eventsMax: Math.max(m.eventsMax, m.events) + POLICY.eventsGrant }
}
