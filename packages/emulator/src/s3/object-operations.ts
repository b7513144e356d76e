import { holdSegments, streamSegments } from '../disks/segments.ts'
import type { Answer } from '../http/answer.ts'
import { type Call, madeByCall } from '../http/call.ts'
import { findObject, isReadable, objectBytes, putObject, removeObject } from '../objects.ts'
import type { StoredObject } from '../stored-object.ts'
import type { World } from '../world.ts'
import { copySource } from './copy-source.ts'
import { openBucket, openObject } from './open-bucket.ts'
import { parseRange } from './range.ts'
import { S3Refusal } from './s3-refusal.ts'
import { storeBody } from './upload-body.ts'
import { writtenHeaders } from './written-headers.ts'
import { element } from './xml.ts'
import { bareAnswer, xmlAnswer } from './xml-answer.ts'

/** PUT object. The old object stays until the new one is whole and checked. */
export async function putWhole(world: World, call: Call): Promise<Answer> {
  const bucket = openBucket(world, call, 's3:PutObject')
  const key = call.key ?? ''
  requireKey(key)
  const refuseWhenThere = (): void => {
    const isThere = findObject(world, { bucket: bucket.id, key }) !== undefined
    if (call.request.headers['if-none-match'] === '*' && isThere) throw new S3Refusal('PreconditionFailed')
  }
  refuseWhenThere()
  const headers = writtenHeaders(call)
  const { blob, md5, checksums } = await storeBody(world, call)
  // Of two that write the same new object at once, the one whose bytes are whole first wins.
  refuseWhenThere()
  const etag = md5.toString('hex')
  const segments = [blob]
  putObject(world, {
    bucket: bucket.id,
    key,
    ...headers,
    segments,
    etag,
    checksums,
    ...writtenBy(world, call),
  })
  call.madeIds.push(`${bucket.id}/${key}`)
  return bareAnswer(200, { Etag: `"${etag}"`, ...checksumHeaders(checksums) })
}

/** What every written object bears. */
export function writtenBy(
  world: World,
  call: Call,
): Pick<StoredObject, 'changedMs' | 'exportedFrom' | 'restoredMs' | 'madeBy'> {
  return { changedMs: world.clock.nowMs(), exportedFrom: null, restoredMs: null, madeBy: madeByCall(call) }
}

/** A key has 1 to 1,024 bytes. */
export function requireKey(key: string): void {
  if (Buffer.byteLength(key) > 1024) throw new S3Refusal('InvalidArgument', 'The key is too long')
}

/** GET object, whole or a range. */
export function getObject(world: World, call: Call): Answer {
  const object = openObject(world, call, 's3:GetObject')
  if (!isReadable(object, world.clock.nowMs())) throw new S3Refusal('InvalidObjectState')
  const sizeBytes = objectBytes(object)
  requireConditions(call, object)
  const range = parseRange(call.request.headers.range, sizeBytes)
  const headers = { ...objectHeaders(world, object), ...checksumsFor(call, object, range !== null) }
  if (range === null) {
    const body =
      sizeBytes === 0 ? null : streamSegments(world.blobs, object.segments, { from: 0, to: sizeBytes - 1 })
    return { status: 200, headers: { ...headers, 'Content-Length': String(sizeBytes) }, body }
  }
  const lengths = {
    'Content-Length': String(range.to - range.from + 1),
    'Content-Range': `bytes ${range.from}-${range.to}/${sizeBytes}`,
  }
  return {
    status: 206,
    headers: { ...headers, ...lengths },
    body: streamSegments(world.blobs, object.segments, range),
  }
}

/** HEAD object. */
export function headObject(world: World, call: Call): Answer {
  const object = openObject(world, call, 's3:GetObject')
  requireConditions(call, object)
  const length = { 'Content-Length': String(objectBytes(object)) }
  return bareAnswer(200, { ...objectHeaders(world, object), ...checksumsFor(call, object, false), ...length })
}

/** DELETE object: 204 whether it was there or not. */
export function deleteObject(world: World, call: Call): Answer {
  const bucket = openBucket(world, call, 's3:DeleteObject')
  removeObject(world, { bucket: bucket.id, key: call.key ?? '' })
  return bareAnswer(204)
}

/** PUT object from another of the same region: an object of another region is NoSuchBucket here. */
export function copyObject(world: World, call: Call): Answer {
  const bucket = openBucket(world, call, 's3:PutObject')
  const source = copySource(world, call)
  const { headers } = call.request
  const isReplaced = headers['x-amz-metadata-directive'] === 'REPLACE'
  holdSegments(world.blobs, source.segments)
  const copy = putObject(world, {
    ...source,
    ...(isReplaced || headers['x-amz-storage-class'] !== undefined
      ? { storageClass: writtenHeaders(call).storageClass }
      : {}),
    ...(isReplaced ? writtenHeaders(call) : {}),
    ...writtenBy(world, call),
    bucket: bucket.id,
    key: call.key ?? '',
    exportedFrom: source.exportedFrom,
  })
  call.madeIds.push(`${bucket.id}/${copy.key}`)
  const date = element('LastModified', new Date(copy.changedMs).toISOString())
  return xmlAnswer('CopyObjectResult', date + element('ETag', `"${copy.etag}"`))
}

/** POST ?restore: a GLACIER object becomes readable after five emulated minutes. */
export function restoreObject(world: World, call: Call): Answer {
  const object = openObject(world, call, 's3:RestoreObject')
  if (object.storageClass !== 'GLACIER') throw new S3Refusal('InvalidObjectState')
  const isAgain = object.restoredMs !== null
  if (!isAgain) world.objects.put({ ...object, restoredMs: world.clock.nowMs() + RESTORE_MS })
  call.request.resume()
  return bareAnswer(isAgain ? 200 : 202)
}

/** Between minutes and 24 h, says the documentation. */
const RESTORE_MS = 5 * 60_000

/** Checksums of a whole object, when there are any. */
export function checksumHeaders(checksums: Record<string, string>): Record<string, string> {
  const entries = Object.entries(checksums).map(([name, value]) => [`x-amz-checksum-${name}`, value])
  return entries.length === 0 ? {} : { ...Object.fromEntries(entries), 'x-amz-checksum-type': 'FULL_OBJECT' }
}

function checksumsFor(call: Call, object: StoredObject, isPartial: boolean): Record<string, string> {
  const isWanted = call.request.headers['x-amz-checksum-mode'] === 'ENABLED' && !isPartial
  return isWanted ? checksumHeaders(object.checksums) : {}
}

function objectHeaders(world: World, object: StoredObject): Record<string, string> {
  const metadata = Object.entries(object.metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])
  const tagCount = Object.keys(object.tags).length
  return {
    'Accept-Ranges': 'bytes',
    'Content-Type': object.contentType,
    Etag: `"${object.etag}"`,
    'Last-Modified': new Date(object.changedMs).toUTCString(),
    ...object.kept,
    ...Object.fromEntries(metadata),
    ...(object.storageClass === 'STANDARD' ? {} : { 'x-amz-storage-class': object.storageClass }),
    ...(object.restoredMs === null
      ? {}
      : { 'x-amz-restore': `ongoing-request="${object.restoredMs > world.clock.nowMs()}"` }),
    ...(tagCount === 0 ? {} : { 'x-amz-tagging-count': String(tagCount) }),
  }
}

function requireConditions(call: Call, object: StoredObject): void {
  const wanted = call.request.headers['if-match']
  if (wanted !== undefined && wanted !== '*' && wanted.replaceAll('"', '') !== object.etag) {
    throw new S3Refusal('PreconditionFailed')
  }
}
