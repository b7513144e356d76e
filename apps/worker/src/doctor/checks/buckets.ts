import { fine, note, type Said, wrong } from '../finding.ts'
import type { BucketSight, Setup, Sight } from '../sight.ts'
import { wordsOf } from './words-of.ts'

/** Each bucket: there, in its region, of the project, without what keeps images from being removed. */
export function checkBuckets({ setup, buckets }: Sight): readonly Said[] {
  if (setup.buckets.length === 0)
    return [
      note(
        'no bucket is set: each request must name one',
        'set SNAPFERRY_BUCKETS, for example fr-par=acme-staging',
      ),
    ]
  return buckets.flatMap((sight) => bucketSaid(sight, setup))
}

/** A bucket by its place and use. */
export function nameOf({ at: { region, bucket, use } }: BucketSight): string {
  return `bucket ${region}/${bucket} (${use})`
}

function bucketSaid(sight: BucketSight, setup: Setup): readonly Said[] {
  const name = nameOf(sight)
  const { bucket } = sight.seen
  if (!bucket.ok)
    return [
      wrong(
        `${name}: ${wordsOf(bucket.failure)}`,
        'give the key ObjectStorageBucketsRead, and name it in the bucket policy when there is one',
      ),
    ]
  if (bucket.value === null)
    return [
      wrong(
        `${name}: there is no bucket of that name in ${sight.at.region}`,
        'make it there, or set SNAPFERRY_BUCKETS to one that exists',
      ),
    ]
  const { region, project, versioned, locked } = bucket.value
  const found: Said[] = []
  if (region !== sight.at.region)
    found.push(wrong(`${name}: it is in ${region}`, `name it for ${region} in SNAPFERRY_BUCKETS`))
  if (project !== null && project !== setup.projectId)
    found.push(
      note(
        `${name}: it belongs to project ${project}, not to that of the key`,
        'export and import ask for a bucket of the snapshot’s project',
      ),
    )
  if (versioned)
    found.push(note(`${name}: it keeps versions, so removed images are still paid for`, 'use one without'))
  if (locked)
    found.push(
      wrong(`${name}: it locks objects, so images cannot be removed in time`, 'use one without lock'),
    )
  const owner = project === null ? 'its project is not told' : `project ${project}`
  return found.length > 0 ? found : [fine(`${name}: in ${region}, ${owner}`)]
}
