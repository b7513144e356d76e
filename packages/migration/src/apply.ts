import type { Event, EventBody, EventType, Facts } from './event.ts'
import { bytes } from './ids.ts'
import { coreOf, isEnded, type Migration, type Parked, type Queued } from './migration.ts'
import {
  again,
  cancelled,
  changing,
  closing,
  disowning,
  endingOf,
  entering,
  excused,
  factsUntil,
  failed,
  goingOn,
  granted,
  leavingOpen,
  type Of,
  parked,
  unwinding,
} from './moves.ts'
import type { Plan } from './plan.ts'
import { POLICY } from './policy.ts'
import { assertNever } from './result.ts'
import { phaseAfter } from './route.ts'
import { DEFINITION_VERSION } from './version.ts'

/** An event that cannot follow: a defect of ours, never the provider's. */
export class IllegalEvent extends Error {
  override name = 'IllegalEvent'
  constructor(m: Migration, event: EventBody) {
    super(`${event.type} cannot follow ${columnOf(m)} (${m.id})`)
  }
}

/** A column of the table of moves: `running` before the proof, `proven` after it. */
export type Column = 'queued' | 'running' | 'proven' | 'unwinding' | 'needs_attention' | 'ended'

/** Which column of the table a migration stands in. */
export function columnOf(m: Migration): Column {
  if (isEnded(m)) return 'ended'
  return m.state === 'running' && m.proven ? 'proven' : m.state
}

/** The record that a `created` event alone leads to. */
export function firstRecord(event: Of<'created'>): Queued {
  return {
    id: event.id,
    definitionVersion: DEFINITION_VERSION,
    state: 'queued',
    createdAt: event.at,
    startedAt: null,
    plan: event.plan,
    retryOf: event.retryOf,
    round: 1,
    send: 0,
    attempt: 1,
    attemptsMax: CHECKS_MAX,
    setbacks: 0,
    facts: {},
    ledger: [],
    intent: null,
    lost: [],
    claims: [],
    redisRun: event.redisRun,
    events: 1,
    eventsMax: POLICY.eventsMax,
    lastFailure: null,
  }
}

/** How often the first checks are tried against an account that refuses them. */
const CHECKS_MAX = 3

/** The record after one more event. Pure and total: an event that cannot follow throws `IllegalEvent`. */
export function apply(m: Migration, event: Event): Migration {
  const next = moved(m, event)
  return { ...next, events: m.events + 1 }
}

/** The record that a whole history leads to; the first event must be `created`. */
export function fold(events: readonly Event[]): Migration {
  const [first, ...rest] = events
  if (first?.type !== 'created') throw new Error('a history begins with created')
  return rest.reduce<Migration>(apply, firstRecord(first))
}

type Move<Type extends EventType> = (m: Migration, event: Of<Type>) => Migration

function moved(m: Migration, event: Event): Migration {
  const move = MOVES[event.type] as Move<EventType>
  return move(m, event)
}

/** One move for each event. What is not named is illegal and throws. */
const MOVES: { readonly [Type in EventType]: Move<Type> } = {
  created: illegal,
  admitted: (m, event) => {
    if (m.state === 'queued') {
      const startedAt = m.startedAt ?? event.at
      const core = {
        ...entering(coreOf(m), event.phase),
        startedAt,
        plan: event.plan,
        facts: event.facts,
        claims: event.claims,
      }
      return { ...core, state: 'running', phase: event.phase, proven: false, recheck: false }
    }
    return columnOf(m) === 'running' ? { ...m, claims: event.claims } : illegal(m, event)
  },
  'checked-bad': (m, event) =>
    m.state === 'queued' ? failed(m, event.failure, event.at) : illegal(m, event),
  intended: (m, event) => {
    if (columnOf(m) !== 'running' || m.intent !== null) return illegal(m, event)
    const { intent, redisRun } = event
    // Another Redis may have forgotten a create of this round that no list showed yet: the last look asks again.
    const { phase, round } = intent
    const mark = event.forgotten === undefined ? {} : { forgotten: event.forgotten }
    const lost = redisRun === m.redisRun ? m.lost : [...m.lost, { phase, round, ...mark }]
    return { ...m, intent, lost, send: intent.send, redisRun }
  },
  disowned: (m, event) => {
    const next = disowning(m, event.found, event.at)
    // In unwinding this event says that the provider was seen to have stopped: whoever waits for the source may go.
    return next.state === 'unwinding' ? { ...next, claims: [] } : next
  },
  settled: (m, event) => {
    if (m.state !== 'queued' && m.intent?.id === event.intent) return closing(m, event)
    return isEnded(m) ? m : illegal(m, event)
  },
  'phase-completed': phaseCompleted,
  waited: (m, event) =>
    m.state === 'needs_attention' || isEnded(m) ? illegal(m, event) : excused(m, event.why),
  'attempt-failed': attemptFailed,
  'phase-limit-over': (m, event) => {
    if (m.state === 'unwinding') return endingOf(leavingOpen(m, 'limit'), m.cause, event.at)
    if (m.state !== 'running') return illegal(m, event)
    return m.proven
      ? { ...coreOf(leavingOpen(m, 'limit')), state: 'succeeded', endedAt: event.at }
      : parked(m, event.failure, event.at)
  },
  'proof-lost': (m, event) => {
    const facts = factsUntil(m.facts, event.phase)
    if (m.state === 'needs_attention') return { ...m, facts, phase: event.phase }
    if (m.state !== 'running' || m.proven) return illegal(m, event)
    const setbacks = m.setbacks + 1
    return { ...entering(m, event.phase), facts, setbacks, phase: event.phase, recheck: true, claims: [] }
  },
  'cancel-requested': (m, event) => {
    if (m.state === 'queued') return cancelled(m, event.at)
    if (m.state === 'needs_attention') return parkedCancelled(m, event.at)
    return m.state === 'running' && !m.proven ? unwinding(m, m.phase, { ending: 'cancelled' }) : m
  },
  // The API refuses it elsewhere; one that raced past is an event and nothing more.
  'retry-requested': (m) => (m.state === 'needs_attention' ? parkedRetried(m) : m),
  'park-limit-over': (m, event) =>
    m.state === 'needs_attention' ? parkedTooLong(m, event.at) : illegal(m, event),
  'ledger-settled': (m, event) => {
    if (m.state === 'unwinding') return endingOf(m, m.cause, event.at)
    return columnOf(m) === 'proven'
      ? { ...coreOf(m), state: 'succeeded', endedAt: event.at }
      : illegal(m, event)
  },
  kept: (m, event) => {
    const until = event.untilMs === null ? {} : { untilMs: event.untilMs }
    return changing(m, event.id, (item) => ({ ...item, state: 'kept', marked: true, ...until }))
  },
  removed: (m, event) =>
    event.ids.reduce(
      (all, id) => changing(all, id, ({ reason: _, ...item }) => ({ ...item, state: 'removed' })),
      m,
    ),
  left: (m, event) =>
    event.ids.reduce(
      (all, id) => changing(all, id, (item) => ({ ...item, state: 'left', reason: event.reason })),
      m,
    ),
  defect: (m, event) => {
    if (isEnded(m)) return m
    return m.state === 'needs_attention'
      ? { ...m, failure: event.failure, lastFailure: event.failure }
      : parked(m, event.failure, event.at)
  },
}

/** Whether this is the name of an event that this program knows. */
export function isEventType(type: unknown): type is EventType {
  return typeof type === 'string' && Object.hasOwn(MOVES, type)
}

function illegal(m: Migration, event: Event): never {
  throw new IllegalEvent(m, event)
}

function phaseCompleted(m: Migration, event: Of<'phase-completed'>): Migration {
  const next = phaseAfter(event.phase, m.plan.source.kind)
  if (m.state !== 'running' || m.proven || m.phase !== event.phase || next === null) return illegal(m, event)
  const made = event.made.reduce(
    (all, found) =>
      changing(known(all, found, event.at), found.thing.id, (item) => ({ ...item, state: 'made' })),
    m,
  )
  const intent = m.intent?.phase === m.phase ? null : m.intent
  const facts = { ...m.facts, ...event.facts }
  const onward = entering(disowning(made, event.extras, event.at), next)
  return {
    ...onward,
    phase: next,
    proven: event.phase === 'verify',
    recheck: false,
    facts,
    plan: sized(m.plan, facts),
    intent,
    claims: [],
  }
}

/** The plan with the size of the copy, once a phase has found it out. */
function sized(plan: Plan, { sizeBytes }: Facts): Plan {
  if (plan.copy.sizeBytes !== null || sizeBytes === undefined) return plan
  return { ...plan, copy: { ...plan.copy, sizeBytes: bytes(sizeBytes) } }
}

/** The thing stands in the ledger, whether it did before or not. */
function known<M extends Migration>(m: M, found: Of<'disowned'>['found'][number], at: number): M {
  if (m.ledger.some((item) => item.thing.id === found.thing.id)) return m
  return { ...m, ledger: [...m.ledger, { ...found, at, state: 'made' }] }
}

function attemptFailed(m: Migration, event: Of<'attempt-failed'>): Migration {
  const next = { ...disowning(m, event.disown, event.at), lastFailure: event.failure }
  if (next.state === 'queued')
    return event.then === 'again' ? again(next) : failed(next, event.failure, event.at)
  if (next.state === 'unwinding' || (next.state === 'running' && next.proven)) return goingOn(next, event)
  if (next.state !== 'running') return illegal(m, event)
  switch (event.then) {
    case 'again':
      return again(next)
    case 'park':
      return parked(next, event.failure, event.at)
    case 'unwind':
      return unwinding(next, next.phase, { ending: 'failed', failure: event.failure })
    default:
      return assertNever(event.then)
  }
}

function parkedCancelled(m: Parked, at: number): Migration {
  switch (m.parkedFrom) {
    case 'queued':
      return cancelled(m, at)
    case 'running':
      return unwinding(m, m.phase ?? 'inspect', { ending: 'cancelled' })
    case 'unwinding':
      return unwinding(m, m.phase ?? 'inspect', m.cause ?? { ending: 'cancelled' })
    case 'proven':
      return m
    default:
      return assertNever(m.parkedFrom)
  }
}

function parkedRetried(m: Parked): Migration {
  const core = granted({ ...coreOf(m), round: m.round + 1, attempt: 1, setbacks: 0 })
  const phase = m.phase ?? 'tidy'
  switch (m.parkedFrom) {
    case 'queued':
      return { ...core, state: 'queued' }
    case 'running':
      return { ...core, state: 'running', phase, proven: false, recheck: true }
    case 'proven':
      return { ...core, state: 'running', phase, proven: true, recheck: false }
    case 'unwinding':
      return {
        ...core,
        state: 'unwinding',
        phase,
        cause: m.cause ?? { ending: 'failed', failure: m.failure },
      }
    default:
      return assertNever(m.parkedFrom)
  }
}

function parkedTooLong(m: Parked, at: number): Migration {
  switch (m.parkedFrom) {
    case 'queued':
      return failed(m, m.failure, at)
    case 'running':
      return unwinding(m, m.phase ?? 'inspect', { ending: 'failed', failure: m.failure })
    case 'proven':
      return { ...coreOf(leavingOpen(m, 'defect')), state: 'succeeded', endedAt: at }
    case 'unwinding':
      return endingOf(leavingOpen(m, 'defect'), m.cause ?? { ending: 'failed', failure: m.failure }, at)
    default:
      return assertNever(m.parkedFrom)
  }
}
