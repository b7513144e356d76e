import { lasting } from '../durations.ts'
import type { OutcomeFault } from '../faults/fault.ts'
import type { SnapshotApi } from '../resource.ts'
import type { World } from '../world.ts'

/** When work on the disk that starts now ends, in emulated ms; null when the fault keeps it stuck. */
export function dueMs(
  world: World,
  work: {
    api: SnapshotApi
    kind: 'snapshot' | 'export' | 'import'
    bytes: number
    outcome: OutcomeFault | null
  },
): number | null {
  if (work.outcome?.kind === 'stuck-exporting' || work.outcome?.kind === 'stuck-importing') return null
  return world.clock.nowMs() + lasting(world.durations[work.api][work.kind], work.bytes)
}
