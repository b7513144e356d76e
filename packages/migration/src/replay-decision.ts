import type { Basis, Decided } from './basis.ts'
import type { Because } from './because.ts'
import type { Act } from './decision.ts'
import type { Event, EventBody } from './event.ts'
import type { Reading } from './journal.ts'
import type { Migration } from './migration.ts'
import type { Policy } from './policy.ts'
import type { Question, Seen } from './question.ts'
import { afterAppend, afterLook, afterRead, turnedAway } from './step.ts'
import { begin, type Circumstances, type Tick, type WantsAppend } from './tick.ts'
import { WHY, type WhyCode } from './why.ts'

/** What today's code decides on an old sight. */
export interface Today {
  readonly events: readonly EventBody[]
  /** Why; null when it cannot be decided again. */
  readonly because: Because | null
  /** In one sentence, why it cannot be decided again; null when it was. */
  readonly problem: string | null
}

/** One append as it was: its events, what they were decided from, and the whole sight. */
export interface Then {
  readonly events: readonly Event[]
  readonly basis: Basis
  readonly seen: Seen | null
}

/** What a write was decided from: the record of that moment, and its announcement when it had one. */
export interface WriteBasis {
  readonly record: Migration
  readonly announced: { readonly basis: Basis; readonly seen: Seen | null } | null
}

/** Decides one append once more, with the very steps of a tick. `before` is the record it was decided on. */
export function decideAnew(then: Then, before: Migration, write: WriteBasis | null, policy: Policy): Today {
  const { basis, events } = then
  const at: Circumstances = { monotonicMs: 0, policy: patienceOf(basis, policy) }
  const reading = readingOf(before, basis, events[0]?.at ?? 0)
  if (basis.answer === undefined) return decidedBy(lookedAt(then, reading, at), then, at)
  const { answer, decided, dice, because } = basis
  if (decided === undefined) return untold('What its write was decided from was not kept.')
  const act = decided.act ?? (write === null ? null : actAnew(then, write, decided, at))
  if (act === null) return untold('Today the write that this answers would not be made.')
  const { redisRun } = reading
  const moment = { now: reading.now, redisRun, pulse: reading.pulse, dice }
  const grounds = { moment, seen: null, answer: null, because }
  const told = { act, answer, dice, redisRun, decided, grounds }
  const settling = { to: 'settle', tries: 0, ending: null, ...told } as const
  return decidedBy(afterRead({ wants: 'read', crashes: 0, settling }, reading, at, dice), then, at)
}

/** The write that an answer belongs to, as today's code decides it; null when it decides something else. */
function actAnew(
  { basis, seen }: Then,
  { record, announced }: WriteBasis,
  decided: Decided,
  at: Circumstances,
): Act | null {
  const from = announced ?? { basis: { ...basis, pulse: decided.pulse ?? basis.pulse }, seen }
  const tick = lookedAt({ ...from, events: [] }, readingOf(record, from.basis, decided.at), at)
  if (tick.wants === 'write') return tick.act
  return tick.wants === 'append' && tick.next.to === 'write' ? tick.next.act : null
}

/** Today's patience, in the mode of that day, with what had worked by then and the limit that was learned by then. */
function patienceOf({ because, worked, limitMs }: Basis, policy: Policy): Policy {
  const observe = because.rule === 'observing' ? { observe: true } : {}
  const limit = limitMs === undefined ? {} : { limitMs }
  return { ...policy, ...observe, ...limit, ...(worked === undefined ? {} : { worked }) }
}

function readingOf(record: Migration, { pulse, redisRun, hold }: Basis, now: number): Reading {
  const reading = { record, pulse: { ...pulse, v: 0 }, now, nudges: 1, redisRun: redisRun ?? record.redisRun }
  return hold === undefined ? reading : { ...reading, holds: [hold] }
}

/** A tick up to what it makes of its sight. Without a sight it was turned away, for a reason that no record holds. */
function lookedAt({ basis, seen }: Then, reading: Reading, at: Circumstances): Tick {
  const tick = afterRead(begin(basis.pulse.crashes ?? 0), reading, at, basis.dice)
  if (tick.wants !== 'look') return tick
  if (seen === null)
    return turnedAway(tick, { code: whyCode(basis.because.rule), text: basis.because.text }, 0)
  const missing = missingIn(tick.question, seen)
  const decided = afterLook(tick, seen, at)
  return missing.length > 0 && isDefect(decided)
    ? { ...tick, question: pick(tick.question, missing) }
    : decided
}

function whyCode(rule: string): WhyCode {
  return Object.hasOwn(WHY, rule) ? (rule as WhyCode) : 'profile-unknown'
}

function missingIn(question: Question, seen: Seen): readonly string[] {
  return Object.keys(question).filter((slot) => !(slot in seen))
}

function pick(question: Question, names: readonly string[]): Question {
  return Object.fromEntries(Object.entries(question).filter(([name]) => names.includes(name)))
}

function isDefect(tick: Tick): boolean {
  return tick.wants === 'append' && tick.next.to === 'park'
}

/** What a tick would append, and why. */
function decidedBy(tick: Tick, then: Then, at: Circumstances): Today {
  switch (tick.wants) {
    case 'append':
      return appended(claimedAsThen(tick, then, at))
    case 'write':
      return { events: [], because: tick.grounds.because, problem: null }
    case 'look':
      return untold(
        `Today it would look at ${Object.keys(tick.question).join(', ')} first, which nobody did then.`,
      )
    case 'read':
    case 'nothing':
      return untold('Today nothing would be decided here.')
  }
}

/** Whether the claim was another's, or a budget full, only the journal knew: today's decision meets the same answer, if it takes a claim. */
function claimedAsThen(tick: WantsAppend, { basis }: Then, at: Circumstances): WantsAppend {
  const { before, after } = tick.change
  const taken = after.claims.find((claim) => !before.record.claims.includes(claim))
  const { rule } = basis.because
  if ((rule !== 'source-claimed' && rule !== 'budget-full') || taken === undefined) return tick
  const waits =
    rule === 'source-claimed'
      ? afterAppend(tick, { outcome: 'claimed', claim: taken, by: after.id }, at)
      : afterAppend(tick, { outcome: 'full', slot: taken, used: 0, limit: 0, ahead: 0 }, at)
  return waits.wants === 'append' ? waits : tick
}

function appended({ change, next }: WantsAppend): Today {
  const { events } = change
  if (next.to === 'park') {
    const text = next.cause instanceof Error ? next.cause.message : String(next.cause)
    return untold(`Today it would park as a defect: ${text}`)
  }
  // What came of a write has a reason of its own, which stands at its event.
  return { events, because: events[0]?.basis?.because ?? next.grounds.because, problem: null }
}

function untold(problem: string): Today {
  return { events: [], because: null, problem }
}
