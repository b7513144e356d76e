import type { Backend, Bytes, MigrationId, Zone } from '@snapferry/migration'
import type { Ending } from '../weather/weather.ts'

/** A snapshot as it really is. */
export interface Row {
  readonly id: string
  readonly backend: Backend
  readonly zone: Zone
  readonly project: string
  readonly name: string
  tags: readonly string[]
  readonly sizeBytes: Bytes
  readonly createdAt: number
  /** When it was made, or got other tags. */
  changedAt: number
  /** The volume it was taken of, or the image it was imported from; both null for what was there before. */
  readonly volume: string | null
  readonly image: string | null
  /** Whose request made it; null for what belongs to others. */
  readonly by: MigrationId | null
  /** Until when it is being made, and what comes of it. */
  readonly workUntil: number
  readonly ending: Ending
  /** From when a GET, and from when a list shows it. */
  readonly getFrom: number
  readonly listFrom: number
  /** How long lists go on showing it once it is gone. */
  readonly listLagMs: number
  /** Until when it cannot be deleted. */
  readonly usedUntil: number
  readonly lockedUntil: number
  /** What is on the disk; two equal texts are two equal disks. */
  content: string
  goneAt: number | null
}

/** A volume: its content changes while people use it. */
export interface Volume {
  readonly id: string
  readonly backend: Backend
  readonly zone: Zone
  readonly project: string
  readonly sizeBytes: Bytes
  readonly content: string
}

/** An object as it really is. */
export interface Stored {
  readonly key: string
  readonly bytes: number
  readonly etag: string
  readonly header: 'none' | 'good' | 'bad'
  /** Whether its tables hold. */
  readonly isWhole: boolean
  readonly diskBytes: Bytes
  readonly content: string
  readonly isForeign: boolean
  /** When it was written last. */
  readonly at: number
}

/** An export under way. */
export interface Export {
  readonly source: string
  readonly key: string
}
