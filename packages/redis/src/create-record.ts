import { type Created, type Event, type Migration, migrationId, naturalKey } from '@snapferry/migration'
import type { Redis } from 'ioredis'
import { entriesOf } from './index-entries.ts'
import { keyOf } from './keys.ts'
import type { PulseText } from './record-text.ts'

/** How long an idempotency key is remembered, milliseconds: 48 h. A derived id repeats for ever. */
export const IDEMPOTENCY_MS = 48 * 3_600_000

/** Entries kept in the stream of live events, approximately. */
export const LIVE_MAX = 10_000

/** Awake from the start: the script writes when that is. */
const FIRST_PULSE: PulseText = { wakeAt: 0, plannedMs: 0, waitedMs: 0, looks: 0, why: null }

/** Writes record, first event, indexes, idempotency key, natural key and nudge in one script, or nothing. */
export async function createRecord(
  redis: Redis,
  first: Migration,
  event: Event,
  o: { readonly idempotency: { key: string; fingerprint: string } | null; readonly sandbox: string },
): Promise<Created> {
  const entries = entriesOf(first)
  const order = {
    id: first.id,
    sandbox: o.sandbox,
    natural: naturalText(first),
    fingerprint: o.idempotency?.fingerprint ?? '',
    keptMs: IDEMPOTENCY_MS,
    liveMax: LIVE_MAX,
    members: entries.map((entry) => entry.member),
  }
  const keys = [
    keyOf.record(first.id),
    keyOf.events(first.id),
    keyOf.nudges,
    keyOf.wake,
    keyOf.clock,
    keyOf.live,
    keyOf.naturals,
    keyOf.idempotency(o.idempotency?.key ?? ''),
    ...entries.map((entry) => entry.key),
  ]
  const args = [
    JSON.stringify(order),
    JSON.stringify(first),
    JSON.stringify(event),
    JSON.stringify(FIRST_PULSE),
  ]
  return createdOf(await redis.sfCreate(keys.length, ...keys, ...args))
}

/** The natural key as stored: the script's JSON reader refuses text that is not well-formed. */
export function naturalText(m: Migration): string {
  return naturalKey(m.plan).toWellFormed()
}

function createdOf([outcome, what]: [string, string | number]): Created {
  switch (outcome) {
    case 'created':
      return { outcome, now: Number(what) }
    case 'known':
    case 'under-way':
      return { outcome, id: migrationId(String(what)) }
    case 'key-reused':
      return { outcome }
    default:
      throw new Error(`the create script answered ${outcome}`)
  }
}
