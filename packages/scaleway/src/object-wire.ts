import type { HeadObjectCommandOutput, ListObjectsV2CommandOutput } from '@aws-sdk/client-s3'
import { bad, good, isUuid, type ObjectSeen, type Region, type Result } from '@snapferry/migration'

/** The object a HEAD shows. */
export function readHead(key: string, head: HeadObjectCommandOutput): Result<ObjectSeen, string> {
  const { ContentLength: size, ETag: etag, LastModified: written } = head
  if (!isLength(size) || etag === undefined) return bad('a HEAD without Content-Length or ETag')
  return good({
    key,
    bytes: size,
    etag,
    ...writtenAt(written),
    frozen: isFrozen(head.StorageClass, head.Restore),
  })
}

/** One page of a listing. A GLACIER row says nothing about being restored: `frozen` is then to be asked by HEAD. */
export function readListing(page: ListObjectsV2CommandOutput): Result<readonly ObjectSeen[], string> {
  const rows: ObjectSeen[] = []
  for (const { Key: key, Size: size, ETag: etag, LastModified: written, StorageClass } of page.Contents ??
    []) {
    if (key === undefined || !isLength(size) || etag === undefined)
      return bad('a row without Key, Size or ETag')
    rows.push({ key, bytes: size, etag, ...writtenAt(written), frozen: isFrozen(StorageClass, undefined) })
  }
  return good(rows)
}

/** What part of an object an answer carries, and how long the object is. */
export interface Span {
  readonly from: number
  readonly bytes: number
}

/** 206: by Content-Range. 200: the server sent the whole object. Fails when the part is not where it was asked for. */
export function readSpan(
  status: number,
  contentRange: string | undefined,
  bodyBytes: number,
): Result<Span, string> {
  if (status === 200) return good({ from: 0, bytes: bodyBytes })
  const range = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(contentRange ?? '')
  if (range === null) return bad(`Content-Range ${JSON.stringify(contentRange?.slice(0, 60) ?? '')} is none`)
  const [from, last, bytes] = [Number(range[1]), Number(range[2]), Number(range[3])]
  if (last - from + 1 !== bodyBytes || last >= bytes) return bad('Content-Range and body disagree')
  return good({ from, bytes })
}

/** The project that owns a bucket: the owner of its ACL, `<project>` or `<project>:<project>`. */
export function projectOfOwner(ownerId: string | undefined): string | null {
  const project = ownerId?.split(':')[0] ?? ''
  return isUuid(project) ? project : null
}

/** A region as the provider names it; null for any other text. */
export function regionOfText(text: string | undefined): Region | null {
  return text !== undefined && /^[a-z]{2}-[a-z]{3}$/.test(text) ? (text as Region) : null
}

/** GLACIER objects are readable only while a finished restore lasts. */
function isFrozen(storageClass: string | undefined, restore: string | undefined): boolean {
  return storageClass === 'GLACIER' && !/ongoing-request="false"/.test(restore ?? '')
}

function isLength(size: number | undefined): size is number {
  return size !== undefined && Number.isSafeInteger(size) && size >= 0
}

/** In whole seconds, for a HEAD tells no more. A time that is missing or none is left out: nothing depends on it. */
function writtenAt(written: Date | undefined): { readonly writtenAt?: number } {
  const at = written?.getTime() ?? Number.NaN
  return Number.isFinite(at) ? { writtenAt: at - (at % 1_000) } : {}
}
