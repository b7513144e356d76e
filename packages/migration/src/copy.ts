import { type Backend, type Bytes, backendOf, type CopyType, type MigrationId, type Zone } from './ids.ts'
import type { Migration } from './migration.ts'
import { copyName, type Source } from './plan.ts'

/**
 * A copy that was proven: a snapshot in the target zone, with what is known of its data. It outlives the history of the
 * migration that made it.
 */
export interface Copy {
  readonly id: string
  readonly backend: Backend
  readonly zone: Zone
  readonly project: string
  readonly type: CopyType
  readonly sizeBytes: Bytes
  readonly name: string
  /** The migration that made it. */
  readonly migration: MigrationId
  /** null when only the tags of the copy are left and they do not tell: an image's key is text of a user. */
  readonly source: Source | null
  readonly from: Zone | null
  /** The volume whose data it carries, when that is known. */
  readonly volume: string | null
  /** When its data was taken, milliseconds since 1970, when that is known. */
  readonly takenAt: number | null
  /** When it was proven, milliseconds since 1970. */
  readonly provenAt: number
}

/** The proven copy of a migration as the catalogue keeps it; null as long as there is none. */
export function copyOf(m: Migration): Copy | null {
  const { plan, facts } = m
  const isProven = m.state === 'succeeded' || (m.state === 'running' && m.proven)
  if (!isProven || facts.copy === undefined || facts.provenAt === undefined) return null
  const { project, type, sizeBytes } = plan.copy
  if (project === null || type === null || sizeBytes === null) return null
  return {
    id: facts.copy,
    backend: backendOf(type),
    zone: plan.to,
    project,
    type,
    sizeBytes,
    name: copyName(m),
    migration: m.id,
    source: plan.source,
    from: plan.from,
    volume: facts.volume ?? null,
    takenAt: facts.takenAt ?? null,
    provenAt: facts.provenAt,
  }
}
