import { knownOf, longestUsualMs, workOf } from './learned.ts'
import type { Running } from './migration.ts'
import type { Policy } from './policy.ts'
import { legOf, limitMs } from './route.ts'

/** A limit is this many times what nearly all similar work took: imports of days took twenty times those of others. */
const PATIENCE = 10
/** Nobody is late for less than this beyond the longest that was ever seen: a look may be as late itself. */
const LATE_MIN_MS = 30_000
/** The share of the longest ever seen that may come on top: the longest of a few is soon exceeded. */
const LATE_SHARE = 0.25
/** The share of the fixed limit that is taken for the longest usual, where nothing was learned. */
const UNKNOWN_SHARE = 0.25

/**
 * How long the phase of a migration may wait for the provider, milliseconds of waited time: `PATIENCE` times what
 * similar work took, never less than the floor of its row nor more than the cap. null when nothing was learned, and
 * for phases in which the provider does no work of its own.
 */
export function learnedLimitMs(m: Running, { learned }: Policy): number | null {
  const work = workOf(m, m.phase)
  const usualMs = work === null ? null : longestUsualMs(learned, work)
  if (usualMs === null) return null
  const { floorMinutes, capMinutes } = legOf(m.phase).limit
  return Math.round(Math.min(capMinutes * 60_000, Math.max(floorMinutes * 60_000, PATIENCE * usualMs)))
}

/** The limit of a migration's phase: learned, or by the floor and the minutes per gigabyte of its row. */
export function limitOf(m: Running, policy: Policy): number {
  return policy.limitMs ?? learnedLimitMs(m, policy) ?? limitMs(m.phase, m.facts.sizeBytes ?? 0)
}

/** Whether nothing has changed for longer than similar moves ever took. It is seen and counted; it ends nothing. */
export function isStalled(m: Running, waitedMs: number, policy: Policy): boolean {
  const work = workOf(m, m.phase)
  const known = work === null ? null : knownOf(policy.learned, work)
  if (known === null) return waitedMs > UNKNOWN_SHARE * limitMs(m.phase, m.facts.sizeBytes ?? 0)
  return waitedMs > known.maxMs + Math.max(LATE_MIN_MS, LATE_SHARE * known.maxMs)
}
