import { apply } from './apply.ts'
import type { Event } from './event.ts'
import { found } from './failure.ts'
import type { Reading } from './journal.ts'
import { coreOf, type Ended, isEnded, type Migration, type Parked, type Pulse } from './migration.ts'
import type { Tick, WantsAppend } from './tick.ts'

/** How often a worker may die under one tick of a migration: bad luck does not strike the same tick so often. */
export const CRASHES_MAX = 5

const TEXT_LENGTH_MAX = 200
const SLEEP_MS = 3_600_000

/** The worker died under this migration: BullMQ counted it. */
export class Crashed extends Error {
  override name = 'Crashed'
}

/** Runs a pure step; what it throws is a defect of ours that belongs to this record, and parks it. */
export function thinking(reading: Reading, crashes: number, step: () => Tick): Tick {
  try {
    return step()
  } catch (cause) {
    return parking(reading, cause, crashes)
  }
}

/**
 * How often workers died under this migration since its last tick that closed, `crashes` being BullMQ's count now. BullMQ
 * counts from 0 again when the job was added anew.
 */
export function crashesSince({ crashes: before = 0 }: Pulse, crashes: number): number {
  return crashes < before ? crashes : crashes - before
}

/** Whether workers died so often under this migration that it must be the reason. Null when they did not. */
export function crashed(pulse: Pulse, crashes: number): Crashed | null {
  const since = crashesSince(pulse, crashes)
  if (since < CRASHES_MAX) return null
  return new Crashed(`The worker died ${since} times in a row while it moved this migration.`)
}

/**
 * Parks a record that we cannot think about. The patch bypasses the rules when the rules are what throws. What is
 * parked or ended already only sleeps: its events would tell the same thing for ever.
 */
export function parking(reading: Reading, cause: unknown, crashes: number): WantsAppend {
  const { record: m, now } = reading
  const text = cause instanceof Error ? cause.message : String(cause)
  const event: Event = { type: 'defect', at: now, failure: found('defect', text.slice(0, TEXT_LENGTH_MAX)) }
  const isStanding = isEnded(m) || m.state === 'needs_attention'
  const after = isStanding ? m : parked(m, event)
  const { v: _, ...before } = reading.pulse
  const pulse = { ...before, wakeAt: now + SLEEP_MS, plannedMs: SLEEP_MS, crashes }
  const events = isStanding ? [] : [event]
  const change = { before: reading, after, events, pulse, closing: true, nudge: false }
  return { wants: 'append', crashes, change, next: { to: 'park', cause } }
}

type Moving = Exclude<Migration, Ended | Parked>

function parked(m: Moving, event: Extract<Event, { type: 'defect' }>): Migration {
  try {
    return apply(m, event)
  } catch {
    return {
      ...coreOf(m),
      events: m.events + 1,
      state: 'needs_attention',
      phase: m.state === 'queued' ? null : m.phase,
      parkedFrom: m.state === 'running' && m.proven ? 'proven' : m.state,
      failure: event.failure,
      parkedAt: event.at,
      lastFailure: event.failure,
      cause: m.state === 'unwinding' ? m.cause : null,
    }
  }
}
