import {
  apply,
  coreOf,
  type Ended,
  type Event,
  found,
  isEnded,
  type Migration,
  type Parked,
  type Reading,
} from '@snapferry/migration'
import type { Sleep } from './advance.ts'
import type { Ferry } from './ferry.ts'

/** An error of ours while thinking about a record: never the provider's, never Redis's. */
export class Defect extends Error {
  override name = 'Defect'
}

/** Runs a pure step; what it throws is a defect of ours that belongs to this record. */
export function thinking<T>(step: () => T): T {
  try {
    return step()
  } catch (cause) {
    throw new Defect('thinking about a record', { cause })
  }
}

const TEXT_LENGTH_MAX = 200
const SLEEP_MS = 3_600_000

/**
 * Parks a record that we cannot think about. The patch bypasses the rules when the rules are what throws. What is
 * parked or ended already only sleeps: its events would tell the same thing for ever.
 */
export async function parkForDefect(reading: Reading, defect: Defect, ferry: Ferry): Promise<Sleep> {
  const { record: m, now } = reading
  ferry.defect(m, defect.cause)
  const text = defect.cause instanceof Error ? defect.cause.message : String(defect.cause)
  const event: Event = { type: 'defect', at: now, failure: found('defect', text.slice(0, TEXT_LENGTH_MAX)) }
  const isStanding = isEnded(m) || m.state === 'needs_attention'
  const after = isStanding ? m : parked(m, event)
  const events = isStanding ? [] : [event]
  const pulse = { ...reading.pulse, wakeAt: now + SLEEP_MS, plannedMs: SLEEP_MS }
  await ferry.journal.append({ before: reading, after, events, pulse, closing: true, nudge: false })
  return isEnded(m) ? 'ended' : SLEEP_MS
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
