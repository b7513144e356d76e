import {
  bad,
  type Event,
  firstRecord,
  good,
  type Migration,
  type MigrationId,
  migrationIdOf,
  type Plan,
  type Pulse,
  type Result,
} from '@snapferry/migration'
import type { Idempotency } from './idempotency.ts'
import type { ApiNeeds } from './needs.ts'
import { preflight } from './preflight.ts'
import type { Principal } from './principal.ts'
import { type Refusal, retryAfter } from './refusal.ts'

/** What is to be accepted. */
export interface Offer {
  readonly plan: Plan
  readonly retryOf: MigrationId | null
  readonly by: Principal
  readonly idempotency: Idempotency | null
}

/** An accepted migration; `isReplay` when the same request made it before. */
export interface Accepted {
  readonly record: Migration
  readonly pulse: Pulse
  readonly isReplay: boolean
}

/** A key of a caller is good for so long: a Redis that has been up for less may have forgotten what it made. */
const KEY_LIFE_MS = 24 * 3_600_000

/** Checks, records and announces a migration, or says why not. Nothing is started here: the worker does that. */
export async function accept(needs: ApiNeeds, offer: Offer): Promise<Result<Accepted, Refusal>> {
  const { journal } = needs
  // A Redis that hangs is noticed here, before the provider is given its 3 seconds.
  await journal.clock()
  const id = offer.idempotency?.id ?? migrationIdOf(needs.entropy())
  // What a repeat names may be gone by now: it must find the migration it made, not the checks of today.
  const isKnown = offer.idempotency !== null && (await journal.read(id)) !== null
  const planned = isKnown ? good(offer.plan) : await preflight(offer.plan, needs)
  if (!planned.ok) return planned
  const { now, redisRun: connected, upMs } = await journal.clock()
  const { retryOf, by, idempotency } = offer
  // Under no Redis: the provider is asked for what this id made before, which a Redis put back has forgotten.
  const redisRun = idempotency !== null && upMs < KEY_LIFE_MS ? '' : connected
  const event = { type: 'created', at: now, id, plan: planned.value, redisRun, retryOf, by: by.name } as const
  const created = await create(needs, event, idempotency)
  return created.ok ? kept(needs, created.value) : created
}

/**
 * Answers only for what Redis confirmed to keep, a repeat included: the answer it repeats may be one that was refused
 * here. The migration exists all the same, and goes on.
 */
async function kept(needs: ApiNeeds, accepted: Accepted): Promise<Result<Accepted, Refusal>> {
  const { id } = accepted.record
  const confirmed = await needs.confirming.kept(id)
  if (confirmed.ok) return good(accepted)
  needs.telemetry.acceptanceNotKept(id, confirmed.failure)
  return bad({
    code: 'not_durable',
    detail: `${id} was recorded, but could still be lost: ${confirmed.failure}.`,
    migrationId: id,
    headers: retryAfter(needs.dice),
  })
}

async function create(
  needs: ApiNeeds,
  event: Extract<Event, { type: 'created' }>,
  idempotency: Idempotency | null,
): Promise<Result<Accepted, Refusal>> {
  const first = firstRecord(event)
  const created = await needs.journal.create(first, event, idempotency)
  switch (created.outcome) {
    case 'created':
      announce(needs, first, event.by)
      return good({ record: first, pulse: freshPulse(created.now), isReplay: false })
    case 'known': {
      const reading = await needs.journal.read(created.id)
      if (reading === null) throw new Error(`a known migration is not there: ${created.id}`)
      return good({ record: reading.record, pulse: reading.pulse, isReplay: true })
    }
    case 'key-reused':
      return bad({ code: 'key_reused', detail: 'This Idempotency-Key came before with another body.' })
    case 'under-way':
      return bad(underWay(created.id))
  }
}

/** The refusal of work that another migration is doing. */
export function underWay(id: MigrationId): Refusal {
  return {
    code: 'already_under_way',
    detail: `${id} carries this source to this zone and project already.`,
    migrationId: id,
  }
}

/** The script that created it nudged it: the job only makes the start quicker, so its failure is no failure. */
function announce({ telemetry, queue }: ApiNeeds, first: Migration, by: string): void {
  telemetry.migrationCreated(first, by)
  const left = (err: unknown) => telemetry.log.warn({ migrationId: first.id, err }, 'job left to the drain')
  queue.add(first.id).then((isAdded) => (isAdded ? undefined : left(undefined)), left)
}

function freshPulse(now: number): Pulse {
  return { v: 1, wakeAt: now, plannedMs: 0, waitedMs: 0, looks: 0, why: null }
}
