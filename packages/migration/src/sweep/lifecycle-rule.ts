import { POLICY } from '../policy.ts'
import { legOf, PHASES } from '../route.ts'

const DAY_MINUTES = 24 * 60

/**
 * After how many days the bucket itself may remove what lies under `work/`: longer than any migration can last with
 * nobody touching it. That is every attempt of every phase at its limit, parked to the end of the patience before each
 * phase, the removal at the end, and a margin; see the arithmetic in the test. Retries by people come on top: an image that
 * expires under a parked migration costs a new export, never the migration.
 */
export const LIFECYCLE_DAYS = 45

/** The longest that a migration can last without anybody retrying it, days. */
export function longestMigrationDays(): number {
  const waited = PHASES.map(legOf).reduce(
    (sum, { attemptsMax, limit }) => sum + attemptsMax * limit.capMinutes,
    0,
  )
  const parked = PHASES.length * (POLICY.attentionLimitMs / 60_000)
  const removing = POLICY.inUseLimitMs / 60_000
  return (waited + parked + removing) / DAY_MINUTES
}

/** One rule in the words of S3's bucket lifecycle. */
export interface LifecycleRule {
  readonly ID: string
  readonly Status: 'Enabled'
  readonly Filter: { readonly Prefix: string }
  readonly Expiration?: { readonly Days: number }
  readonly AbortIncompleteMultipartUpload: { readonly DaysAfterInitiation: number }
}

/**
 * The second net: the bucket's own rules for an installation, should no Snapferry ever run again. Kept images are never
 * expired; of their shelf only unfinished uploads are aborted.
 */
export function lifecycleRules(of: {
  readonly prefix: string
  readonly install: string
}): readonly LifecycleRule[] {
  const abort = { AbortIncompleteMultipartUpload: { DaysAfterInitiation: LIFECYCLE_DAYS } }
  const root = `${of.prefix}/${of.install}`
  return [
    {
      ...{ ID: `${of.prefix}-${of.install}-work`, Status: 'Enabled', Filter: { Prefix: `${root}/work/` } },
      Expiration: { Days: LIFECYCLE_DAYS },
      ...abort,
    },
    {
      ...{ ID: `${of.prefix}-${of.install}-keep`, Status: 'Enabled', Filter: { Prefix: `${root}/keep/` } },
      ...abort,
    },
  ]
}

/** The command that sets the rules. It replaces every rule of the bucket: rules of others have to be put into the list. */
export function lifecycleCommand(
  at: { readonly bucket: string; readonly region: string },
  rules: readonly LifecycleRule[],
): string {
  const configuration = JSON.stringify({ Rules: rules })
  return `aws s3api put-bucket-lifecycle-configuration --endpoint-url https://s3.${at.region}.scw.cloud --region ${at.region} --bucket ${at.bucket} --lifecycle-configuration '${configuration}'`
}
