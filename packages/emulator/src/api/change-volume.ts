import type { Call } from '../http/call.ts'
import type { Volume } from '../volume.ts'
import type { World } from '../world.ts'
import { readFields } from './fields.ts'
import { existing, findOwnVolume, lookForVolume } from './find-own.ts'
import { type Dialect, preconditionFailed } from './refusals.ts'
import { collectContents } from './remove-snapshot.ts'
import { isBeingTaken } from './take-snapshot.ts'

/** PATCH of a volume: name, tags, and a size that may only grow. */
export async function changeVolume(world: World, call: Call, dialect: Dialect): Promise<Volume> {
  const found = lookForVolume(world, call, dialect, { id: call.resourceId ?? '', action: 'write' })
  const fields = readFields(call, dialect)
  const name = fields.text('name')
  const tags = fields.texts('tags')
  const sizeBytes = fields.bytes('size')
  if (found !== undefined && sizeBytes !== undefined && sizeBytes < found.disk.sizeBytes) {
    fields.complain('size', 'constraint', 'size can only grow')
  }
  fields.check()
  const volume = existing(found, dialect, 'volume', call.resourceId)
  return world.volumes.put({
    ...volume,
    name: name ?? volume.name,
    tags: tags ?? volume.tags,
    disk: { ...volume.disk, sizeBytes: sizeBytes ?? volume.disk.sizeBytes },
    changedMs: world.clock.nowMs(),
  })
}

/** Deletes a volume that nothing uses. */
export function removeVolume(world: World, call: Call, dialect: Dialect): void {
  const volume = findOwnVolume(world, call, dialect, 'delete')
  if (volume.server !== null || isBeingTaken(world, volume)) {
    throw preconditionFailed(dialect, 'resource_still_in_use', 'Volume is in use, deletion is not permitted.')
  }
  world.volumes.remove(volume.id)
  collectContents(world)
}
