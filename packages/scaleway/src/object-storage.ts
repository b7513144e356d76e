import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3'
import {
  type Answer,
  bad,
  type CloudFailure,
  good,
  type ImageLooks,
  type ImageWrites,
  type Item,
  type ObjectPlace,
  type ObjectSeen,
  type Owner,
  type Region,
  type Removal,
  type Result,
} from '@snapferry/migration'
import { lookAtBucket } from './bucket.ts'
import { unreadable } from './failure-of-transport.ts'
import { isOurKey } from './mark.ts'
import { readHead, readListing, readSpan } from './object-wire.ts'
import { goneWhenMissing } from './remove-ours.ts'
import { reading, type S3, type S3Ask, SMALL_BYTES_MAX } from './s3-call.ts'
import { listUploadRows } from './sweep-storage.ts'

/** Object Storage of a region, or the failure that says there is none. */
export type S3Of = (region: Region) => Result<S3, CloudFailure>

/** A page of 1,000 rows is about 0.5 MB; keys may be 1,024 bytes each and escaped. */
const LIST_BYTES_MAX = 8 * 1024 * 1024
/** 1,000 pages of 1,000 objects; nobody has a million under our prefix. */
const PAGES_MAX = 1000
/** Tables of an image of 1 TB are kilobytes; a longer read is a mistake of ours. */
const READ_BYTES_MAX = 64 * 1024 * 1024

/** Looks into the buckets of every region. */
export function openImageLooks(s3Of: S3Of, bucketKnownMs: number): ImageLooks {
  return {
    bucket: rememberedFor(bucketKnownMs, (at) => withS3(s3Of, at.region, (s3) => lookAtBucket(s3, at))),
    list: (at) => withS3(s3Of, at.region, (s3) => listAll(s3, at)),
    head: (at) => withS3(s3Of, at.region, (s3) => headOf(s3, at)),
    read: (at, from, length) => withS3(s3Of, at.region, (s3) => readPart(s3, at, { from, length })),
  }
}

/** Asks once for all who ask meanwhile or soon after; a failure is not remembered. */
function rememberedFor(ms: number, look: ImageLooks['bucket']): ImageLooks['bucket'] {
  const known = new Map<
    string,
    { readonly atMs: number; readonly answer: ReturnType<ImageLooks['bucket']> }
  >()
  return (at) => {
    const name = `${at.region}/${at.bucket}`
    const kept = known.get(name)
    if (kept !== undefined && performance.now() - kept.atMs < ms) return kept.answer
    const answer = look(at)
    known.set(name, { atMs: performance.now(), answer })
    void answer.then((seen) => {
      if (!seen.ok || seen.value === null) known.delete(name)
    })
    return answer
  }
}

/** Deletes images of ours. `permit` is asked directly before the delete leaves. */
export function openImageWrites(s3Of: S3Of, permit: () => boolean): ImageWrites {
  return {
    async removeOurs(item: Item, owner: Owner): Answer<Removal> {
      const { thing } = item
      if (thing.what !== 'image' || !isOurKey(thing.id, owner)) return good('not-ours')
      const at = { region: thing.region, bucket: thing.bucket, key: thing.id }
      return withS3(s3Of, at.region, (s3) => removeObject(s3, at, permit))
    },
  }
}

async function withS3<T>(s3Of: S3Of, region: Region, use: (s3: S3) => Answer<T>): Answer<T> {
  const s3 = s3Of(region)
  return s3.ok ? use(s3.value) : s3
}

/** Read again first: in a bucket with versions, deleting what is not there would leave a marker that is paid for. */
async function removeObject(s3: S3, at: ObjectPlace, permit: () => boolean): Answer<Removal> {
  const seen = await headOf(s3, at)
  if (!seen.ok) return seen
  // What is not whole may still be being put together: its parts are paid for as well.
  if (seen.value === null || seen.value.bytes === 0) {
    const aborted = await abortUploads(s3, at, permit)
    if (!aborted.ok) return aborted
  }
  if (seen.value === null) return good('gone')
  const command = new DeleteObjectCommand({ Bucket: at.bucket, Key: at.key })
  const ask = { operation: 'DeleteObject', permit, bodyBytesMax: SMALL_BYTES_MAX }
  return goneWhenMissing(await s3.send(ask, command))
}

/**
 * Aborts every unfinished upload of exactly this key. Who may not list uploads was never told of any: then there is
 * nothing to abort.
 */
async function abortUploads(s3: S3, at: ObjectPlace, permit: () => boolean): Answer<null> {
  const rows = await listUploadRows(s3, { bucket: at.bucket, prefix: at.key })
  if (!rows.ok)
    return rows.failure.kind === 'forbidden' || rows.failure.kind === 'missing' ? good(null) : rows
  for (const { key, uploadId } of rows.value.filter((row) => row.key === at.key)) {
    const command = new AbortMultipartUploadCommand({ Bucket: at.bucket, Key: key, UploadId: uploadId })
    const ask = { operation: 'AbortMultipartUpload', permit, bodyBytesMax: SMALL_BYTES_MAX }
    const aborted = await s3.send(ask, command)
    if (!aborted.ok && aborted.failure.kind !== 'missing') return aborted
  }
  return good(null)
}

async function headOf(
  s3: S3,
  at: { readonly bucket: string; readonly key: string },
): Answer<ObjectSeen | null> {
  const ask = reading('HeadObject')
  const head = await s3.send(ask, new HeadObjectCommand({ Bucket: at.bucket, Key: at.key }))
  if (!head.ok) return head.failure.kind === 'missing' ? good(null) : head
  return orUnreadable(ask, readHead(at.key, head.value.output))
}

async function listAll(s3: S3, at: { bucket: string; prefix: string }): Answer<readonly ObjectSeen[]> {
  const ask = reading('ListObjectsV2', LIST_BYTES_MAX)
  const found: ObjectSeen[] = []
  let token: string | undefined
  for (let page = 1; page <= PAGES_MAX; page++) {
    const start = token === undefined ? {} : { ContinuationToken: token }
    const answer = await s3.send(
      ask,
      new ListObjectsV2Command({ Bucket: at.bucket, Prefix: at.prefix, ...start }),
    )
    if (!answer.ok) return answer
    const rows = orUnreadable(ask, readListing(answer.value.output))
    if (!rows.ok) return rows
    found.push(...rows.value.filter((row) => row.key.startsWith(at.prefix)))
    const { IsTruncated: isTruncated, NextContinuationToken: next } = answer.value.output
    if (isTruncated !== true) return thawed(s3, at.bucket, found)
    if (next === undefined || next === token) return orUnreadable(ask, bad('a cut listing without a way on'))
    token = next
  }
  return orUnreadable(ask, bad(`more than ${PAGES_MAX} pages`))
}

/** Asks for each GLACIER row whether its restore is done: a listing does not say. */
async function thawed(s3: S3, bucket: string, rows: readonly ObjectSeen[]): Answer<readonly ObjectSeen[]> {
  const known: ObjectSeen[] = []
  for (const row of rows) {
    const head = row.frozen ? await headOf(s3, { bucket, key: row.key }) : good(row)
    if (!head.ok) return head
    if (head.value !== null) known.push(head.value)
  }
  return good(known)
}

type Part = Awaited<ReturnType<ImageLooks['read']>>

async function readPart(s3: S3, at: ObjectPlace, part: { from: number; length: number }): Promise<Part> {
  const { from, length } = part
  if (
    !Number.isSafeInteger(from) ||
    from < 0 ||
    !Number.isSafeInteger(length) ||
    length < 1 ||
    length > READ_BYTES_MAX
  )
    throw new RangeError(`cannot read ${length} bytes from ${from}`)
  // A server that ignores Range would send the whole image: it is given up soon after what was asked for.
  const ask = reading('GetObject', length + SMALL_BYTES_MAX)
  const range = `bytes=${from}-${from + length - 1}`
  const got = await s3.send(ask, new GetObjectCommand({ Bucket: at.bucket, Key: at.key, Range: range }))
  if (!got.ok) return isNothing(got.failure) ? good(null) : got
  const { status, headers, body } = got.value.answered
  const span = orUnreadable(ask, readSpan(status, headers['content-range'], body.length))
  if (!span.ok) return span
  if (span.value.bytes === 0) return good(null)
  const data = body.subarray(from - span.value.from, from - span.value.from + length)
  const etag = headers['etag']
  if (
    span.value.from > from ||
    data.length !== Math.min(length, span.value.bytes - from) ||
    etag === undefined
  )
    return orUnreadable(ask, bad('another part than asked for, or no ETag'))
  return good({ data, bytes: span.value.bytes, etag })
}

/** 404: not there. 416: no byte at that place, which for the first byte is the placeholder. */
function isNothing(failure: CloudFailure): boolean {
  return failure.kind === 'missing' || failure.status === 416
}

function orUnreadable<T>(ask: S3Ask, read: Result<T, string>): Result<T, CloudFailure> {
  return read.ok
    ? read
    : bad(unreadable({ call: `s3 ${ask.operation}`, write: false }, 200, read.failure, null))
}
