import {
  type Act,
  type ActAnswer,
  apply,
  type Close,
  conclude,
  decide,
  type Event,
  type EventBody,
  isEnded,
  type Looks,
  type Migration,
  type Moment,
  needs,
  nextPulse,
  observe,
  type Policy,
  perform,
  REREAD_GUARD_MS,
  type Reading,
  SEND_GUARD_MS,
  type WritesFor,
} from '../../src/index.ts'
import type { MemoryJournal } from './memory-journal.ts'

/** What one tick stands on in this world. */
export interface Deck {
  readonly journal: MemoryJournal
  readonly looks: Looks
  readonly writesFor: WritesFor
  readonly policy: Policy
  now(): number
  dice(): number
}

/** Where a tick may be frozen, killed or overtaken. */
export type Pause = 'read' | 'seen' | 'announced' | 'written'
/** How long to sleep, or that there is nothing more to do. */
export type Sleep = number | 'ended'

const CLAIMED_SLEEP_MS = 60_000
/** What was seen longer ago is looked at again. */
const SEEN_AGE_MAX_MS = 10_000

/**
 * The tick of the worker, on memory, cut open between its steps so that a scheduler can freeze it there.
 * It has to stay in step with the worker's own.
 */
export async function* tick(deck: Deck): AsyncGenerator<Pause, Sleep> {
  const reading = deck.journal.read(deck.now())
  const { record: m, redisRun, pulse } = reading
  const early = pulse.wakeAt - reading.now
  if (early > 0 && reading.nudges === 0) return isEnded(m) ? 'ended' : early
  const moment: Moment = { now: reading.now, redisRun, pulse, dice: deck.dice() }
  yield 'read'
  const seen = await observe(needs(m, moment), deck.looks)
  yield 'seen'
  // What was seen long ago is no ground for a write, and an intent is as old as the look that led to it.
  const now = deck.now()
  if (now - reading.now > SEEN_AGE_MAX_MS) return 0
  const decision = decide(m, seen, deck.policy, { ...moment, now })
  if (decision.do === 'sleep') return close(deck, reading, { ...decision, events: [] })
  if (decision.do === 'record') return close(deck, reading, decision)
  const announced = announce(deck, { ...reading, now }, decision.events)
  if (announced === null) return 0
  const sentFrom = deck.now()
  yield 'announced'
  const isCreate = 'intent' in decision.act
  const limitMs = isCreate ? SEND_GUARD_MS : REREAD_GUARD_MS
  const answer = await perform(decision.act, () => {
    const from = isCreate ? sentFrom : deck.now()
    return deck.writesFor(() => deck.now() - from < limitMs)
  })
  yield 'written'
  return settle(deck, announced, decision.act, answer)
}

function announce(deck: Deck, reading: Reading, bodies: readonly EventBody[]): Reading | null {
  if (bodies.length === 0) return reading
  const { events, after } = told(reading.record, bodies, reading.now)
  const { v: _, ...pulse } = reading.pulse
  const change = { before: reading, after, events, pulse, closing: false, nudge: false }
  const appended = deck.journal.append(change, deck.now())
  if (appended.outcome !== 'appended') return null
  return { ...reading, record: after, pulse: { ...reading.pulse, v: appended.v }, now: appended.now }
}

function settle(deck: Deck, announced: Reading, act: Act, answer: ActAnswer): Sleep {
  let reading = announced
  for (let tries = 0; tries < 10; tries++) {
    const { record: m, pulse, now, redisRun } = reading
    const ending = conclude(m, act, answer, deck.policy, { now, redisRun, pulse, dice: deck.dice() })
    const closed = tryClose(deck, reading, ending)
    if (closed !== 'overtaken') return closed
    reading = deck.journal.read(deck.now())
  }
  return 0
}

function close(deck: Deck, reading: Reading, ending: Close): Sleep {
  const closed = tryClose(deck, reading, ending)
  return closed === 'overtaken' ? 0 : closed
}

function tryClose(deck: Deck, reading: Reading, ending: Close): Sleep | 'overtaken' {
  const { record: m } = reading
  const { pulse, waited } = nextPulse(reading.pulse, ending, reading.now)
  const isTold = waited !== null && ending.events.length === 0 && !isEnded(m) && m.state !== 'needs_attention'
  const { events, after } = told(m, isTold ? [waited] : ending.events, reading.now)
  const change = { before: reading, after, events, pulse, closing: true, nudge: false }
  const appended = deck.journal.append(change, deck.now())
  switch (appended.outcome) {
    case 'overtaken':
      return 'overtaken'
    case 'claimed': {
      const why = { code: 'source-claimed', text: `${appended.by} is exporting this source.` } as const
      return tryClose(deck, reading, { events: [], sleepMs: CLAIMED_SLEEP_MS, why })
    }
    case 'appended':
      return isEnded(after) ? 'ended' : Math.max(0, appended.wakeAt - appended.now)
  }
}

function told(m: Migration, bodies: readonly EventBody[], at: number): { events: Event[]; after: Migration } {
  const events = bodies.map((body): Event => ({ ...body, at }))
  return { events, after: events.reduce(apply, m) }
}
