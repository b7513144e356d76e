import type { Act } from '@snapferry/migration'

/** A snapshot that this migration made, as it really is. What belongs to others stands in the scene and never changes. */
export interface Row {
  readonly id: string
  readonly what: 'taken-snapshot' | 'copy'
  readonly tags: readonly string[]
  /** The round in its first tag. */
  readonly round: number
  readonly createdAt: number
  /** The key it is imported from; null for a snapshot of a volume. */
  readonly image: string | null
  readonly work: 'running' | 'good' | 'error'
  /** When its work has ended at the latest; null for work that is stuck. */
  readonly endsBy: number | null
  readonly isSmall: boolean
  /** Whether what it was imported from was a good image all the time. */
  readonly isSound: boolean
  /** Until when neither GET nor list shows it at the latest; null once it is shown. */
  readonly hiddenUntil: number | null
  /**
   * Whether it reached the provider after its sender had given up. `excused`: so late that the look before the ending
   * could not show it: left to a sweep that is not built yet.
   */
  readonly late: 'no' | 'late' | 'excused'
}

/** An object under our own prefix, as it really is. */
export interface Stored {
  readonly key: string
  readonly bytes: number
  readonly etag: string
  readonly content: 'none' | 'good' | 'damaged' | 'truncated'
  /** Whether the export that writes it reached the provider after its sender had given up. */
  readonly isLate: boolean
}

/** An export under way. */
export interface Export {
  readonly source: string
  readonly key: string
  readonly isLate: boolean
  /** When it has ended at the latest; null for one that is stuck. */
  readonly endsBy: number | null
}

/** A create whose sender gave up before it arrived. */
export interface OnTheWire {
  readonly act: CreateAct
  /** Not before this moment, and at `until` at the latest. */
  readonly from: number
  readonly until: number
}

/** The provider's true state. `made`: how many things it ever made; ids and etags are numbered by it. */
export interface Cloud {
  readonly rows: readonly Row[]
  readonly objects: readonly Stored[]
  readonly exports: readonly Export[]
  readonly wire: readonly OnTheWire[]
  readonly made: number
}

/** A write that makes something. */
export type CreateAct = Exclude<Act, { act: 'retag' | 'remove' }>

/** A provider that holds nothing of ours. */
export const EMPTY_CLOUD: Cloud = { rows: [], objects: [], exports: [], wire: [], made: 0 }

export function isExporting({ exports }: Cloud, source: string): boolean {
  for (const one of exports) if (one.source === source) return true
  return false
}

export function rowOf({ rows }: Cloud, id: string): Row | null {
  for (const row of rows) if (row.id === id) return row
  return null
}

/** A row that the provider shows. */
export function shownRow(cloud: Cloud, id: string): Row | null {
  const row = rowOf(cloud, id)
  return row === null || row.hiddenUntil !== null ? null : row
}

export function objectOf({ objects }: Cloud, key: string): Stored | null {
  for (const stored of objects) if (stored.key === key) return stored
  return null
}

export function withRow(cloud: Cloud, changed: Row): Cloud {
  return { ...cloud, rows: cloud.rows.map((row) => (row.id === changed.id ? changed : row)) }
}

export function withoutRow(cloud: Cloud, id: string): Cloud {
  return { ...cloud, rows: cloud.rows.filter((row) => row.id !== id) }
}

/** An object is written anew or gone; an import that is reading it makes rubbish of the rest. */
export function withObject(cloud: Cloud, key: string, stored: Stored | null): Cloud {
  const others = cloud.objects.filter((other) => other.key !== key)
  const objects = stored === null ? others : [...others, stored]
  const isRead = cloud.rows.some((row) => row.image === key && row.work === 'running')
  const rows = isRead ? cloud.rows.map((row) => spoiled(row, key)) : cloud.rows
  return { ...cloud, objects, rows }
}

function spoiled(row: Row, key: string): Row {
  return row.image === key && row.work === 'running' ? { ...row, isSound: false } : row
}
