import {
  type Appended,
  type Change,
  dueAt,
  holdsNaturalKey,
  isEnded,
  type Migration,
  naturalKey,
  POLICY,
} from '@snapferry/migration'
import type { Memory } from './memory.ts'
import { type Row, withEvents } from './row.ts'

/** Appends one change under its version, with claims, natural keys, waiters and nudges, or nothing of it. */
export function appendRow(memory: Memory, change: Change): Appended {
  const { before, after } = change
  const { id } = after
  if (before.record.id !== id) throw new TypeError(`an append cannot turn ${before.record.id} into ${id}`)
  const row = memory.rows.get(id)
  const isStale = row === undefined || before.redisRun !== memory.redisRun || before.pulse.v !== row.pulse.v
  if (isStale) return { outcome: 'overtaken' }
  const naturals = [...new Set([...row.naturals, naturalKey(before.record.plan), naturalKey(after.plan)])]
  const had = claimsOf(before.record)
  const has = claimsOf(after)
  const taken = has.filter((claim) => !had.includes(claim))
  for (const claim of taken) {
    const by = memory.claims.get(claim)
    if (by !== undefined && by !== id) return refuse(memory, row, claim, by)
  }
  for (const key of holdsNaturalKey(after) ? naturals : []) {
    const by = memory.naturals.get(key)
    if (by !== undefined && by !== id) return refuse(memory, row, key, by)
  }
  const now = memory.clock()
  const wakeAt = settleNudges(memory, change, now)
  const waits = taken.length === 0 && stillAtTheDoor(before.record, after) ? row.waits : null
  // As the real one reads it back: where a nudge cut the sleep short there was no planned sleep.
  const slept = wakeAt === change.pulse.wakeAt ? change.pulse : { ...change.pulse, wakeAt, plannedMs: 0 }
  const pulse = { ...slept, v: row.pulse.v + 1 }
  const due = isEnded(after) ? dueAt(after, POLICY.leftoverRetryMs, before.now) : null
  memory.rows.set(id, {
    ...row,
    record: after,
    pulse,
    naturals,
    waits,
    due,
    ...withEvents(row, change.events),
  })
  const released = had.filter((claim) => !has.includes(claim))
  hold(memory, after, { taken, released, naturals })
  return { outcome: 'appended', v: pulse.v, now, wakeAt }
}

/** The claims a record holds: an ending holds none, whatever it names. */
export function claimsOf(m: Migration): readonly string[] {
  return isEnded(m) ? [] : m.claims
}

/** What wants a claim that is held stands in line for it; a parked one that is retried is answered and no more. */
function refuse(memory: Memory, row: Row, claim: string, by: Row['record']['id']): Appended {
  if (holdsNaturalKey(row.record)) memory.rows.set(row.record.id, { ...row, waits: claim })
  return { outcome: 'claimed', claim, by }
}

/** A closing append clears the nudges it has read; any other makes it awake at once. */
function settleNudges(memory: Memory, { before, closing, nudge, pulse, after }: Change, now: number): number {
  let { wakeAt } = pulse
  if (closing) {
    if ((memory.nudges.get(after.id) ?? 0) === before.nudges) memory.nudges.delete(after.id)
    else wakeAt = now
  }
  if (!nudge) return wakeAt
  memory.nudge(after.id)
  return closing ? now : wakeAt
}

interface Holding {
  readonly taken: readonly string[]
  readonly released: readonly string[]
  readonly naturals: readonly string[]
}

function hold(memory: Memory, after: Migration, { taken, released, naturals }: Holding): void {
  for (const claim of taken) memory.claims.set(claim, after.id)
  for (const claim of released) if (memory.claims.get(claim) === after.id) memory.free(memory.claims, claim)
  const holds = holdsNaturalKey(after)
  for (const key of naturals) {
    const by = memory.naturals.get(key)
    if (holds && by === undefined) memory.naturals.set(key, after.id)
    else if (!holds && by === after.id) memory.free(memory.naturals, key)
  }
}

/** Whether a migration that stands in line for a claim still wants it after an append. */
function stillAtTheDoor(before: Migration, after: Migration): boolean {
  if (before.state === 'queued') return after.state === 'queued'
  return before.state === 'running' && after.state === 'running' && before.phase === after.phase
}
