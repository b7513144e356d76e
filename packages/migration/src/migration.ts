import type { Facts, Intent } from './event.ts'
import type { Failure } from './failure.ts'
import type { MigrationId } from './ids.ts'
import type { Item } from './ledger.ts'
import type { Plan } from './plan.ts'
import type { Phase } from './route.ts'
import type { DEFINITION_VERSION } from './version.ts'
import type { Why } from './why.ts'

/** A create that was given up as never done. */
export interface Lost {
  readonly phase: Phase
  readonly round: number
  /** Redis was put back to an older state here: what it forgot may have other rounds. */
  readonly forgotten?: true
}

/** What every migration has, whatever its state. */
export interface Core {
  readonly id: MigrationId
  /** The rules this record was made under. */
  readonly definitionVersion: typeof DEFINITION_VERSION
  readonly createdAt: number
  /** When it first left `queued`. */
  readonly startedAt: number | null
  readonly plan: Plan
  readonly retryOf: MigrationId | null
  /** Grows with every phase entered, every failed attempt and every retry; never resets. */
  readonly round: number
  /** The number of the last write announced; never reused. */
  readonly send: number
  /** Attempts made in this phase, from 1; starts anew with each phase and each retry. */
  readonly attempt: number
  readonly attemptsMax: number
  /** How often a proof was lost and the way went back, since the last retry. Each counts as an attempt. */
  readonly setbacks: number
  readonly facts: Facts
  readonly ledger: readonly Item[]
  readonly intent: Intent | null
  /** Creates whose answer was lost and which no look found: only these can still turn up late. */
  readonly lost: readonly Lost[]
  /** Memberships it holds, such as the claim on its source. */
  readonly claims: readonly string[]
  /** `run_id` of the Redis under which every create up to now was looked up. */
  readonly redisRun: string
  /** Events so far, and how many it may have before it is taken for one that goes round in circles. */
  readonly events: number
  readonly eventsMax: number
  /** The last failed attempt, for people. */
  readonly lastFailure: Failure | null
}

/** Why a migration does not succeed: the first cause decides the ending. */
export type Cause =
  | { readonly ending: 'failed'; readonly failure: Failure }
  | { readonly ending: 'cancelled' }

/** From where a parked migration goes on. */
export type ParkedFrom = 'queued' | 'running' | 'proven' | 'unwinding'

export type Queued = Core & { readonly state: 'queued' }
/** `proven` is the point of no return: verify is recorded, there is only forward. `recheck`: proofs are looked at anew after a retry. */
export type Running = Core & {
  readonly state: 'running'
  readonly phase: Phase
  readonly proven: boolean
  readonly recheck: boolean
}
export type Unwinding = Core & { readonly state: 'unwinding'; readonly phase: Phase; readonly cause: Cause }
export type Parked = Core & {
  readonly state: 'needs_attention'
  readonly phase: Phase | null
  readonly parkedFrom: ParkedFrom
  readonly failure: Failure
  readonly parkedAt: number
  /** The cause it was unwinding for, when it was. */
  readonly cause: Cause | null
}
export type Succeeded = Core & { readonly state: 'succeeded'; readonly endedAt: number }
export type Failed = Core & { readonly state: 'failed'; readonly endedAt: number; readonly failure: Failure }
export type Cancelled = Core & { readonly state: 'cancelled'; readonly endedAt: number }

/** One migration, as its events say. A state carries exactly the fields it has. */
export type Migration = Queued | Running | Unwinding | Parked | Succeeded | Failed | Cancelled

/** The seven states. */
export type State = Migration['state']

/** All states, in the order of a life. */
export const STATES: readonly State[] = [
  'queued',
  'running',
  'unwinding',
  'needs_attention',
  'succeeded',
  'failed',
  'cancelled',
]

/** The states that are endings. */
export type Ended = Succeeded | Failed | Cancelled

/** Whether a migration has ended. */
export function isEnded(m: Migration): m is Ended {
  return m.state === 'succeeded' || m.state === 'failed' || m.state === 'cancelled'
}

/**
 * The fields of a record that events do not tell: its version, when to wake and after how long a sleep, how long it
 * waited since something was learned, how often it looked since then, and why it waits.
 * `crashes`: BullMQ's count of stalls at the last tick that closed. `kept`: fingerprint of the last sight kept in a basis.
 */
export interface Pulse {
  readonly v: number
  readonly wakeAt: number
  /** The sleep that `wakeAt` came from: at most twice this much counts as waited. */
  readonly plannedMs: number
  readonly waitedMs: number
  readonly looks: number
  readonly why: Why | null
  readonly crashes?: number
  readonly kept?: string
  /** Since when it has waited for longer than similar moves ever took. */
  readonly stalledSince?: number
  /** When its turn comes to call the provider; missing when it waits for none. */
  readonly turnAt?: number
}

/** The states in which a migration holds its natural key, so that no second one does the same work. */
export function holdsNaturalKey(m: Migration): boolean {
  return m.state === 'queued' || m.state === 'running' || m.state === 'unwinding'
}

/** When an ended migration has to be looked at again (a kept image is due, a leftover is tried again), or null. */
export function dueAt(m: Migration, leftoverRetryMs: number, now: number): number | null {
  if (!isEnded(m)) return null
  const times = m.ledger.flatMap((item) => {
    if (item.state === 'kept' && item.untilMs !== undefined) return [item.untilMs]
    if (item.state === 'disowned' || item.state === 'made') return [now]
    if (item.state === 'left' && item.reason !== 'copy-not-marked' && item.reason !== 'not-ours')
      return [now + leftoverRetryMs]
    return []
  })
  return times.length === 0 ? null : Math.min(...times)
}

/** What every state has, without what belongs to one state; memberships end with the state that held them. */
export function coreOf(m: Migration): Core {
  return {
    id: m.id,
    definitionVersion: m.definitionVersion,
    createdAt: m.createdAt,
    startedAt: m.startedAt,
    plan: m.plan,
    retryOf: m.retryOf,
    round: m.round,
    send: m.send,
    attempt: m.attempt,
    attemptsMax: m.attemptsMax,
    setbacks: m.setbacks,
    facts: m.facts,
    ledger: m.ledger,
    intent: m.intent,
    lost: m.lost,
    claims: [],
    redisRun: m.redisRun,
    events: m.events,
    eventsMax: m.eventsMax,
    lastFailure: m.lastFailure,
  }
}
