import {
  GetBucketAclCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  HeadBucketCommand,
} from '@aws-sdk/client-s3'
import {
  type Answer,
  type BucketSeen,
  type CloudFailure,
  good,
  type Region,
  type Result,
} from '@snapferry/migration'
import { projectOfOwner, regionOfText } from './object-wire.ts'
import { reading, type S3 } from './s3-call.ts'

/** Where a bucket is asked for. */
export interface BucketPlace {
  readonly region: Region
  readonly bucket: string
}

/**
 * A bucket as its region's endpoint shows it; null when it is not there. Owner, versions and lock are asked for
 * separately: what the key may not see is told as not known (owner) or not set.
 */
export async function lookAtBucket(s3: S3, at: BucketPlace): Answer<BucketSeen | null> {
  const place = { Bucket: at.bucket }
  const head = await s3.send(reading('HeadBucket'), new HeadBucketCommand(place))
  if (!head.ok) return head.failure.kind === 'missing' ? good(null) : head
  const [acl, versioning, lock] = await Promise.all([
    s3.send(reading('GetBucketAcl'), new GetBucketAclCommand(place)),
    s3.send(reading('GetBucketVersioning'), new GetBucketVersioningCommand(place)),
    s3.send(reading('GetObjectLockConfiguration'), new GetObjectLockConfigurationCommand(place)),
  ])
  const owner = orWhenHidden(acl, (value) => projectOfOwner(value.output.Owner?.ID), null)
  if (!owner.ok) return owner
  const versioned = orWhenHidden(versioning, (value) => value.output.Status === 'Enabled', false)
  if (!versioned.ok) return versioned
  const locked = orWhenHidden(
    lock,
    (value) => value.output.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled',
    false,
  )
  if (!locked.ok) return locked
  return good({
    bucket: at.bucket,
    region: regionOfText(head.value.output.BucketRegion) ?? at.region,
    project: owner.value,
    versioned: versioned.value,
    locked: locked.value,
  })
}

/** Refusals that mean "you may not see this" or "there is none"; every other failure is one of the look itself. */
const HIDDEN = new Set<CloudFailure['kind']>(['forbidden', 'missing', 'refused', 'unreadable'])

function orWhenHidden<A, T>(
  answer: Result<A, CloudFailure>,
  read: (value: A) => T,
  hidden: T,
): Result<T, CloudFailure> {
  if (answer.ok) return good(read(answer.value))
  return HIDDEN.has(answer.failure.kind) ? good(hidden) : answer
}
