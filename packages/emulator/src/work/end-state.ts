import type { OutcomeFault } from '../faults/fault.ts'
import type { Snapshot } from '../snapshot.ts'

/** What a snapshot turns into when its work ends: the ordinary state, unless the fault names another. */
export function endState(
  outcome: OutcomeFault | null,
  ordinary: string,
): { state: string; errorDetails: string | null } {
  switch (outcome?.kind) {
    case 'turn-locked':
      return { state: 'locked', errorDetails: null }
    case 'turn-in-use':
      return { state: 'in_use', errorDetails: null }
    case 'export-ends-in':
    case 'import-ends-in':
      return { state: outcome.state, errorDetails: outcome.details ?? null }
    default:
      return { state: ordinary, errorDetails: null }
  }
}

/** The snapshot with its work done at `dueMs`. Also drops the reference that Block shows while it is creating. */
export function ended(
  snapshot: Snapshot,
  dueMs: number,
  end: { state: string; errorDetails: string | null },
): Snapshot {
  const references = snapshot.references.filter((reference) => reference.productResourceType !== 'internal')
  return { ...snapshot, ...end, references, changedMs: dueMs, work: null }
}
