import {
  type Act,
  type ActAnswer,
  apply,
  type Close,
  conclude,
  type Event,
  type EventBody,
  isEnded,
  type Migration,
  nextPulse,
  type Reading,
} from '@snapferry/migration'
import type { Sleep } from './advance.ts'
import { thinking } from './defect.ts'
import type { Ferry } from './ferry.ts'

/** How often the outcome of a write is appended anew when other appends come first. */
const OVERTAKEN_MAX = 10
/** A claim that is held wakes its first waiters when it is released; this timer is the slow second way. */
const CLAIMED_SLEEP_MS = 60_000

/** Announces what will be written. Null when another append came first: the decision is dead, read again. */
export async function announce(
  reading: Reading,
  bodies: readonly EventBody[],
  ferry: Ferry,
): Promise<Reading | null> {
  if (bodies.length === 0) return reading
  const events = bodies.map((body): Event => ({ ...body, at: reading.now }))
  const after = folded(reading.record, events)
  const { v: _, ...pulse } = reading.pulse
  const appended = await ferry.journal.append({
    before: reading,
    after,
    events,
    pulse,
    closing: false,
    nudge: false,
  })
  if (appended.outcome !== 'appended') return null
  tell(reading.record, events, ferry)
  return { ...reading, record: after, pulse: { ...reading.pulse, v: appended.v }, now: appended.now }
}

/** Ends a tick: facts, pulse and nudge in one append. Overtaken means that somebody knows better: look again at once. */
export async function close(reading: Reading, ending: Close, ferry: Ferry): Promise<Sleep> {
  const closed = await tryClose(reading, ending, ferry)
  return closed === 'overtaken' ? 0 : closed
}

/** Records what a write came to, on whatever version the record has by now: decisions die, facts do not. */
export async function settle(announced: Reading, act: Act, answer: ActAnswer, ferry: Ferry): Promise<Sleep> {
  let reading: Reading | null = announced
  for (let tries = 0; tries < OVERTAKEN_MAX && reading !== null; tries++) {
    const { record: m, pulse, now, redisRun } = reading
    const moment = { now, redisRun, pulse, dice: ferry.dice() }
    const ending = thinking(() => conclude(m, act, answer, ferry.policy, moment))
    const closed = await tryClose(reading, ending, ferry)
    if (closed !== 'overtaken') return closed
    reading = await ferry.journal.read(m.id)
  }
  return 0
}

async function tryClose(reading: Reading, ending: Close, ferry: Ferry): Promise<Sleep | 'overtaken'> {
  const { record: m } = reading
  const { pulse, waited } = nextPulse(reading.pulse, ending, reading.now)
  const isTold = waited !== null && ending.events.length === 0 && !isEnded(m) && m.state !== 'needs_attention'
  const bodies = isTold ? [waited] : ending.events
  const events = bodies.map((body): Event => ({ ...body, at: reading.now }))
  const after = folded(m, events)
  const appended = await ferry.journal.append({
    before: reading,
    after,
    events,
    pulse,
    closing: true,
    nudge: false,
  })
  switch (appended.outcome) {
    case 'overtaken':
      return 'overtaken'
    case 'claimed': {
      const why = {
        code: 'source-claimed',
        text: `${appended.by} is exporting this source; one export at a time.`,
      } as const
      return tryClose(reading, { events: [], sleepMs: CLAIMED_SLEEP_MS, why }, ferry)
    }
    case 'appended':
      tell(m, events, ferry)
      return isEnded(after) ? 'ended' : Math.max(0, appended.wakeAt - appended.now)
  }
}

function folded(m: Migration, events: readonly Event[]): Migration {
  return thinking(() => events.reduce(apply, m))
}

/** Tells each event with the record it led to. */
function tell(before: Migration, events: readonly Event[], ferry: Ferry): void {
  let m = before
  for (const event of events) {
    m = apply(m, event)
    ferry.recorded(m, event)
  }
}
