import { fine, note, type Said } from '../finding.ts'
import type { BucketSight, Sight } from '../sight.ts'
import { nameOf } from './buckets.ts'
import { wordsOf } from './words-of.ts'

/** Bucket policies: as soon as there is one, whoever it does not allow is denied. */
export function checkPolicies({ buckets }: Sight): readonly Said[] {
  return buckets.filter(isThere).map(policySaid)
}

/** Whether there is a bucket to speak of. */
export function isThere({ seen: { bucket } }: BucketSight): boolean {
  return bucket.ok ? bucket.value !== null : bucket.failure.kind === 'forbidden'
}

function policySaid(sight: BucketSight): Said {
  const name = nameOf(sight)
  const { policy } = sight.seen
  if (!policy.ok)
    return note(
      `${name}: its policy is not told (${wordsOf(policy.failure)})`,
      'only needed to see it: ObjectStorageBucketPolicyFullAccess',
    )
  if (policy.value === null) return fine(`${name}: no bucket policy, so IAM alone decides`)
  const count = statementsIn(policy.value)
  return note(
    `${name}: it has a policy (${count === null ? 'unreadable' : `${count} statements`}); whoever it does not allow is denied`,
    'see rights below: the policy must allow the key to list, read, write and delete under our prefix',
  )
}

function statementsIn(text: string): number | null {
  try {
    const policy: unknown = JSON.parse(text)
    const isPolicy = typeof policy === 'object' && policy !== null && 'Statement' in policy
    return isPolicy && Array.isArray(policy.Statement) ? policy.Statement.length : null
  } catch {
    return null
  }
}
