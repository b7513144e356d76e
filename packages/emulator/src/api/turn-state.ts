import type { Call } from '../http/call.ts'
import type { Snapshot } from '../snapshot.ts'
import type { World } from '../world.ts'

/** A look that a fault has chosen to be the moment at which the snapshot turns locked or in use. */
export function turnState(world: World, call: Call, snapshot: Snapshot): Snapshot {
  const word =
    call.outcome?.kind === 'turn-locked' ? 'locked' : call.outcome?.kind === 'turn-in-use' ? 'in_use' : null
  if (word === null) return snapshot
  return world.snapshots.put({ ...snapshot, state: word, changedMs: world.clock.nowMs(), work: null })
}
