import type { Bucket } from '../bucket.ts'
import { writeBlob } from '../disks/blobs.ts'
import { writeImage } from '../disks/write-image.ts'
import type { Damage } from '../faults/fault.ts'
import { IMAGE_CONTENT_TYPE, plainHeaders, putObject } from '../objects.ts'
import { isBucketName } from '../s3/bucket-name.ts'
import { openEtagMeter } from '../s3/etag.ts'
import { isPolicy } from '../s3/policy.ts'
import type { StoredObject } from '../stored-object.ts'
import type { World } from '../world.ts'
import { BadWish } from './bad-wish.ts'
import { bucketFingerprint, objectFingerprint } from './fingerprint.ts'
import { diskOf, type WantedDisk } from './seed-disk.ts'

/** A bucket to be seeded. */
export interface WantedSeedBucket {
  name: string
  region: string
  /** Default: the first key's project. */
  project?: string
  /** JSON text; as soon as there is one, everyone not allowed in it is denied. */
  policy?: string
  versioning?: 'Enabled' | 'Suspended'
  /** XML by sub-resource: `lifecycle`, `cors`, `tagging`, `object-lock`. */
  configurations?: Record<string, string>
}

/** An object to be seeded: a picture of a disk, or bytes as text or base64. */
export interface WantedSeedObject {
  bucket: string
  key: string
  image?: Pick<WantedDisk, 'sizeBytes' | 'data'> & { damage?: Damage; cutBytes?: number }
  text?: string
  base64?: string
  contentType?: string
  storageClass?: string
  /** Volume type it counts as exported from; default none. */
  exportedFrom?: string
}

/** Puts a stranger's bucket into the world; staging buckets are seeded this way too. */
export function seedBucket(world: World, wanted: WantedSeedBucket): Bucket {
  const { name, region } = wanted
  if (!isBucketName(name)) throw new BadWish(`"${name}" cannot name a bucket`)
  if (!world.regions.includes(region)) throw new BadWish(`there is no region "${region}"`)
  if (world.buckets.get(name) !== undefined) throw new BadWish(`the bucket "${name}" exists`)
  if (wanted.policy !== undefined && !isPolicy(wanted.policy))
    throw new BadWish('the policy is no bucket policy')
  const bucket = world.buckets.put({
    id: name,
    region,
    projectId: wanted.project ?? world.credentials[0]?.projectId ?? '',
    createdMs: world.clock.nowMs(),
    policy: wanted.policy ?? null,
    versioning: wanted.versioning ?? null,
    configurations: wanted.configurations ?? {},
    madeBy: { by: 'seed' },
  })
  const fingerprint = bucketFingerprint(bucket)
  world.seeded.put({ id: name, kind: 'bucket', api: 's3', place: region, name, bucket: null, fingerprint })
  return bucket
}

/** Puts a stranger's object into a bucket. */
export async function seedObject(world: World, wanted: WantedSeedObject): Promise<StoredObject> {
  const { bucket, key } = wanted
  const region = world.buckets.get(bucket)?.region
  if (region === undefined) throw new BadWish(`there is no bucket "${bucket}"`)
  const headers = plainHeaders(
    wanted.contentType ?? (wanted.image === undefined ? 'binary/octet-stream' : IMAGE_CONTENT_TYPE),
  )
  const object = putObject(world, {
    bucket,
    key,
    ...headers,
    storageClass: wanted.storageClass ?? headers.storageClass,
    ...(await bytesOf(world, wanted)),
    checksums: {},
    changedMs: world.clock.nowMs(),
    exportedFrom: wanted.exportedFrom ?? null,
    restoredMs: null,
    madeBy: { by: 'seed' },
  })
  const fingerprint = objectFingerprint(object)
  world.seeded.put({
    id: object.id,
    kind: 'object',
    api: 's3',
    place: region,
    name: key,
    bucket,
    fingerprint,
  })
  return object
}

/** Seeded pictures are uploaded in parts of 5 MiB. */
const PART_BYTES = 5 * 1_048_576

async function bytesOf(
  world: World,
  wanted: WantedSeedObject,
): Promise<Pick<StoredObject, 'segments' | 'etag'>> {
  if (wanted.image !== undefined) {
    const { damage = null, cutBytes = 0 } = wanted.image
    return writeImage(world, diskOf(world, wanted.image), PART_BYTES, { damage, cutBytes })
  }
  const bytes = Buffer.from(
    wanted.base64 ?? wanted.text ?? '',
    wanted.base64 === undefined ? 'utf8' : 'base64',
  )
  const meter = openEtagMeter(Number.POSITIVE_INFINITY)
  meter.update(bytes)
  return { segments: [await writeBlob(world.blobs, [bytes])], etag: meter.etag() }
}
