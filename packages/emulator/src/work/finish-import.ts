import { ImageError } from '@snapferry/qcow2'
import type { DiskRef } from '../disks/disks.ts'
import { findObject, isReadable } from '../objects.ts'
import type { Snapshot, Work } from '../snapshot.ts'
import type { World } from '../world.ts'
import { ended, endState } from './end-state.ts'
import { mayStage } from './may-stage.ts'

type ImportWork = Extract<Work, { kind: 'import' }>

/** The image has been read whole, and the copy's disk is what it contained; or it could not be, and the copy shows it. */
export async function finishImport(
  world: World,
  snapshot: Snapshot,
  work: ImportWork,
  dueMs: number,
): Promise<void> {
  const object = findObject(world, work)
  if (object === undefined || !mayStage(world, snapshot, work, 's3:GetObject'))
    return breakOff(world, snapshot.id, dueMs, 'error', 'The image could not be read')
  if (!isReadable(object, dueMs)) return breakOff(world, snapshot.id, dueMs, 'error', 'The image is archived')
  try {
    await world.disks.fromImage(object.segments, (disk) => {
      const now = world.snapshots.get(snapshot.id)
      if (now === undefined) return
      const end = endState(work.outcome, 'available')
      world.snapshots.put({ ...ended(now, dueMs, end), disk: diskAfter(world, now, work, disk) })
    })
  } catch (cause) {
    if (!(cause instanceof ImageError)) throw cause
    breakOff(world, snapshot.id, dueMs, 'invalid_data', cause.message)
  }
}

/** Block has neither `invalid_data` nor a reason: its copy is in `error`, and that is all. */
function breakOff(world: World, id: string, dueMs: number, state: string, errorDetails: string): void {
  const snapshot = world.snapshots.get(id)
  if (snapshot === undefined) return
  const end = snapshot.api === 'block' ? { state: 'error', errorDetails: null } : { state, errorDetails }
  world.snapshots.put(ended(snapshot, dueMs, end))
}

/** A wished size above the image's own stays; a fault may put another size or an empty disk in its place. */
function diskAfter(world: World, snapshot: Snapshot, work: ImportWork, read: DiskRef): DiskRef {
  const sizeBytes = Math.max(snapshot.disk.sizeBytes, read.sizeBytes)
  if (work.outcome?.kind === 'import-zeroed-copy') return world.disks.blank(sizeBytes)
  if (work.outcome?.kind === 'import-wrong-size') {
    const { bytes } = work.outcome
    return bytes < read.sizeBytes ? world.disks.blank(bytes) : { content: read.content, sizeBytes: bytes }
  }
  return { content: read.content, sizeBytes }
}
