import type { Call } from '../http/call.ts'
import type { World } from '../world.ts'
import { findOwnSnapshot, resourceName } from './find-own.ts'
import { type Dialect, preconditionFailed, transientState } from './refusals.ts'

/** Deletes the snapshot the path names; it is gone at once. */
export function removeSnapshot(world: World, call: Call, dialect: Dialect): void {
  const snapshot = findOwnSnapshot(world, call, dialect, 'delete')
  if (
    snapshot.state === 'in_use' ||
    snapshot.references.some((one) => one.productResourceType !== 'internal')
  ) {
    throw preconditionFailed(
      dialect,
      'protected_resource',
      'Snapshot is currently in use, deletion is not permitted.',
    )
  }
  if (snapshot.state === 'locked') {
    throw preconditionFailed(dialect, 'protected_resource', 'Snapshot is locked, deletion is not permitted.')
  }
  if (snapshot.work !== null && world.switches.deleteWhileBusy !== 'accept') {
    if (world.switches.deleteWhileBusy === 'precondition') {
      throw preconditionFailed(
        dialect,
        'resource_still_in_use',
        `Snapshot is ${snapshot.state}, deletion is not permitted.`,
      )
    }
    throw transientState(dialect, resourceName(dialect, 'snapshot'), snapshot.id, snapshot.state)
  }
  world.snapshots.remove(snapshot.id)
  collectContents(world)
}

/** Forgets the contents that no snapshot and no volume has any more. */
export function collectContents(world: World): void {
  const used = new Set([...world.snapshots.all(), ...world.volumes.all()].map((thing) => thing.disk.content))
  world.disks.collect(used)
}
