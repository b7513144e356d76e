import type { Decision, Moment } from './decision.ts'
import type { EventBody, Intent } from './event.ts'
import type { Core } from './migration.ts'
import { isConfirmed } from './waiting.ts'

/**
 * How far the rounds of a time that Redis forgot may lie from those of the time after it: each attempt that failed in only
 * one of the two moves them apart by one.
 */
const ROUNDS_APART = 3

/** Whether Redis was put back under this migration: it may have forgotten creates of this and of later phases. */
export function mayHaveForgotten(m: Core, { redisRun }: Pick<Moment, 'redisRun'>): boolean {
  return wasPutBack(m, redisRun) || m.lost.some(({ forgotten }) => forgotten === true)
}

/** Another Redis than the last create knew; a record that was not looked up under any has nothing before it. */
function wasPutBack(m: Core, redisRun: string): boolean {
  return redisRun !== m.redisRun && m.redisRun !== ''
}

/** The announcement of a create. */
export function intended(m: Core, intent: Intent, { redisRun }: Pick<Moment, 'redisRun'>): EventBody {
  return { type: 'intended', intent, redisRun, ...(wasPutBack(m, redisRun) ? { forgotten: true } : {}) }
}

/** The rounds next to the one a migration is in, itself left out. */
export function roundsNearby({ round }: Core): readonly number[] {
  return Array.from({ length: 2 * ROUNDS_APART + 1 }, (_, at) => round - ROUNDS_APART + at).filter(
    (one) => one >= 1 && one !== round,
  )
}

/** Every round there was, and those that Redis may have forgotten. */
export function everyRoundOf({ round }: Core): readonly number[] {
  return Array.from({ length: round + ROUNDS_APART }, (_, at) => at + 1)
}

/**
 * What a Redis that was put back has forgotten may have been made, or removed, a moment ago, when no look shows it yet: a
 * second look `apartMs` later, before anything is made anew or proven. Null when that is done or not needed.
 */
export function lookingBack(m: Core, apartMs: number, moment: Moment): Decision | null {
  if (!wasPutBack(m, moment.redisRun) || isConfirmed(moment, 'looking-back', apartMs)) return null
  const text = 'Redis may have forgotten what was done: looking once more before the way goes on.'
  return { do: 'sleep', sleepMs: apartMs, why: { code: 'looking-back', text } }
}
