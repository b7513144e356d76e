import { holdName } from './hold.ts'
import type { Zone } from './ids.ts'

/**
 * When a zone counts as unwell, for one profile. 20 calls within a minute are what ten migrations make in any case:
 * fewer prove nothing. Half of them bad is ten times the weather in which migrations still get on (5 %), and less than
 * an API that is down shows.
 */
export const CIRCUIT = {
  /** Calls are counted in buckets of this length… */
  bucketMs: 10_000,
  /** …of which the newest six count: one minute. */
  buckets: 6,
  callsMin: 20,
  badShare: 0.5,
  /** The first to try again, and the longest between two: a restart of seconds is over before anybody notices. */
  firstProbeMs: 5_000,
  probeMaxMs: 60_000,
} as const

/** Calls of one profile to one zone, counted since they were last told. */
export interface CallTally {
  readonly profile: string
  readonly zone: Zone
  /** Calls that came to an end, whatever they were answered. */
  readonly calls: number
  /** Those that ended in 429, 5xx or without an answer. */
  readonly bad: number
  /** The newest bad one, for people. */
  readonly said: string
  readonly call: string | null
  readonly requestId: string | null
}

/** The scope of the circuit of a zone. */
export function circuitScope(zone: Zone): string {
  return `zone/${zone}`
}

/** The name of the hold that an open circuit is. */
export function circuitName(zone: Zone): string {
  return holdName('circuit', circuitScope(zone))
}
