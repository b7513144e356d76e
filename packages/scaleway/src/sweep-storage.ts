import { ListMultipartUploadsCommand, ListObjectsV2Command, ListPartsCommand } from '@aws-sdk/client-s3'
import {
  type Answer,
  bad,
  type CloudFailure,
  good,
  type ObjectFound,
  type UploadFound,
} from '@snapferry/migration'
import { unreadable } from './failure-of-transport.ts'
import { readListing } from './object-wire.ts'
import { reading, type S3, type S3Ask } from './s3-call.ts'

/** A page of 1,000 rows is about 0.5 MB; keys may be 1,024 bytes each and escaped. */
const LIST_BYTES_MAX = 8 * 1024 * 1024
/** 1,000 pages of 1,000 rows; nobody has a million under our prefix. */
const PAGES_MAX = 1000

interface Under {
  readonly bucket: string
  readonly prefix: string
}

/** Every object under a prefix. Unlike the looks of a tick it does not ask whether one in GLACIER can be read. */
export async function listObjects(s3: S3, { bucket, prefix }: Under): Answer<readonly ObjectFound[]> {
  const ask = reading('ListObjectsV2', LIST_BYTES_MAX)
  const found: ObjectFound[] = []
  let token: string | undefined
  for (let page = 1; page <= PAGES_MAX; page++) {
    const start = token === undefined ? {} : { ContinuationToken: token }
    const answer = await s3.send(ask, new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ...start }))
    if (!answer.ok) return answer
    const rows = readListing(answer.value.output)
    if (!rows.ok) return bad(unreadableList(ask, rows.failure))
    found.push(...rows.value.filter(({ key }) => key.startsWith(prefix)))
    const { IsTruncated: isTruncated, NextContinuationToken: next } = answer.value.output
    if (isTruncated !== true) return good(found)
    if (next === undefined || next === token)
      return bad(unreadableList(ask, 'a cut listing without a way on'))
    token = next
  }
  return bad(unreadableList(ask, `more than ${PAGES_MAX} pages`))
}

/** Every unfinished upload under a prefix, with the bytes of its parts. */
export async function listUploads(s3: S3, under: Under): Answer<readonly UploadFound[]> {
  const rows = await listUploadRows(s3, under)
  if (!rows.ok) return rows
  const found: UploadFound[] = []
  for (const row of rows.value) {
    const bytes = await bytesOf(s3, under.bucket, row)
    if (!bytes.ok) return bytes
    if (bytes.value !== null) found.push({ ...row, bytes: bytes.value })
  }
  return good(found)
}

/** An unfinished upload, without the bytes of its parts. */
export type UploadRow = Omit<UploadFound, 'bytes'>

/** Every unfinished upload under a prefix, without asking for its parts. */
export async function listUploadRows(s3: S3, { bucket, prefix }: Under): Answer<readonly UploadRow[]> {
  const ask = reading('ListMultipartUploads', LIST_BYTES_MAX)
  const found: UploadRow[] = []
  let after: { readonly KeyMarker?: string; readonly UploadIdMarker?: string } = {}
  for (let page = 1; page <= PAGES_MAX; page++) {
    const command = new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, ...after })
    const answer = await s3.send(ask, command)
    if (!answer.ok) return answer
    const { Uploads: uploads = [], IsTruncated: isTruncated, ...next } = answer.value.output
    for (const { Key: key, UploadId: uploadId, Initiated: started } of uploads) {
      if (key === undefined || uploadId === undefined)
        return bad(unreadableList(ask, 'a row without Key or UploadId'))
      if (key.startsWith(prefix)) found.push({ key, uploadId, startedAt: timeOf(started) })
    }
    if (isTruncated !== true) return good(found)
    const { NextKeyMarker: keyMarker, NextUploadIdMarker: idMarker = '' } = next
    if (keyMarker === undefined || (keyMarker === after.KeyMarker && idMarker === after.UploadIdMarker))
      return bad(unreadableList(ask, 'a cut listing without a way on'))
    after = { KeyMarker: keyMarker, UploadIdMarker: idMarker }
  }
  return bad(unreadableList(ask, `more than ${PAGES_MAX} pages`))
}

/** The bytes of the parts that have come: at most 1,000 of them, one page. null when it is finished or aborted by now. */
async function bytesOf(s3: S3, bucket: string, { key, uploadId }: UploadRow): Answer<number | null> {
  const ask = reading('ListParts', LIST_BYTES_MAX)
  const answer = await s3.send(ask, new ListPartsCommand({ Bucket: bucket, Key: key, UploadId: uploadId }))
  if (!answer.ok) return answer.failure.kind === 'missing' ? good(null) : answer
  const parts = answer.value.output.Parts ?? []
  return good(parts.reduce((sum, { Size: size }) => sum + (size ?? 0), 0))
}

function timeOf(started: Date | undefined): number | null {
  const at = started?.getTime() ?? Number.NaN
  return Number.isFinite(at) ? at : null
}

function unreadableList(ask: S3Ask, words: string): CloudFailure {
  return unreadable({ call: `s3 ${ask.operation}`, write: false }, 200, words, null)
}
