import type { SnapshotRow } from './outsider.ts'

/** What the provider shows of a snapshot, and what a move must leave as it was. */
const FACTS = ['name', 'tags', 'size', 'state', 'project'] as const

/** One source that is no longer as it was before the move. */
export interface SourceChange {
  readonly id: string
  /** What changed, as a sentence that names it. */
  readonly text: string
}

/** The facts that are compared, as a person reads them. */
export const FACTS_COMPARED = FACTS.join(', ')

/** Compares what the provider showed of the sources before the move with what it shows now; a change for each fact. */
export function changesOf(
  before: readonly SnapshotRow[],
  after: readonly SnapshotRow[],
): readonly SourceChange[] {
  return before.flatMap((was) => {
    const { id } = was
    const is = after.find((row) => row.id === id)
    if (is === undefined) return [{ id, text: `the source ${was.name} (${id}) is gone` }]
    return FACTS.filter((fact) => shown(was[fact]) !== shown(is[fact])).map((fact) => ({
      id,
      text: `the source ${was.name} (${id}) changed: ${fact} ${shown(was[fact])} → ${shown(is[fact])}`,
    }))
  })
}

/** Tags are a set: their order says nothing. */
function shown(fact: string | number | readonly string[]): string {
  return JSON.stringify(typeof fact === 'object' ? fact.toSorted() : fact)
}
