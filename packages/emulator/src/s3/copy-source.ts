import type { Call } from '../http/call.ts'
import { isReadable } from '../objects.ts'
import type { StoredObject } from '../stored-object.ts'
import type { World } from '../world.ts'
import { openObject } from './open-bucket.ts'
import { S3Refusal } from './s3-refusal.ts'

/** The object a copy reads. Only this region's: across regions it is NoSuchBucket, as on Scaleway. */
export function copySource(world: World, call: Call): StoredObject {
  const header = String(call.request.headers['x-amz-copy-source'] ?? '')
  const [, bucket, key] = /^\/?([^/]+)\/([^?]+)/.exec(decodeURIComponent(header)) ?? []
  if (bucket === undefined || key === undefined)
    throw new S3Refusal('InvalidArgument', 'The copy source is not valid')
  const source = openObject(world, { ...call, bucket, key }, 's3:GetObject')
  if (!isReadable(source, world.clock.nowMs())) throw new S3Refusal('InvalidObjectState')
  return source
}
