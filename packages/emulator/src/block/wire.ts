import { blockDate } from '../api/dates.ts'
import { type Reference, type Snapshot, snapshotBytes } from '../snapshot.ts'
import type { Volume } from '../volume.ts'
import type { World } from '../world.ts'

/** A snapshot as Block v1 sends it: never wrapped, and without any field for an error. `v1alpha1` lacks `public`. */
export function blockSnapshot(
  world: World,
  snapshot: Snapshot,
  version: 'v1' | 'v1alpha1',
): Record<string, unknown> {
  const parent = snapshot.volume === null ? null : parentVolume(world, snapshot.volume)
  return {
    id: snapshot.id,
    name: snapshot.name,
    parent_volume: parent,
    size: snapshotBytes(snapshot),
    project_id: snapshot.projectId,
    created_at: blockDate(snapshot.createdMs),
    updated_at: blockDate(snapshot.changedMs),
    references: snapshot.references.map(wireReference),
    status: snapshot.state,
    tags: snapshot.tags,
    class: snapshot.kind,
    zone: snapshot.zone,
    ...(version === 'v1' ? { public: snapshot.public } : {}),
  }
}

/** A volume as Block sends it. */
export function blockVolume(
  volume: Volume,
  isBeingTaken: boolean,
  version: 'v1' | 'v1alpha1',
): Record<string, unknown> {
  return {
    created_at: blockDate(volume.createdMs),
    id: volume.id,
    last_detached_at: null,
    name: volume.name,
    parent_snapshot_id: volume.parentSnapshotId,
    project_id: volume.projectId,
    references: volume.server === null ? [] : [serverReference(volume, volume.server)],
    size: volume.disk.sizeBytes,
    specs: { class: 'sbs', perf_iops: volume.kind === 'sbs_15k' ? 15_000 : 5_000 },
    status: isBeingTaken ? 'snapshotting' : statusOf(volume),
    tags: volume.tags,
    type: volume.kind,
    updated_at: blockDate(volume.changedMs),
    zone: volume.zone,
    ...(version === 'v1' ? { kms_key_id: null } : {}),
  }
}

function statusOf(volume: Volume): string {
  return volume.state === 'available' && volume.server !== null ? 'in_use' : volume.state
}

/** The volume may be gone meanwhile; its id and name stay known to the snapshot. */
function parentVolume(world: World, parent: { id: string; name: string }): Record<string, unknown> {
  const volume = world.volumes.get(parent.id)
  return {
    ...parent,
    type: volume?.kind ?? 'sbs_5k',
    status: volume === undefined ? 'deleted' : statusOf(volume),
  }
}

function wireReference(reference: Reference): Record<string, unknown> {
  return {
    id: reference.id,
    product_resource_type: reference.productResourceType,
    product_resource_id: reference.productResourceId,
    created_at: blockDate(reference.createdMs),
    type: reference.type,
    status: reference.status,
  }
}

function serverReference(volume: Volume, server: { id: string }): Record<string, unknown> {
  return {
    id: volume.id,
    product_resource_type: 'instance_server',
    product_resource_id: server.id,
    created_at: blockDate(volume.createdMs),
    type: 'exclusive',
    status: 'attached',
  }
}
