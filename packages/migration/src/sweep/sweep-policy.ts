/** How careful a sweep is. Milliseconds, things and bytes; every number has its reason beside it. */
export interface SweepPolicy {
  /** What has no record is left alone while it is younger. */
  readonly graceMs: number
  /** What an ended migration's record does not list is left alone while it, or the ending, is younger. */
  readonly lateGraceMs: number
  /** How far the provider's clock may be from that of Redis. */
  readonly clockSlackMs: number
  /** The most things a run removes without being told that so many are meant. */
  readonly thingsMax: number
  /** The most bytes a run removes without being told so. */
  readonly bytesMax: number
  /** The most things of each kind that a report lists; it counts them all. */
  readonly listedMax: number
}

const MINUTE = 60_000

/**
 * The policy of production. A day for what has no record: a Redis that is being restored, or a second one that was
 * started by mistake, is noticed within a day. Ten minutes for what an ended record does not list: a create leaves at most
 * 2 s after its announcement and is answered or given up within 45 s (the re-send age), lists lag 30 s behind, and
 * the clocks of provider and Redis may be 5 minutes apart.
 */
export const SWEEP_POLICY: SweepPolicy = {
  graceMs: 24 * 60 * MINUTE,
  lateGraceMs: 10 * MINUTE,
  clockSlackMs: 5 * MINUTE,
  thingsMax: 50,
  bytesMax: 1e12,
  listedMax: 1_000,
}

/** Minutes of a day in milliseconds, for the nightly hour. */
const DAY_MS = 24 * 60 * MINUTE

/**
 * The number of the night that a moment belongs to. Each installation has an hour of its own, derived from its name, so
 * that those that share a project do not list it all at once; it stays the same through restarts.
 */
export function nightOf(nowMs: number, install: string): number {
  return Math.floor((nowMs - nightlyOffsetMs(install)) / DAY_MS)
}

/** How long after midnight UTC the nightly sweep of an installation is due, milliseconds in whole minutes. */
export function nightlyOffsetMs(install: string): number {
  let hash = 7
  for (const letter of install) hash = (hash * 31 + letter.charCodeAt(0)) % 1_000_003
  return (hash % 1_440) * MINUTE
}
