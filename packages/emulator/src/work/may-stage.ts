import { policyAllows } from '../s3/policy.ts'
import type { Snapshot } from '../snapshot.ts'
import type { World } from '../world.ts'
import { regionOf } from '../zones.ts'

/** Whether, when the work ends, its bucket is there, in the snapshot's region, and lets the one who asked do `action`. */
export function mayStage(
  world: World,
  snapshot: Snapshot,
  work: { bucket: string; key: string; policyName: string },
  action: 's3:PutObject' | 's3:GetObject',
): boolean {
  const bucket = world.buckets.get(work.bucket)
  if (bucket === undefined || bucket.region !== regionOf(snapshot.zone)) return false
  return policyAllows(bucket, work.policyName, action, work.key)
}
