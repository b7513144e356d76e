import type { SnapshotApi } from './resource.ts'
import type { World } from './world.ts'

/** Limits of one organisation; null is no limit. Storage counts volumes and snapshots, in gigabytes of 10^9 bytes. */
export interface Quotas {
  blockStorageGb: number | null
  localStorageGb: number | null
  snapshots: number | null
}

/** No limits: whoever tests a quota sets it. */
export const UNLIMITED: Quotas = { blockStorageGb: null, localStorageGb: null, snapshots: null }

/** A quota that one more thing would break. */
export interface BrokenQuota {
  resource: string
  quota: number
  current: number
}

/** The quota that another `sizeBytes` (and, for a snapshot, one more of them) would break, or null. */
export function brokenQuota(
  world: World,
  wanted: { api: SnapshotApi; organizationId: string; sizeBytes: number; snapshots: number },
): BrokenQuota | null {
  const { snapshots, blockStorageGb, localStorageGb } = world.quotas
  const ours = world.snapshots.all().filter((snapshot) => snapshot.organizationId === wanted.organizationId)
  if (snapshots !== null && wanted.snapshots > 0 && ours.length + wanted.snapshots > snapshots) {
    return { resource: 'snapshots', quota: snapshots, current: ours.length }
  }
  const quota = wanted.api === 'block' ? blockStorageGb : localStorageGb
  if (quota === null) return null
  const volumes = world.volumes.all().filter((volume) => volume.organizationId === wanted.organizationId)
  const things = [...ours, ...volumes].filter((thing) => thing.api === wanted.api)
  const usedGb = things.reduce((sum, thing) => sum + thing.disk.sizeBytes / 1e9, 0)
  if (usedGb + wanted.sizeBytes / 1e9 <= quota) return null
  const resource = wanted.api === 'block' ? 'block_storage_total_gb' : 'local_storage_total_gb'
  return { resource, quota, current: Math.round(usedGb) }
}
