import type { Copy } from '../copy.ts'
import type { SnapshotSeen } from '../seen.ts'
import { type CopyFromTags, copyFromTags, type LostField } from './copy-from-tags.ts'
import type { ArchiveLine } from './line.ts'

/** The catalogue that a row of lines leads to; later lines replace earlier ones. */
export function foldCopies(copies: Map<string, Copy>, line: ArchiveLine): void {
  if (line.kind === 'copy') copies.set(line.copy.id, line.copy)
  if (line.kind === 'copy-gone') copies.delete(line.id)
}

/** What the provider shows of an archived copy: its row, null for a 404, `unseen` when it could not be asked. */
export type Shown = SnapshotSeen | null | 'unseen'

/** Everything that is known of the copies of an installation whose Redis is gone. */
export interface Remains {
  readonly install: string
  /** What Redis still has: it is newer than any archive. */
  readonly kept: ReadonlyMap<string, Copy>
  readonly archived: ReadonlyMap<string, Copy>
  /** The provider's answer for each archived copy, by its id. */
  readonly shown: ReadonlyMap<string, Shown>
  /** Every snapshot with our mark of a copy, in the zones that answered. */
  readonly tagged: readonly SnapshotSeen[]
}

/**
 * One copy and what becomes of it. `kept`: Redis has it. `archive`: as archived, and still there. `tags`: in no archive, rebuilt
 * from its tags. `unseen`: as archived, its zone did not answer. `gone`: archived, and no longer there.
 */
export interface RebuiltRow {
  readonly is: 'kept' | 'archive' | 'tags' | 'unseen' | 'gone'
  readonly copy: Copy
  /** What its tags do not tell; empty for all but `tags`. */
  readonly lost: readonly LostField[]
}

/** The catalogue anew: one row for each copy that is known of, by id. */
export function rebuildCatalogue(remains: Remains): readonly RebuiltRow[] {
  const { archived, kept } = remains
  const rows = new Map<string, RebuiltRow>()
  for (const [id, copy] of archived) rows.set(id, { is: becomes(remains.shown.get(id)), copy, lost: [] })
  for (const { id, copy, lost } of unarchived(remains)) rows.set(id, { is: 'tags', copy, lost })
  for (const [id, copy] of kept) rows.set(id, { is: 'kept', copy, lost: [] })
  return [...rows.values()].toSorted((a, b) => (a.copy.id < b.copy.id ? -1 : 1))
}

/** The rows whose copies `--yes` writes. */
export function toWrite(rows: readonly RebuiltRow[]): readonly Copy[] {
  return rows.filter(({ is }) => is === 'archive' || is === 'tags' || is === 'unseen').map(({ copy }) => copy)
}

function becomes(shown: Shown | undefined): RebuiltRow['is'] {
  if (shown === null) return 'gone'
  return shown === undefined || shown === 'unseen' ? 'unseen' : 'archive'
}

function unarchived({ tagged, archived, install }: Remains): readonly (CopyFromTags & { id: string })[] {
  return tagged.flatMap((seen) => {
    const rebuilt = archived.has(seen.id) ? null : copyFromTags(seen, install)
    return rebuilt === null ? [] : [{ id: seen.id, ...rebuilt }]
  })
}
