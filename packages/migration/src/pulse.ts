import type { Reason } from './decision.ts'
import type { EventBody, EventType } from './event.ts'
import type { Raise } from './hold.ts'
import type { Pulse } from './migration.ts'
import { WHY, type Why, type WhyCode } from './why.ts'

/** How a tick ends: what it learned, how long to sleep, and why. */
export interface Close {
  readonly events: readonly EventBody[]
  readonly sleepMs: number
  readonly why: Reason | null
  /** The hold it puts up, when what failed is the account's. */
  readonly hold?: Raise
  /** Nothing has changed for longer than similar moves ever took. */
  readonly stalled?: true
}

/** Events that are no progress: looks and waited time go on counting through them. */
const NO_PROGRESS = new Set<EventType>(['waited', 'intended'])

/**
 * The pulse after a tick. Waited time is counted only while the provider does its own work, and never more than twice
 * the sleep that was planned: a jump of the clock or an outage ends nothing.
 */
export function nextPulse(
  before: Pulse,
  close: Close,
  now: number,
): { readonly pulse: Omit<Pulse, 'v'>; readonly waited: EventBody | null } {
  const isProgress = close.events.some(
    (event) => !NO_PROGRESS.has(event.type) && !(event.type === 'settled' && event.outcome === 'nothing'),
  )
  const why = close.why === null ? null : whySince(close.why, before.why, now)
  const isNew = why !== null && why.code !== before.why?.code
  const { crashes, kept } = before
  const isAnew = isProgress || hasStopped(before, close)
  const stalledSince = isAnew ? undefined : (before.stalledSince ?? (close.stalled ? now : undefined))
  const pulse = {
    ...(crashes === undefined ? {} : { crashes }),
    ...(kept === undefined ? {} : { kept }),
    wakeAt: now + close.sleepMs,
    plannedMs: close.sleepMs,
    waitedMs: isAnew ? 0 : before.waitedMs + countedMs(before, now),
    looks: isProgress || (isNew && !isWeather(before, close)) ? 0 : before.looks + 1,
    why,
    ...(stalledSince === undefined ? {} : { stalledSince }),
  }
  return { pulse, waited: why !== null && isNew ? { type: 'waited', why } : null }
}

/**
 * The pulse of a migration that is to call the provider at `turnAt` and not now: the same wait as before. What was
 * waited up to now counts as ever, what it waits for its turn does not, and it has not looked.
 */
export function turnPulse(before: Pulse, turnAt: number, now: number): Omit<Pulse, 'v'> {
  const { v: _, ...pulse } = before
  const waitedMs = before.waitedMs + countedMs(before, now)
  return { ...pulse, waitedMs, wakeAt: turnAt, plannedMs: turnAt - now, turnAt }
}

/** Why a migration waits, as people see it: one whose turn to call has not come waits for that. */
export function whyShown({ why, turnAt, plannedMs }: Pulse): Why | null {
  if (turnAt === undefined) return why
  const text = 'The calls of its profile are limited; its turn to call the provider comes next.'
  return { code: 'call-limit', text, since: turnAt - plannedMs }
}

/**
 * A provider that throttles, or shows a word nobody knows, now and then is the same wait as before: looks become no more frequent for it, or a
 * fleet would look ever more often the more it is asked not to.
 */
function isWeather(before: Pulse, { why }: Close): boolean {
  return [before.why?.code, why?.code].some((code) => code !== undefined && WEATHER.has(code))
}

const WEATHER = new Set<WhyCode>([
  'provider-throttled',
  'provider-unavailable',
  'unknown-state',
  'hold-circuit',
])

/** The provider has stopped what could not be stopped, or it refuses what we undo: that patience starts only now. */
function hasStopped({ why }: Pulse, close: Close): boolean {
  if (why === null || !WHY[why.code] || UNDOING.has(why.code)) return false
  return close.why === null ? why.code === 'provider-finishing' : UNDOING.has(close.why.code)
}

const UNDOING = new Set<WhyCode>(['removing', 'in-use', 'marking', 'provider-busy', 'provider-refuses'])

function whySince(reason: Reason, before: Why | null, now: number): Why {
  return { ...reason, since: before?.code === reason.code ? before.since : now }
}

/** What of the time since the last look counts; `looks` and the growing polls bound the sleep that was planned. */
function countedMs(before: Pulse, now: number): number {
  if (before.turnAt !== undefined || before.why === null || !WHY[before.why.code]) return 0
  const plannedMs = before.plannedMs
  return Math.max(0, Math.min(now - (before.wakeAt - plannedMs), 2 * plannedMs))
}
