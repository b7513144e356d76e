import type { Bucket } from '../bucket.ts'
import type { Seeded } from '../seeded.ts'
import type { Snapshot } from '../snapshot.ts'
import type { StoredObject } from '../stored-object.ts'
import type { Volume } from '../volume.ts'
import type { World } from '../world.ts'

/** All that nobody may change of a stranger's snapshot. Its state is left out: an export passes through states. */
export function snapshotFingerprint(snapshot: Snapshot): string {
  const { name, tags, projectId, disk, volume } = snapshot
  return JSON.stringify({ name, tags, projectId, disk, volume, public: snapshot.public })
}

/** All that nobody may change of a stranger's volume. */
export function volumeFingerprint({ name, tags, projectId, disk, server }: Volume): string {
  return JSON.stringify({ name, tags, projectId, disk, server })
}

/** All that nobody may change of a stranger's bucket. */
export function bucketFingerprint({ region, projectId, policy, versioning, configurations }: Bucket): string {
  return JSON.stringify({ region, projectId, policy, versioning, configurations })
}

/** All that nobody may change of a stranger's object; one written again, even with the same bytes, is changed. */
export function objectFingerprint({
  etag,
  contentType,
  storageClass,
  metadata,
  tags,
  madeBy,
}: StoredObject): string {
  return JSON.stringify({ etag, contentType, storageClass, metadata, tags, madeBy: madeBy.by })
}

/** The fingerprint that the seeded thing has now; null when it is gone. */
export function fingerprintNow(world: World, { kind, id }: Seeded): string | null {
  switch (kind) {
    case 'snapshot':
      return orNull(world.snapshots.get(id), snapshotFingerprint)
    case 'volume':
      return orNull(world.volumes.get(id), volumeFingerprint)
    case 'bucket':
      return orNull(world.buckets.get(id), bucketFingerprint)
    case 'object':
      return orNull(world.objects.get(id), objectFingerprint)
  }
}

function orNull<T>(thing: T | undefined, print: (thing: T) => string): string | null {
  return thing === undefined ? null : print(thing)
}
