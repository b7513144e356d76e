import { apply } from './apply.ts'
import { basisOf, type Grounds } from './basis.ts'
import { conclude } from './conclude.ts'
import { learnedLimitMs } from './deadline.ts'
import { decide } from './decide.ts'
import { type ActAnswer, becauseOf, becauseOfWait, type Moment, type Reason } from './decision.ts'
import type { Event, EventBody } from './event.ts'
import { endedByLook, endedByWrite, type Hold, probing, stopped, workedBy } from './hold.ts'
import type { Appended, Change, Reading } from './journal.ts'
import { isEnded, type Migration } from './migration.ts'
import { needs } from './needs.ts'
import { crashed, parking, thinking } from './parking.ts'
import { type Policy, SEND_GUARD_MS } from './policy.ts'
import { type Close, nextPulse, turnPulse } from './pulse.ts'
import type { Seen } from './question.ts'
import {
  begin,
  type Circumstances,
  type Closing,
  done,
  type Settling,
  type Tick,
  type WantsAppend,
  type WantsLook,
  type WantsRead,
  type WantsWrite,
} from './tick.ts'
import { isKnownVersion } from './version.ts'
import { standing, withheld } from './withhold.ts'

/** How long a record of another program's rules is left alone: a fleet is renewed in minutes. */
const LEFT_ALONE_MS = 5 * 60_000
/** Looks take seconds; a process that was frozen for longer looks again instead of trusting what it saw. */
const LOOKED_MS_MAX = 30_000
const LOOK_AGAIN_MS = 1_000
/** How often the outcome of a write is appended anew when other appends come first. */
const OVERTAKEN_MAX = 10
/** A claim that is held wakes its first waiters when it is released; this timer is the slow second way. */
const CLAIMED_SLEEP_MS = 60_000
/** The same for a place in a budget, for which many may wait for hours. */
const FULL_SLEEP_MS = 10 * 60_000

/** The record was read: is it ours, is it time, and what does it want to see? `dice`: a roll in [0, 1) for the whole tick. */
export function afterRead(tick: WantsRead, reading: Reading | null, at: Circumstances, dice: number): Tick {
  if (reading === null) return done(tick.settling === null ? 'ended' : 0)
  const { record: m, pulse, now } = reading
  if (!isKnownVersion(m.definitionVersion)) return { ...done(LEFT_ALONE_MS), leftAlone: m }
  const { crashes, settling } = tick
  if (settling !== null) return settled(reading, settling, crashes, at)
  const early = pulse.wakeAt - now
  if (early > 0 && reading.nudges === 0) return done(isEnded(m) ? 'ended' : early)
  const deaths = crashed(pulse, crashes)
  if (deaths !== null) return parking(reading, deaths, crashes)
  const startedMs = at.monotonicMs
  return thinking(reading, crashes, () => {
    const moment = momentOf(reading, dice)
    const question = probing(m, needs(m, moment), holdsOf(reading))
    const hold = stopped(m, question, holdsOf(reading))
    if (hold === null) return { wants: 'look', crashes, reading, question, dice, startedMs }
    const { sleepMs, why } = standing(hold, moment)
    const grounds = { moment, seen: null, answer: null, because: becauseOfWait(why), hold }
    return closing(reading, { events: [], sleepMs, why }, grounds, crashes, { stand: hold.name })
  })
}

/** It is not to look now, for a reason that stands in no record: it waits `sleepMs`. */
export function turnedAway({ reading, crashes, dice }: WantsLook, why: Reason, sleepMs: number): WantsAppend {
  const because = becauseOfWait(why)
  const grounds = { moment: momentOf(reading, dice), seen: null, answer: null, because }
  return closing(reading, { events: [], sleepMs, why }, grounds, crashes)
}

/**
 * It is not to look now but at `turnAt`, when its turn comes to call the provider. That is no reason of its own to wait:
 * what it waits for stays as it is, and nothing is told.
 */
export function awaitingTurn({ reading, crashes, dice }: WantsLook, turnAt: number): WantsAppend {
  const { now } = reading
  const because = becauseOfWait({ code: 'call-limit', text: 'Its turn to call the provider has not come.' })
  const grounds = { moment: momentOf(reading, dice), seen: null, answer: null, because }
  const pulse = { ...turnPulse(reading.pulse, turnAt, now), crashes }
  const told = toldOf(reading, [], grounds)
  const change = changeOf(reading, told, { ...pulse, kept: told.kept }, true)
  return { wants: 'append', crashes, change, next: { to: 'close', grounds } }
}

/** This worker was not given the profile: the migration waits for one that was. */
export function withoutProfile(tick: WantsLook, profile: string): WantsAppend {
  const text = `This worker has no profile ${profile}.`
  return turnedAway(tick, { code: 'profile-unknown', text }, LEFT_ALONE_MS)
}

/** It was looked at (null: the look was given up): what is to be done? */
export function afterLook(tick: WantsLook, seen: Seen | null, at: Circumstances): Tick {
  if (seen === null) return done(0)
  const { reading, crashes, dice } = tick
  const lookedMs = Math.round(at.monotonicMs - tick.startedMs)
  if (lookedMs > LOOKED_MS_MAX) return done(LOOK_AGAIN_MS)
  // What is decided and announced now is as old as now, not as the reading.
  const decided = { ...reading, now: reading.now + lookedMs }
  return thinking(decided, crashes, () => {
    const moment = momentOf(decided, dice, at.policy)
    const { record: m } = decided
    const holds = holdsOf(decided)
    const wanted = decide(m, seen, at.policy, moment)
    const { decision, hold } = withheld(m, wanted, holds, at.policy, moment)
    const worked = decision.do === 'sleep' ? decision.hold?.worked : undefined
    const limitMs = m.state === 'running' ? (learnedLimitMs(m, at.policy) ?? undefined) : undefined
    const grounds = { moment, seen, answer: null, because: becauseOf(decision), hold, worked, limitMs }
    const lift = endedByLook(m, seen, holds)
    const more = hold === null ? { lift } : { lift, stand: hold.name }
    if (decision.do === 'sleep') return closing(decided, { ...decision, events: [] }, grounds, crashes, more)
    if (decision.do === 'record') return closing(decided, decision, grounds, crashes, more)
    const next = { to: 'write', act: decision.act, dice, grounds, fromMs: at.monotonicMs } as const
    if (decision.events.length === 0) return writing(decided, next, crashes, at)
    const told = toldOf(decided, decision.events, grounds)
    const { v: _, ...pulse } = decided.pulse
    const change = { ...changeOf(decided, told, { ...pulse, kept: told.kept }, false), ...given({ lift }) }
    return { wants: 'append', crashes, change, next }
  })
}

/** The journal answered to the change that a tick asked for. */
export function afterAppend(tick: WantsAppend, appended: Appended, at: Circumstances): Tick {
  const { change, next, crashes } = tick
  switch (next.to) {
    case 'write': {
      if (appended.outcome !== 'appended') return done(0)
      const { before, after } = change
      const pulse = { ...change.pulse, v: appended.v }
      const announced = { ...before, record: after, pulse, now: appended.now }
      const grounds = { ...next.grounds, seen: null }
      return writing(announced, { ...next, grounds }, crashes, at, before)
    }
    case 'close':
      if (appended.outcome === 'overtaken') return done(0)
      if (appended.outcome !== 'appended') return inLine(change.before, appended, next, crashes)
      return slept(change, appended)
    case 'settle':
      if (appended.outcome === 'appended') return slept(change, appended)
      if (appended.outcome !== 'overtaken') return inLine(change.before, appended, next, crashes)
      return next.tries >= OVERTAKEN_MAX ? done(0) : { ...begin(crashes), settling: next }
    case 'park':
      return appended.outcome === 'appended' ? slept(change, appended) : done(0)
  }
}

/** The write was made, refused or lost: what did it come to? */
export function afterWrite(tick: WantsWrite, answer: ActAnswer, at: Circumstances): Tick {
  const { act, dice, grounds, crashes } = tick
  const { v: _, kept: __, ...pulse } = tick.reading.pulse
  const decided = grounds.seen === null ? tick.decided : { ...tick.decided, pulse }
  const tookMs = Math.round(at.monotonicMs - tick.sentFromMs)
  const reading = { ...tick.reading, now: tick.reading.now + tookMs }
  const { redisRun } = reading
  const told = { act, answer, dice, redisRun, decided, grounds }
  const settling = { to: 'settle', tries: 0, ...told } as const
  return settled(reading, settling, crashes, at)
}

/** Records what a write came to, on whatever version the record has by now. */
function settled(reading: Reading, settling: Settling, crashes: number, { policy }: Circumstances): Tick {
  return thinking(reading, crashes, () => {
    const { act, answer, dice, redisRun } = settling
    const decided = redisRun === reading.redisRun ? settling.decided : { ...settling.decided, act }
    const moment = momentOf(reading, dice, policy)
    const ending = conclude(reading.record, act, answer, policy, moment)
    const { seen } = settling.grounds
    const worked = ending.hold?.worked
    const grounds = { moment, seen, answer: { came: answer, decided }, because: ending.because, worked }
    const lift = endedByWrite(reading.record, act, answer, holdsOf(reading))
    const tick = closing(reading, ending, grounds, crashes, { lift })
    return { ...tick, next: { ...settling, tries: settling.tries + 1 } }
  })
}

function writing(
  announced: Reading,
  { act, dice, grounds, fromMs }: Extract<WantsAppend['next'], { to: 'write' }>,
  crashes: number,
  { monotonicMs }: Circumstances,
  before: Reading = announced,
): WantsWrite {
  return {
    ...{ wants: 'write', crashes, reading: announced, act, dice, grounds },
    decided: { events: before.record.events, at: before.now },
    sentFromMs: monotonicMs,
    // An intent that took long to be recorded, or whose answer was heard late (a process that was frozen in between
    // measures nothing of that from here on), is older than it says: its re-send age would be over too soon.
    isFresh: announced.now - before.now < SEND_GUARD_MS && monotonicMs - fromMs < SEND_GUARD_MS,
  }
}

/** What an append says of holds besides. */
type Holding = Pick<Change, 'lift' | 'stand'>

/** Ends a tick: facts, pulse, holds and nudge in one append. */
function closing(
  reading: Reading,
  ending: Close,
  grounds: Grounds,
  crashes: number,
  holding: Holding = {},
): WantsAppend {
  const { record: m } = reading
  const { pulse, waited } = nextPulse(reading.pulse, ending, reading.now)
  // From one hold to another is no news: who stands under two would tell of them in turns, until it has too many events.
  const isNews = !(isHeld(reading.pulse.why) && isHeld(pulse.why))
  const isStanding = isEnded(m) || m.state === 'needs_attention'
  const isTold = waited !== null && isNews && ending.events.length === 0 && !isStanding
  const told = toldOf(reading, isTold ? [waited] : ending.events, grounds)
  const change = changeOf(reading, told, { ...pulse, crashes, kept: told.kept }, true)
  const raise = ending.hold === undefined ? {} : { raise: ending.hold }
  return {
    wants: 'append',
    crashes,
    change: { ...change, ...given(holding), ...raise },
    next: { to: 'close', grounds },
  }
}

function isHeld(why: Reason | null): boolean {
  return why?.code.startsWith('hold-') === true
}

/** An empty list of lifts is left out: most appends have none. */
function given({ lift = [], ...rest }: Holding): Holding {
  return lift.length === 0 ? rest : { ...rest, lift }
}

/** A claim is another's, or a budget has no place: the migration stands in line. */
function inLine(
  before: Reading,
  refused: Extract<Appended, { outcome: 'claimed' | 'full' }>,
  { grounds }: Closing | Settling,
  crashes: number,
): WantsAppend {
  const why = whyInLine(refused)
  const sleepMs = refused.outcome === 'full' ? FULL_SLEEP_MS : CLAIMED_SLEEP_MS
  return closing(before, { events: [], sleepMs, why }, { ...grounds, because: becauseOfWait(why) }, crashes)
}

function whyInLine(refused: Extract<Appended, { outcome: 'claimed' | 'full' }>): Reason {
  if (refused.outcome === 'claimed')
    return { code: 'source-claimed', text: `${refused.by} is exporting this source; one export at a time.` }
  const { slot, used, limit, ahead } = refused
  return {
    code: 'budget-full',
    text: `The budget ${slot} is used up: ${used} of ${limit}; ${ahead} stand before it.`,
  }
}

function slept({ after }: Change, { wakeAt, now }: Extract<Appended, { outcome: 'appended' }>): Tick {
  return done(isEnded(after) ? 'ended' : Math.max(0, wakeAt - now))
}

interface Told {
  readonly events: readonly Event[]
  readonly after: Migration
  readonly kept: string
}

/** The events of one append with what they were decided from, and the record they lead to. */
function toldOf({ record, pulse, now }: Reading, bodies: readonly EventBody[], grounds: Grounds): Told {
  const { kept = '' } = pulse
  if (bodies.length === 0) return { events: [], after: record, kept }
  const { basis, kept: mark } = basisOf(record, grounds)
  const events = bodies.map((body, at): Event => ({ ...body, at: now, ...(at === 0 ? { basis } : {}) }))
  return { events, after: events.reduce(apply, record), kept: mark }
}

function changeOf(
  before: Reading,
  { events, after }: Told,
  pulse: Change['pulse'],
  isClosing: boolean,
): Change {
  const worked = events.flatMap((event) => workedBy(before.record, event))
  const change = { before, after, events, pulse, closing: isClosing, nudge: false }
  return worked.length === 0 ? change : { ...change, worked }
}

function momentOf({ now, redisRun, pulse }: Reading, dice: number, { worked }: Partial<Policy> = {}): Moment {
  return worked === undefined ? { now, redisRun, pulse, dice } : { now, redisRun, pulse, dice, worked }
}

function holdsOf({ holds = [] }: Reading): readonly Hold[] {
  return holds
}
