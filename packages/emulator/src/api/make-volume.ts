import { randomUUID } from 'node:crypto'
import type { DiskRef } from '../disks/disks.ts'
import { type Call, madeByCall } from '../http/call.ts'
import { organizationOf } from '../principals.ts'
import type { SnapshotApi } from '../resource.ts'
import type { Snapshot } from '../snapshot.ts'
import type { Volume } from '../volume.ts'
import { scheduleVolume } from '../work/schedule.ts'
import type { World } from '../world.ts'
import { preconditionFailed, transientState } from './refusals.ts'
import { requireQuota } from './start-import.ts'

/** A volume that a body asks for. */
export interface WantedVolume {
  name: string
  tags: string[]
  projectId: string
  kind: string
  disk: DiskRef
  parentSnapshotId: string | null
}

/** Makes the volume: at once on Instance, `creating` for a while on Block. */
export function makeVolume(world: World, call: Call, api: SnapshotApi, wanted: WantedVolume): Volume {
  requireQuota(world, api, { projectId: wanted.projectId, sizeBytes: wanted.disk.sizeBytes, snapshots: 0 })
  const nowMs = world.clock.nowMs()
  const lastsMs = world.durations[api].volume.baseMs
  const volume = world.volumes.put({
    ...wanted,
    id: randomUUID(),
    api,
    zone: call.zone ?? '',
    organizationId: organizationOf(wanted.projectId, world.credentials),
    state: lastsMs > 0 ? 'creating' : 'available',
    server: null,
    createdMs: nowMs,
    changedMs: nowMs,
    readyMs: lastsMs > 0 ? nowMs + lastsMs : null,
    madeBy: madeByCall(call),
  })
  call.madeIds.push(volume.id)
  scheduleVolume(world, volume)
  return volume
}

/** The disk of a volume made from a snapshot; refuses a snapshot that is not ready, and a size below it. */
export function diskFrom(snapshot: Snapshot, sizeBytes: number | undefined): DiskRef {
  if (snapshot.work !== null && snapshot.work.kind !== 'export') {
    throw transientState(
      snapshot.api,
      snapshot.api === 'block' ? 'snapshot' : 'instance_snapshot',
      snapshot.id,
      snapshot.state,
    )
  }
  if (!['available', 'in_use', 'exporting'].includes(snapshot.state)) {
    throw preconditionFailed(snapshot.api, 'resource_not_usable', 'snapshot is not available')
  }
  const wanted = sizeBytes ?? snapshot.disk.sizeBytes
  if (wanted < snapshot.disk.sizeBytes) {
    throw preconditionFailed(
      snapshot.api,
      'resource_not_usable',
      'Volume size must be greater than or equal to the snapshot size',
    )
  }
  return { content: snapshot.disk.content, sizeBytes: wanted }
}
