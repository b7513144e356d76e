import {
  type Event,
  isKnownVersion,
  isMigrationId,
  type Migration,
  type Pulse,
  STATES,
  upgraded,
} from '@snapferry/migration'

/** The fields of a record's hash, in the order `read` asks for them. */
export const RECORD_FIELDS = ['record', 'v', 'wakeAt', 'pulse'] as const

/** A stored migration with its pulse. */
export interface Stored {
  readonly record: Migration
  readonly pulse: Pulse
}

/** Reads the values of `RECORD_FIELDS`; null where there is no record. Throws on what we cannot have written. */
export function storedOf(values: readonly (string | null)[]): Stored | null {
  const [record, v, wakeAt, pulse] = values
  if (record === null || record === undefined) return null
  return { record: recordOf(record), pulse: pulseOf(pulse ?? '', number(v), number(wakeAt)) }
}

/** What is stored of a pulse beside its version, as one text. */
export type PulseText = Omit<Pulse, 'v'>

/**
 * The pulse as stored, with the version and the time to wake that the scripts keep. Where a nudge cut the sleep short
 * they moved `wakeAt`: then there was no planned sleep that could count as waited.
 */
function pulseOf(text: string, v: number, wakeAt: number): Pulse {
  const stored: unknown = JSON.parse(text)
  if (!isPulse(stored)) throw new Error(`not the pulse of a migration: ${text.slice(0, 80)}`)
  return stored.wakeAt === wakeAt ? { ...stored, v } : { ...stored, v, wakeAt, plannedMs: 0 }
}

function isPulse(value: unknown): value is PulseText {
  return (
    typeof value === 'object' && value !== null && 'waitedMs' in value && 'looks' in value && 'why' in value
  )
}

/**
 * A record from its JSON; one of the version before comes as this one wants it. Only identity and state are checked:
 * what a record holds is decided by its `definitionVersion`, and one of a later version must stay readable, in whatever
 * state it is (see `isOurs`).
 */
export function recordOf(text: string): Migration {
  const value: unknown = JSON.parse(text)
  if (!isRecord(value)) throw new Error(`not a migration record: ${text.slice(0, 80)}`)
  return upgraded(value)
}

/** An event from its JSON. */
export function eventOf(text: string): Event {
  const value: unknown = JSON.parse(text)
  if (!isEvent(value)) throw new Error(`not an event: ${text.slice(0, 80)}`)
  return value
}

function isRecord(value: unknown): value is Migration {
  if (typeof value !== 'object' || value === null || !('id' in value) || !('state' in value)) return false
  const { id, state } = value
  if (typeof id !== 'string' || !isMigrationId(id) || typeof state !== 'string') return false
  return STATES.some((known) => known === state) || ('definitionVersion' in value && !isOurs(value))
}

/** Whether a record was written under the rules this program knows; one of a later program may hold anything. */
export function isOurs(record: { readonly definitionVersion: unknown }): boolean {
  return isKnownVersion(record.definitionVersion)
}

function isEvent(value: unknown): value is Event {
  return typeof value === 'object' && value !== null && 'type' in value && 'at' in value
}

function number(text: string | null | undefined): number {
  const value = Number(text ?? Number.NaN)
  if (!Number.isFinite(value)) throw new Error(`not a number in a record: ${text}`)
  return value
}
