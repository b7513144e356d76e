import type { ArchiveLine, Link } from '@snapferry/migration'
import type { Audit, Copies, HistoryPages } from '@snapferry/redis'

/** What is to be archived, and what is remembered of what was. */
export interface ArchiveSource {
  /** Everything that happened before `untilMs` and is in no archive. The order is the same each time. */
  fresh(untilMs: number): AsyncIterable<ArchiveLine>
  /** These lines were read back from an archive. */
  archived(lines: readonly ArchiveLine[]): Promise<void>
  /** When the oldest thing happened; null when there is nothing. */
  oldestMs(): Promise<number | null>
  head(): Promise<Link | null>
  remember(head: Link): Promise<void>
  /** Forgets what was archived, for a new chain when the old one is lost: everything that is here is archived again. */
  unmark(): Promise<void>
}

/** Where the lines of a journal come from. */
export interface SourceParts {
  readonly pages: HistoryPages
  readonly audit: Audit
  readonly copies: Copies
}

/** The source over a journal: finished migrations by their ending, the audit by time, then the catalogue of copies. */
export function sourceOf({ pages, audit, copies }: SourceParts): ArchiveSource {
  return {
    async *fresh(untilMs) {
      yield* pages.fresh(untilMs)
      yield* audit.fresh(untilMs)
      yield* copies.fresh(untilMs)
    },
    async archived(lines) {
      const of = <Kind extends ArchiveLine['kind']>(...kinds: readonly Kind[]) =>
        lines.filter((line): line is Extract<ArchiveLine, { kind: Kind }> =>
          kinds.some((kind) => kind === line.kind),
        )
      await pages.archived(of('migration'))
      await audit.archived(of('audit').map(({ key }) => key))
      await copies.archived(of('copy', 'copy-gone'))
    },
    oldestMs: () => pages.oldestMs(),
    head: () => pages.head(),
    remember: (head) => pages.remember(head),
    unmark: async () => {
      await pages.unmark()
      await audit.unmark()
      await copies.unmark()
    },
  }
}
