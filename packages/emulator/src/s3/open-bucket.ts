import type { Bucket } from '../bucket.ts'
import { type Call, principalOf } from '../http/call.ts'
import { findObject } from '../objects.ts'
import { mayUse } from '../principals.ts'
import type { StoredObject } from '../stored-object.ts'
import type { World } from '../world.ts'
import { policyAllows } from './policy.ts'
import { S3Refusal } from './s3-refusal.ts'

/** The call's bucket, when it is here and the caller may do `action` (such as `s3:ListBucket`) in it. */
export function openBucket(world: World, call: Call, action: string): Bucket {
  const bucket = ownBucket(world, call)
  const { policyName } = principalOf(call).credential
  if (!policyAllows(bucket, policyName, action, call.key)) throw new S3Refusal('AccessDenied')
  return bucket
}

/** The call's bucket whatever its policy says: those of the bucket's project may always change the policy itself. */
export function ownBucket(world: World, call: Call): Bucket {
  const bucket = world.buckets.get(call.bucket ?? '')
  // Another region's endpoint does not know the bucket at all.
  if (bucket === undefined || bucket.region !== call.region) throw new S3Refusal('NoSuchBucket')
  if (!mayUse(principalOf(call), bucket.projectId)) throw new S3Refusal('AccessDenied')
  return bucket
}

/** The call's object, when the caller may do `action` with it. */
export function openObject(world: World, call: Call, action: string): StoredObject {
  const bucket = openBucket(world, call, action)
  const object = findObject(world, { bucket: bucket.id, key: call.key ?? '' })
  if (object === undefined) throw new S3Refusal('NoSuchKey')
  return object
}
