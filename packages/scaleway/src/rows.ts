import { bad, good, type Result, type SnapshotSeen } from '@snapferry/migration'
import { Type } from 'typebox'
import { type Check, checkOf } from './json-reader.ts'

/** What every row of a snapshot list must show before it can be told whether it is wanted. */
export interface Row {
  readonly id: string
  /** The snapshot in our words; null when the row is not one that was asked for, or it is being forgotten there. */
  readonly seen: SnapshotSeen | null
}

/** Which rows are wanted: the provider's own filters are not trusted. */
export interface Wanted {
  readonly zone: string
  readonly project: string
  readonly tag: string
}

const checkMarks = checkOf(
  Type.Object({
    id: Type.String({ minLength: 1 }),
    zone: Type.String(),
    tags: Type.Array(Type.String()),
    project: Type.Optional(Type.String()),
    project_id: Type.Optional(Type.String()),
  }),
)

/**
 * Reads the rows of a page. Only rows that carry the tag, in the zone and project, are read whole: an odd row of
 * somebody else must not make us blind for ours.
 */
export function readRows<W>(
  rows: readonly unknown[],
  wanted: Wanted,
  check: Check<W>,
  translate: (wire: W) => Result<SnapshotSeen | null, string>,
): Result<readonly Row[], string> {
  return readRowsWith(rows, { ...wanted, has: (tags) => tags.includes(wanted.tag) }, check, translate)
}

/** Which rows are wanted, by any rule about their tags. */
export interface WantedBy {
  readonly zone: string
  readonly project: string
  readonly has: (tags: readonly string[]) => boolean
}

/** The same by a rule about the tags: for lists in which every thing of ours is looked for. */
export function readRowsWith<W>(
  rows: readonly unknown[],
  wanted: WantedBy,
  check: Check<W>,
  translate: (wire: W) => Result<SnapshotSeen | null, string>,
): Result<readonly Row[], string> {
  const read: Row[] = []
  for (const row of rows) {
    const marks = checkMarks(row)
    if (!marks.ok) return bad(`a row: ${marks.failure}`)
    const { id, zone, tags, project, project_id } = marks.value
    const isWanted = zone === wanted.zone && wanted.has(tags) && (project ?? project_id) === wanted.project
    const wire = isWanted ? check(row) : null
    if (wire !== null && !wire.ok) return bad(`row ${id}: ${wire.failure}`)
    const seen = wire === null ? good(null) : translate(wire.value)
    if (!seen.ok) return bad(`row ${id}: ${seen.failure}`)
    read.push({ id, seen: seen.value })
  }
  return good(read)
}
