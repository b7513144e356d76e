import { type Created, type Event, type Migration, naturalKey, type Pulse } from '@snapferry/migration'
import type { Memory } from './memory.ts'

/** Writes record, first event, idempotency key, natural key and nudge, or nothing: as the script of the real one. */
export function createRow(
  memory: Memory,
  first: Migration,
  event: Event,
  idempotency: { readonly key: string; readonly fingerprint: string } | null,
): Created {
  const { id } = first
  const fingerprint = idempotency?.fingerprint ?? ''
  const kept = idempotency === null ? undefined : memory.idempotency.get(idempotency.key)
  if (kept !== undefined)
    return kept.fingerprint === fingerprint ? { outcome: 'known', id: kept.id } : { outcome: 'key-reused' }
  const stored = memory.rows.get(id)
  if (stored !== undefined) {
    const isOther = fingerprint !== '' && stored.fingerprint !== '' && stored.fingerprint !== fingerprint
    return isOther ? { outcome: 'key-reused' } : { outcome: 'known', id }
  }
  const natural = naturalKey(first.plan)
  const holder = memory.naturals.get(natural)
  if (holder !== undefined) return { outcome: 'under-way', id: holder }
  const now = memory.clock()
  const pulse: Pulse = { v: 1, wakeAt: now, plannedMs: 0, waitedMs: 0, looks: 0, why: null }
  const fresh = { events: [event], count: 1, naturals: [natural], waits: null, due: null }
  const row = { record: first, pulse, fingerprint, ...fresh }
  memory.rows.set(id, row)
  memory.naturals.set(natural, id)
  if (idempotency !== null) memory.idempotency.set(idempotency.key, { fingerprint, id })
  memory.nudge(id)
  return { outcome: 'created', now }
}
