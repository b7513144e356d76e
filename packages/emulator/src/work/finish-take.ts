import type { Snapshot } from '../snapshot.ts'
import type { World } from '../world.ts'
import { ended, endState } from './end-state.ts'

/** A snapshot of a volume is ready. */
export async function finishTake(world: World, snapshot: Snapshot, dueMs: number): Promise<void> {
  world.snapshots.put(ended(snapshot, dueMs, endState(snapshot.work?.outcome ?? null, 'available')))
}
