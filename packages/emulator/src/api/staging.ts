import { judgeHeader } from '@snapferry/qcow2'
import { withSegments } from '../disks/segments.ts'
import { findObject, isReadable, objectBytes } from '../objects.ts'
import { mayUse, type Principal } from '../principals.ts'
import { policyAllows } from '../s3/policy.ts'
import type { StoredObject } from '../stored-object.ts'
import type { World } from '../world.ts'
import { regionOf } from '../zones.ts'
import { type Dialect, invalidArguments, invalidRequest, notFound, permissionsDenied } from './refusals.ts'

/** A bucket and key as an export or import names them, and who asks. */
export interface Staging {
  dialect: Dialect
  zone: string
  bucket: string
  key: string
  principal: Principal
  /** Project of the snapshot that is exported, or of the copy to be made. */
  projectId: string
}

/** Refuses a bucket that is missing, in another region, a stranger's, or whose policy denies `action`. */
export function checkBucket(world: World, staging: Staging, action: 's3:PutObject' | 's3:GetObject'): void {
  if (world.switches.bucketChecks === 'late') return
  const { dialect, principal, key } = staging
  const bucket = world.buckets.get(staging.bucket)
  if (bucket === undefined) throw absent(world.switches.missingBucket, dialect, 'bucket', staging.bucket)
  if (bucket.region !== regionOf(staging.zone)) {
    throw absent(world.switches.wrongRegion, dialect, 'bucket', staging.bucket)
  }
  const denied = permissionsDenied(
    dialect,
    action === 's3:PutObject' ? 'write' : 'read',
    'object_storage_object',
  )
  if (!mayUse(principal, bucket.projectId)) throw denied
  if (world.switches.sameProjectOnly && bucket.projectId !== staging.projectId) throw denied
  if (!policyAllows(bucket, principal.credential.policyName, action, key)) throw denied
}

/** What an import learns from the image during its POST. */
export interface ImageHead {
  object: StoredObject | null
  /** Virtual size in bytes. */
  sizeBytes: number
}

/** Reads the image's header, as the import does before it answers; refuses what is missing, archived or no good image. */
export async function checkImage(world: World, staging: Staging): Promise<ImageHead> {
  const { dialect } = staging
  checkBucket(world, staging, 's3:GetObject')
  const object = findObject(world, staging)
  if (object === undefined) {
    if (world.switches.bucketChecks === 'late') return { object: null, sizeBytes: 0 }
    throw absent(world.switches.missingKey, dialect, 'key', staging.key)
  }
  if (!isReadable(object, world.clock.nowMs())) {
    throw invalidRequest(dialect, 'The object is archived and must be restored before it can be imported')
  }
  const head = await withSegments(world.blobs, object.segments, (image) => image.read(0, 65_536))
  const judgement = judgeHeader(head)
  if (judgement.good) return { object, sizeBytes: judgement.sizeBytes }
  // The three documented refusals have exact words; for the rest nobody knows them, so the rule speaks.
  const bytes = objectBytes(object)
  throw invalidRequest(
    dialect,
    judgement.words ?? `The provided file is not a valid QCOW2 image (${bytes} bytes): ${judgement.text}`,
  )
}

function absent(
  answer: 'not-found' | 'invalid-arguments',
  dialect: Dialect,
  argument: 'bucket' | 'key',
  name: string,
): Error {
  if (answer === 'not-found') return notFound(dialect, argument === 'bucket' ? 'bucket' : 'object', name)
  const help = `${argument} is not a valid value`
  return invalidArguments(dialect, [{ argument_name: argument, reason: 'constraint', help_message: help }])
}
