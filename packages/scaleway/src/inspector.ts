import {
  GetBucketLifecycleConfigurationCommand,
  type GetBucketLifecycleConfigurationCommandOutput,
  GetBucketPolicyCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3'
import {
  type Answer,
  type Backend,
  type BucketSeen,
  bad,
  type CloudFailure,
  good,
  type ObjectSeen,
  type Region,
  type Result,
  type Zone,
} from '@snapferry/migration'
import type { Api, Reader } from './api.ts'
import { type BucketPlace, lookAtBucket } from './bucket.ts'
import type { S3Of } from './object-storage.ts'
import { reading, type S3 } from './s3-call.ts'

/** What a list answered: how many rows there are in all, and what time the provider said it was. */
export interface ListedThere {
  readonly total: number | null
  /** Milliseconds since 1970, in whole seconds; null when the answer named none. */
  readonly saidMs: number | null
}

/** One rule of a bucket's lifecycle, as far as it says what goes away by itself. */
export interface LifecycleRule {
  readonly isOn: boolean
  /** Which keys; '' for all. */
  readonly prefix: string
  /** Objects go after so many days; null when they stay. */
  readonly expireDays: number | null
  /** Unfinished uploads go after so many days; null when they stay. */
  readonly abortDays: number | null
}

/** A bucket, seen from every side that a read can show. Each side fails by itself. */
export interface BucketInspected {
  /** null: there is none of that name in this region. */
  readonly bucket: Result<BucketSeen | null, CloudFailure>
  /** The policy as JSON text; null when there is none. */
  readonly policy: Result<string | null, CloudFailure>
  readonly lifecycle: Result<readonly LifecycleRule[], CloudFailure>
  /** Whether keys may be listed. */
  readonly listing: Result<null, CloudFailure>
  /** Whether objects may be read: a key that nobody has must be answered as missing. */
  readonly reading: Result<null, CloudFailure>
}

/** Read-only eyes for whoever checks an installation: every call is a GET or a HEAD. */
export interface Inspector {
  /** Asks for one row of a list in the key's project. */
  list(backend: Backend, what: 'snapshots' | 'volumes', zone: Zone): Answer<ListedThere>
  /** `key`: one that nobody has. */
  bucket(at: BucketPlace, key: string): Promise<BucketInspected>
}

/** What an inspector stands on. */
export interface InspectorNeeds {
  readonly apis: Readonly<Record<Backend, Api>>
  readonly s3Of: S3Of
  readonly projectId: string
  readonly head: (at: {
    readonly region: Region
    readonly bucket: string
    readonly key: string
  }) => Answer<ObjectSeen | null>
}

/** Opens the inspector. */
export function openInspector({ apis, s3Of, projectId, head }: InspectorNeeds): Inspector {
  return {
    list(backend, what, zone) {
      const noun = what === 'snapshots' ? 'Snapshots' : 'Volumes'
      return apis[backend].get(`List${noun}`, listPath(backend, what, zone, projectId), readListed)
    },
    async bucket(at, key) {
      const s3 = s3Of(at.region)
      if (!s3.ok) return { bucket: s3, policy: s3, lifecycle: s3, listing: s3, reading: s3 }
      const [bucket, policy, lifecycle, listing, object] = await Promise.all([
        lookAtBucket(s3.value, at),
        policyOf(s3.value, at.bucket),
        lifecycleOf(s3.value, at.bucket),
        mayList(s3.value, at.bucket, key),
        head({ ...at, key }),
      ])
      return { bucket, policy, lifecycle, listing, reading: object.ok ? good(null) : object }
    },
  }
}

function listPath(backend: Backend, what: string, zone: Zone, project: string): string {
  const query =
    backend === 'instance'
      ? { project, per_page: '1', page: '1' }
      : { project_id: project, order_by: 'created_at_asc', page_size: '1', page: '1' }
  return `/${backend}/v1/zones/${encodeURIComponent(zone)}/${what}?${new URLSearchParams(query)}`
}

/** Instance tells the total in a header, Block in the body. */
const readListed: Reader<ListedThere> = ({ headers, body }) => {
  const said = Date.parse(headers['date'] ?? '')
  const total = Number(headers['x-total-count'] ?? /"total_count"\s*:\s*(\d{1,9})/.exec(body.toString())?.[1])
  return good({
    total: Number.isSafeInteger(total) ? total : null,
    saidMs: Number.isNaN(said) ? null : said,
  })
}

async function policyOf(s3: S3, bucket: string): Answer<string | null> {
  const answer = await s3.send(reading('GetBucketPolicy'), new GetBucketPolicyCommand({ Bucket: bucket }))
  return answer.ok ? good(answer.value.output.Policy ?? null) : nothingWhenMissing(answer, null)
}

async function lifecycleOf(s3: S3, bucket: string): Answer<readonly LifecycleRule[]> {
  const command = new GetBucketLifecycleConfigurationCommand({ Bucket: bucket })
  const answer = await s3.send(reading('GetBucketLifecycleConfiguration'), command)
  return answer.ok ? good((answer.value.output.Rules ?? []).map(ruleOf)) : nothingWhenMissing(answer, [])
}

type WireRule = NonNullable<GetBucketLifecycleConfigurationCommandOutput['Rules']>[number]

function ruleOf({ Status, Filter, Prefix, Expiration, AbortIncompleteMultipartUpload }: WireRule) {
  return {
    isOn: Status === 'Enabled',
    prefix: Filter?.Prefix ?? Filter?.And?.Prefix ?? Prefix ?? '',
    expireDays: Expiration?.Days ?? null,
    abortDays: AbortIncompleteMultipartUpload?.DaysAfterInitiation ?? null,
  }
}

async function mayList(s3: S3, bucket: string, prefix: string): Answer<null> {
  const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 })
  const answer = await s3.send(reading('ListObjectsV2'), command)
  return answer.ok ? good(null) : answer
}

/** "There is no policy" and "there is no rule" are 404 as well. */
function nothingWhenMissing<T>(
  failed: { readonly failure: CloudFailure },
  nothing: T,
): Result<T, CloudFailure> {
  return failed.failure.kind === 'missing' ? good(nothing) : bad(failed.failure)
}
