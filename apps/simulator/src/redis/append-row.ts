import {
  type Appended,
  type Change,
  copyOf,
  dueAt,
  holdsNaturalKey,
  isEnded,
  isSlot,
  type Migration,
  naturalKey,
  POLICY,
  weightOf,
} from '@snapferry/migration'
import { endHold, raiseHold } from './hold-table.ts'
import type { Memory } from './memory.ts'
import { fullFor, leavePlace, takePlace, wakeLine, wakeNext } from './places.ts'
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
  const refused = refusal(memory, row, { taken, naturals: holdsNaturalKey(after) ? naturals : [], after })
  if (refused !== null) return refused
  const now = memory.clock()
  const wakeAt = settleNudges(memory, change, now)
  const stays = change.stand === undefined && taken.length === 0 && staysInLine(change)
  const waits = stays ? row.waits : change.stand === undefined ? null : `hold:${change.stand}`
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
  if (!stays) tellLine(memory, row, waits, taken.some(isSlot))
  keepHolds(memory, change, now)
  return { outcome: 'appended', v: pulse.v, now, wakeAt }
}

interface Wanted {
  readonly taken: readonly string[]
  readonly naturals: readonly string[]
  readonly after: Migration
}

/** Why a change cannot be taken: a claim or a natural key is another's, or a budget is full. */
function refusal(memory: Memory, row: Row, { taken, naturals, after }: Wanted): Appended | null {
  const { id } = after
  for (const claim of taken) {
    const by = isSlot(claim) ? undefined : memory.claims.get(claim)
    if (by !== undefined && by !== id) return refuse(memory, row, claim, { outcome: 'claimed', claim, by })
  }
  for (const slot of taken.filter(isSlot)) {
    const full = fullFor(memory, slot, row, after)
    if (full !== null) return refuse(memory, row, slot, full)
  }
  for (const claim of naturals) {
    const by = memory.naturals.get(claim)
    if (by !== undefined && by !== id) return refuse(memory, row, claim, { outcome: 'claimed', claim, by })
  }
  return null
}

/** The claims a record holds: an ending holds none, whatever it names. */
export function claimsOf(m: Migration): readonly string[] {
  return isEnded(m) ? [] : m.claims
}

/** What wants a claim or a place stands in line for it; a parked one that is retried is answered and no more. */
function refuse(memory: Memory, row: Row, line: string, answer: Appended): Appended {
  if (!holdsNaturalKey(row.record)) return answer
  memory.rows.set(row.record.id, { ...row, waits: line })
  tellLine(memory, row, line, false)
  return answer
}

/** Whoever leaves a budget's line leaves it to the next: it may have been the one that was woken. */
function tellLine(memory: Memory, { waits: line }: Row, other: string | null, hasSat: boolean): void {
  if (line !== null && line !== other && isSlot(line)) wakeNext(memory, line, other === null && hasSat)
}

/** What an append says of holds, of calls that have worked and of a copy that is proven. */
function keepHolds(memory: Memory, change: Change, now: number): void {
  const { before, after, raise, lift = [], worked = [] } = change
  if (raise !== undefined) raiseHold(memory, raise, now, after.id)
  for (const name of lift) endHold(memory, name, after.id)
  for (const key of worked) memory.worked.set(key, now)
  const copy = copyOf(before.record) === null ? copyOf(after) : null
  if (copy !== null) memory.copies.set(copy.id, copy)
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
  for (const claim of taken) {
    if (isSlot(claim)) takePlace(memory, claim, after, weightOf(after))
    else memory.claims.set(claim, after.id)
  }
  for (const claim of released) {
    if (isSlot(claim)) {
      if (leavePlace(memory, claim, after.id)) wakeLine(memory, claim)
    } else if (memory.claims.get(claim) === after.id) memory.free(memory.claims, claim)
  }
  const holds = holdsNaturalKey(after)
  for (const key of naturals) {
    const by = memory.naturals.get(key)
    if (holds && by === undefined) memory.naturals.set(key, after.id)
    else if (!holds && by === after.id) memory.free(memory.naturals, key)
  }
}

/** Whether a migration that stands in a line stays there: it still wants that, and waits for nothing else. */
function staysInLine({ before, after, closing, pulse }: Change): boolean {
  const code = pulse.why?.code
  const isInLine = !closing || code === undefined || code === 'source-claimed' || code === 'budget-full'
  return isInLine && stillAtTheDoor(before.record, after)
}

function stillAtTheDoor(before: Migration, after: Migration): boolean {
  if (before.state === 'queued') return after.state === 'queued'
  return before.state === 'running' && after.state === 'running' && before.phase === after.phase
}
