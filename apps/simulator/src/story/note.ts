import type { Migration, MigrationId } from '@snapferry/migration'
import type { Where } from '../weather/weather.ts'
import type { Incident } from './incident.ts'

/** What the world keeps in mind of one migration beside its record. */
export interface Note {
  readonly id: MigrationId
  readonly createdAt: number
  /** The record as its events alone tell it. */
  folded: Migration
  /** How often each call and each kind of work was made. */
  readonly counts: Map<string, number>
  /** When the list that shows its taken snapshot was looked at. */
  takenLookAt: number | null
  /** When its proof was looked at, and when the tick that ended it began to look. */
  provenLookAt: number | null
  endingLookAt: number | null
  endedAt: number | null
  /** Whether nobody came to it while it was parked, so that it ended without a last look. */
  isUnlooked: boolean
  /** Whether it was ever parked. */
  isParked: boolean
  /** Whether Redis lost all of it. */
  isForgotten: boolean
  ticks: number
  idle: number
  retries: number
  /** Whether an outsider took away its source, its copy or its image. */
  readonly meddled: Set<'source' | 'copy' | 'image'>
  /** The times that Redis forgot, in which something of it happened. */
  readonly losses: { readonly from: number; readonly at: number }[]
  /** Incidents that are not yet known to have mattered, and wait for an event that says so. */
  open: Incident[]
  /** Kills under a run of it: they matter when another worker takes over. */
  kills: Incident[]
}

export function noteOf(m: Migration, at: number): Note {
  return {
    ...{
      id: m.id,
      createdAt: at,
      folded: m,
      counts: new Map(),
      takenLookAt: null,
      provenLookAt: null,
      endingLookAt: null,
    },
    ...{
      endedAt: null,
      isForgotten: false,
      isUnlooked: false,
      isParked: false,
      ticks: 0,
      idle: 0,
      retries: 0,
      meddled: new Set(),
      losses: [],
      open: [],
      kills: [],
    },
  }
}

/** How often something was done, this time included. */
export function count({ counts }: Note, what: string): number {
  const times = (counts.get(what) ?? 0) + 1
  counts.set(what, times)
  return times
}

/** Where a migration stands, in one word. */
export function whereOf(m: Migration): Where {
  switch (m.state) {
    case 'queued':
      return 'checks'
    case 'running':
      return m.phase
    case 'unwinding':
      return 'unwind'
    case 'needs_attention':
      return 'parked'
    case 'succeeded':
    case 'failed':
    case 'cancelled':
      return 'ended'
  }
}
