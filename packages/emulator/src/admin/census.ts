import { createHash } from 'node:crypto'
import { ImageError } from '@snapferry/qcow2'
import { streamSegments } from '../disks/segments.ts'
import type { MadeBy } from '../made-by.ts'
import { objectBytes } from '../objects.ts'
import type { SnapshotApi } from '../resource.ts'
import type { Seeded } from '../seeded.ts'
import type { Snapshot } from '../snapshot.ts'
import type { StoredObject, Upload } from '../stored-object.ts'
import type { Volume } from '../volume.ts'
import type { World } from '../world.ts'
import { fingerprintNow } from './fingerprint.ts'

/** One thing that exists, or a seeded one that no longer does. */
export interface CensusEntry {
  kind: 'snapshot' | 'volume' | 'bucket' | 'object' | 'upload'
  /** The snapshot API, or `s3`. */
  api: SnapshotApi | 's3'
  /** Zone, or region for what lies in Object Storage. */
  place: string
  id: string
  /** Name of a snapshot, volume or bucket; key of an object or upload. */
  name: string
  /** Of an object or upload. */
  bucket: string | null
  /** The project it belongs to, of an object its bucket's; null for what is missing. */
  project: string | null
  tags: string[]
  /** The provider's own word; null in Object Storage. */
  state: string | null
  /** Size of the disk, or length of the object, in bytes. */
  sizeBytes: number
  /** Allocated bytes of a disk; length of an object. */
  bytes: number
  createdAt: string
  madeBy: MadeBy
  /** Only for what was seeded: whether anything of it is not as it was seeded. */
  changed: boolean | null
  /** Only true for what was seeded and is gone. */
  missing: boolean
  /** On request: guest content of a snapshot or volume, bytes of an object; SHA-256, hex. */
  digest?: string
}

/** Everything that exists, who made it, and what became of what was seeded. */
export async function takeCensus(world: World, options: { digests: boolean }): Promise<CensusEntry[]> {
  const present = [
    ...world.snapshots.all().map((one) => diskEntry(world, 'snapshot', one)),
    ...world.volumes.all().map((one) => diskEntry(world, 'volume', one)),
    ...world.buckets.all().map((one) => bucketEntry(world, one.id)),
    ...world.objects.all().map((one) => objectEntry(world, one)),
    ...world.uploads.all().map((one) => uploadEntry(world, one)),
  ]
  const missing = world.seeded.all().filter((one) => fingerprintNow(world, one) === null)
  const entries = [...present, ...missing.map(missingEntry)]
  if (!options.digests) return entries
  const digested: CensusEntry[] = []
  for (const entry of entries) digested.push(await withDigest(world, entry))
  return digested
}

/** SHA-256 of a snapshot's or volume's guest content, or of an object's bytes; null when there is no such id. */
export async function digestOfThing(world: World, id: string): Promise<string | null> {
  const thing = world.snapshots.get(id) ?? world.volumes.get(id)
  if (thing !== undefined) return world.disks.digest(thing.disk)
  const object = world.objects.get(id)
  return object === undefined ? null : sha256Of(world, object)
}

/** Digest of the guest content of a picture of a disk that lies in a bucket; null when it is none that can be read. */
export async function guestDigestOfObject(world: World, object: StoredObject): Promise<string | null> {
  try {
    let digest: Promise<string> | null = null
    await world.disks.fromImage(object.segments, (disk) => {
      digest = world.disks.digest(disk)
    })
    return digest
  } catch (cause) {
    if (cause instanceof ImageError) return null
    throw cause
  }
}

async function withDigest(world: World, entry: CensusEntry): Promise<CensusEntry> {
  const digest = entry.missing ? null : await digestOfThing(world, entry.id)
  return digest === null ? entry : { ...entry, digest }
}

async function sha256Of(world: World, object: StoredObject): Promise<string> {
  const [only] = object.segments
  if (only !== undefined && object.segments.length === 1) return only.blob
  const hash = createHash('sha256')
  const range = { from: 0, to: objectBytes(object) - 1 }
  for await (const chunk of streamSegments(world.blobs, object.segments, range)) hash.update(chunk)
  return hash.digest('hex')
}

function changedOf(world: World, id: string): Pick<CensusEntry, 'changed' | 'missing'> {
  const seeded = world.seeded.get(id)
  return {
    changed: seeded === undefined ? null : fingerprintNow(world, seeded) !== seeded.fingerprint,
    missing: false,
  }
}

function diskEntry(world: World, kind: 'snapshot' | 'volume', thing: Snapshot | Volume): CensusEntry {
  const { id, api, zone, name, tags, state, disk, createdMs, madeBy } = thing
  const sizes = { sizeBytes: disk.sizeBytes, bytes: world.disks.dataBytes(disk) }
  const createdAt = new Date(createdMs).toISOString()
  return {
    kind,
    api,
    place: zone,
    id,
    name,
    bucket: null,
    project: thing.projectId,
    tags,
    state,
    ...sizes,
    createdAt,
    madeBy,
    ...changedOf(world, id),
  }
}

function stored(kind: 'bucket' | 'object' | 'upload'): Pick<CensusEntry, 'kind' | 'api' | 'tags' | 'state'> {
  return { kind, api: 's3', tags: [], state: null }
}

function bucketEntry(world: World, id: string): CensusEntry {
  const bucket = world.buckets.get(id)
  const createdAt = new Date(bucket?.createdMs ?? 0).toISOString()
  const made = { createdAt, madeBy: bucket?.madeBy ?? { by: 'seed' } } as const
  const sizes = { sizeBytes: 0, bytes: 0 }
  return {
    ...stored('bucket'),
    place: bucket?.region ?? '',
    id,
    name: id,
    bucket: null,
    project: bucket?.projectId ?? null,
    ...sizes,
    ...made,
    ...changedOf(world, id),
  }
}

function objectEntry(world: World, object: StoredObject): CensusEntry {
  const { id, bucket, key, changedMs, madeBy } = object
  const sizeBytes = objectBytes(object)
  const made = { createdAt: new Date(changedMs).toISOString(), madeBy }
  return {
    ...stored('object'),
    ...placeOf(world, bucket),
    id,
    name: key,
    bucket,
    sizeBytes,
    bytes: sizeBytes,
    ...made,
    ...changedOf(world, id),
  }
}

function uploadEntry(world: World, upload: Upload): CensusEntry {
  const { id, bucket, key, startedMs, parts, madeBy } = upload
  const bytes = Object.values(parts).reduce((sum, part) => sum + part.blob.sizeBytes, 0)
  const made = { createdAt: new Date(startedMs).toISOString(), madeBy, changed: null, missing: false }
  const place = placeOf(world, bucket)
  return { ...stored('upload'), ...place, id, name: key, bucket, sizeBytes: bytes, bytes, ...made }
}

function placeOf(world: World, bucketName: string): Pick<CensusEntry, 'place' | 'project'> {
  const bucket = world.buckets.get(bucketName)
  return { place: bucket?.region ?? '', project: bucket?.projectId ?? null }
}

function missingEntry(seeded: Seeded): CensusEntry {
  const { kind, api, id, name, bucket, place } = seeded
  return {
    kind,
    api,
    place,
    id,
    name,
    bucket,
    project: null,
    tags: [],
    state: null,
    sizeBytes: 0,
    bytes: 0,
    createdAt: new Date(0).toISOString(),
    madeBy: { by: 'seed' },
    changed: true,
    missing: true,
  }
}
