import {
  apply,
  bad,
  type Event,
  good,
  type Migration,
  type MigrationId,
  nextPulse,
  type Pulse,
  type Reading,
  type Result,
  requestCancel,
  requestRetry,
} from '@snapferry/migration'
import { type Accepted, accept, underWay } from './accept.ts'
import type { Idempotency } from './idempotency.ts'
import type { ApiNeeds } from './needs.ts'
import type { Principal } from './principal.ts'
import type { Refusal } from './refusal.ts'

/** A migration after it was steered. */
export interface Steered {
  readonly record: Migration
  readonly pulse: Pulse
}

/** What steering reads and writes; the rest of the API is not asked. */
export interface SteerNeeds {
  readonly journal: Pick<ApiNeeds['journal'], 'read' | 'append'>
  readonly telemetry: Pick<ApiNeeds['telemetry'], 'eventRecorded'>
}

/** How often a change is tried anew when the worker's append came first. */
const OVERTAKEN_MAX = 8

/** Asks a migration to stop and undo what it made. */
export async function cancel(
  needs: SteerNeeds,
  id: MigrationId,
  by: Pick<Principal, 'name'>,
): Promise<Result<Steered, Refusal>> {
  return steer(needs, id, (reading) => {
    const { record } = reading
    const verdict = requestCancel(record)
    switch (verdict) {
      case 'too-late':
        return bad({ code: 'too_late', detail: 'The copy is proven good: there is only forward from here.' })
      case 'ended':
        return bad({
          code: 'ended',
          detail: `It has ended: ${record.state}.`,
          fix: 'It has ended; there is nothing to cancel.',
        })
      case 'noted':
        // Already unwinding for a cancel: there is nothing to add.
        return good(isCancelling(record) ? null : { type: 'cancel-requested', at: reading.now, by: by.name })
      case 'allowed':
        return good({ type: 'cancel-requested', at: reading.now, by: by.name })
    }
  })
}

/** Moves a parked migration on, or makes a new one of a failed or cancelled one. */
export async function retry(
  needs: ApiNeeds,
  id: MigrationId,
  o: { readonly by: Principal; readonly idempotency: Idempotency | null },
): Promise<Result<Steered | Accepted, Refusal>> {
  const reading = await needs.journal.read(id)
  if (reading === null) return bad(notFound(id))
  if (requestRetry(reading.record) === 'anew') return anew(needs, id, o)
  return resume(needs, id, o.by)
}

/** Moves a parked migration on. */
export async function resume(
  needs: SteerNeeds,
  id: MigrationId,
  by: Pick<Principal, 'name'>,
): Promise<Result<Steered, Refusal>> {
  return steer(needs, id, ({ record, now }) => {
    if (requestRetry(record) === 'resume') return good({ type: 'retry-requested', at: now, by: by.name })
    if (record.state === 'succeeded') return bad({ code: 'ended', detail: 'It has succeeded.' })
    return bad({
      code: 'invalid_state',
      detail: `It is ${record.state}: only what is parked, failed or cancelled can be retried.`,
    })
  })
}

/** A new migration from the plan that was accepted then: what ticks filled in later is found out anew. */
async function anew(
  needs: ApiNeeds,
  retryOf: MigrationId,
  o: { readonly by: Principal; readonly idempotency: Idempotency | null },
): Promise<Result<Accepted, Refusal>> {
  const [first] = await needs.journal.events(retryOf, 0, 1)
  if (first?.type !== 'created') throw new Error(`the history of ${retryOf} does not begin with created`)
  return accept(needs, { plan: first.plan, retryOf, ...o })
}

/** The refusal of an id that names no migration. */
export function notFound(id: string): Refusal {
  return { code: 'not_found', detail: `No migration has the id ${id.slice(0, 60)}.` }
}

type Change = (reading: Reading) => Result<Event | null, Refusal>

/** Read, judge, append; when the worker was quicker, once more on what it wrote. */
async function steer(needs: SteerNeeds, id: MigrationId, change: Change): Promise<Result<Steered, Refusal>> {
  for (let tries = 0; tries < OVERTAKEN_MAX; tries++) {
    const before = await needs.journal.read(id)
    if (before === null) return bad(notFound(id))
    const event = change(before)
    if (!event.ok) return event
    if (event.value === null) return good(before)
    const after = apply(before.record, event.value)
    // What was learned begins the waiting anew: time waited before the request says nothing about what follows.
    const { pulse } = nextPulse(before.pulse, { events: [event.value], sleepMs: 0, why: null }, before.now)
    const appended = await needs.journal.append({
      before,
      after,
      events: [event.value],
      pulse,
      closing: false,
      nudge: true,
    })
    if (appended.outcome === 'claimed') return bad(underWay(appended.by))
    if (appended.outcome === 'appended') {
      needs.telemetry.eventRecorded(after, event.value)
      return good({ record: after, pulse: { ...pulse, v: appended.v, wakeAt: appended.wakeAt } })
    }
  }
  return bad({ code: 'too_busy', detail: 'The migration changes too quickly at this moment.' })
}

function isCancelling(m: Migration): boolean {
  return m.state === 'unwinding' && m.cause.ending === 'cancelled'
}
