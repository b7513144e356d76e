import {
  type Appended,
  type Change,
  copyOf,
  dueAt,
  holdsNaturalKey,
  isEnded,
  isSlot,
  type Migration,
  migrationId,
  PROBE_MS,
  rankOf,
  weightOf,
} from '@snapferry/migration'
import type { Redis } from 'ioredis'
import { LIVE_MAX, naturalText } from './create-record.ts'
import { entriesOf, memberOf, without } from './index-entries.ts'
import { keyOf } from './keys.ts'

/** Appends one change under its version, with claims, natural key, indexes and nudges, in one script, or nothing. */
export async function appendChange(
  redis: Redis,
  change: Change,
  o: { readonly sandbox: string; readonly leftoverRetryMs: number },
): Promise<Appended> {
  const { before, after } = change
  if (before.record.id !== after.id)
    throw new TypeError(`an append cannot turn ${before.record.id} into ${after.id}`)
  const left = without(entriesOf(before.record), entriesOf(after))
  const entered = without(entriesOf(after), entriesOf(before.record))
  const order = {
    ...orderOf(change, o),
    left: left.map((entry) => entry.member),
    entered: entered.map((entry) => entry.member),
  }
  const keys = [
    keyOf.record(after.id),
    keyOf.events(after.id),
    keyOf.nudges,
    keyOf.wake,
    keyOf.due,
    keyOf.clock,
    keyOf.live,
    keyOf.claims,
    keyOf.naturals,
    keyOf.waiters,
    keyOf.budgets,
    keyOf.slots,
    keyOf.holds,
    keyOf.lifted,
    keyOf.worked,
    keyOf.copies,
    ...[...left, ...entered].map((entry) => entry.key),
  ]
  const texts = [after, change.pulse, ...change.events].map((value) => JSON.stringify(value))
  return appendedOf(await redis.sfAppend(keys.length, ...keys, JSON.stringify(order), ...texts))
}

/** The claims a record holds: an ending holds none, whatever it names. */
export function claimsOf(m: Migration): readonly string[] {
  return isEnded(m) ? [] : m.claims
}

function orderOf(change: Change, o: { readonly sandbox: string; readonly leftoverRetryMs: number }) {
  const { before, after, pulse } = change
  const had = claimsOf(before.record)
  const has = claimsOf(after)
  const take = has.filter((claim) => !had.includes(claim))
  const released = had.filter((claim) => !has.includes(claim))
  return {
    id: after.id,
    sandbox: o.sandbox,
    v: String(before.pulse.v),
    age: memberOf(rankOf(after), after.id),
    wakeAt: pulse.wakeAt,
    closing: change.closing,
    nudges: before.nudges,
    nudge: change.nudge,
    take: take.filter((claim) => !isSlot(claim)),
    release: released.filter((claim) => !isSlot(claim)),
    slots: take.filter(isSlot),
    leave: released.filter(isSlot),
    // Of what cannot be thought about nothing is read that is not needed: it must still be possible to park it.
    weight: take.some(isSlot) ? weightOf(after) : 0,
    naturals: [...new Set([naturalText(before.record), naturalText(after)])],
    holdsNatural: holdsNaturalKey(after),
    // A parked migration that is retried is answered at once; it does not stand in line.
    mayWait: holdsNaturalKey(before.record),
    keepsWaiting: take.length === 0 && stillAtTheDoor(before.record, after) && isInLine(change),
    ended: isEnded(after),
    dueAt: dueAt(after, o.leftoverRetryMs, before.now) ?? -1,
    liveMax: LIVE_MAX,
    ...holdingOf(change),
    ...copyText(before.record, after),
  }
}

/** What an append says of holds and of calls that have worked. */
function holdingOf({ raise, lift = [], stand = '', worked = [] }: Change) {
  if (raise === undefined) return { lift, stand, worked }
  const { worked: _, ...fresh } = raise
  const probeMs = PROBE_MS
  return { lift, stand, worked, probeMs, raise: { ...fresh, by: null, probe: null } }
}

/** The copy for the catalogue, when this append proves one or changes what is known of it. */
function copyText(before: Migration, after: Migration) {
  const copy = copyOf(after)
  if (copy === null || copyOf(before) !== null) return {}
  return { copy: { id: copy.id, text: JSON.stringify(copy) } }
}

/** Whether its reason to wait is a line: under a hold, say, it would keep others from a place that it does not take. */
function isInLine({ pulse, closing }: Change): boolean {
  const code = pulse.why?.code
  return !closing || code === undefined || code === 'source-claimed' || code === 'budget-full'
}

/** Whether a migration that stands in line for a claim still wants it after an append. */
function stillAtTheDoor(before: Migration, after: Migration): boolean {
  if (before.state === 'queued') return after.state === 'queued'
  return before.state === 'running' && after.state === 'running' && before.phase === after.phase
}

function appendedOf([outcome, ...rest]: (string | number)[]): Appended {
  const [first, second, third] = rest
  switch (outcome) {
    case 'appended':
      return { outcome, v: Number(first), now: Number(second), wakeAt: Number(third) }
    case 'overtaken':
      return { outcome }
    case 'full':
      return {
        outcome,
        slot: String(first),
        used: Number(second),
        limit: Number(third),
        ahead: Number(rest[3]),
      }
    case 'claimed':
      return { outcome, claim: String(first), by: migrationId(String(second)) }
    default:
      throw new Error(`the append script answered ${outcome}`)
  }
}
