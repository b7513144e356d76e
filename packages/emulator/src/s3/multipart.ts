import { randomUUID } from 'node:crypto'
import { writeBlob } from '../disks/blobs.ts'
import { releaseSegments, streamSegments } from '../disks/segments.ts'
import type { Answer } from '../http/answer.ts'
import { type Call, madeByCall } from '../http/call.ts'
import { objectBytes, putObject } from '../objects.ts'
import type { Part, Upload } from '../stored-object.ts'
import type { World } from '../world.ts'
import { copySource } from './copy-source.ts'
import { etagOfParts, openEtagMeter } from './etag.ts'
import { requireKey, writtenBy } from './object-operations.ts'
import { openBucket } from './open-bucket.ts'
import { parseRange } from './range.ts'
import { readXml } from './read-xml.ts'
import { S3Refusal } from './s3-refusal.ts'
import { storeBody } from './upload-body.ts'
import { writtenHeaders } from './written-headers.ts'
import { childrenOf, element, textOf } from './xml.ts'
import { bareAnswer, xmlAnswer } from './xml-answer.ts'

/** Scaleway's limit; AWS allows ten times as many. */
const PARTS_MAX = 1000

/** Every part but the last has at least so many bytes (5 MiB, as S3 counts its 5 MB). */
const PART_BYTES_MIN = 5 * 1_048_576

/** POST ?uploads */
export function createUpload(world: World, call: Call): Answer {
  const bucket = openBucket(world, call, 's3:PutObject')
  const key = call.key ?? ''
  requireKey(key)
  const headers = writtenHeaders(call)
  const id = randomUUID()
  const startedMs = world.clock.nowMs()
  world.uploads.put({
    id,
    bucket: bucket.id,
    key,
    ...headers,
    startedMs,
    parts: {},
    madeBy: madeByCall(call),
  })
  call.madeIds.push(id)
  return xmlAnswer(
    'InitiateMultipartUploadResult',
    element('Bucket', bucket.id) + element('Key', key) + element('UploadId', id),
  )
}

/** PUT ?partNumber&uploadId, with the bytes. */
export async function uploadPart(world: World, call: Call): Promise<Answer> {
  const { id } = openUpload(world, call)
  const number = partNumber(call)
  const { blob, md5, checksums } = await storeBody(world, call)
  const etag = md5.toString('hex')
  keepPart(world, id, number, { blob, etag, changedMs: world.clock.nowMs() })
  const crcs = Object.entries(checksums).map(([name, value]) => [`x-amz-checksum-${name}`, value])
  return bareAnswer(200, { Etag: `"${etag}"`, ...Object.fromEntries(crcs) })
}

/** PUT ?partNumber&uploadId, with bytes of another object of this region. */
export async function uploadPartCopy(world: World, call: Call): Promise<Answer> {
  const { id } = openUpload(world, call)
  const number = partNumber(call)
  const source = copySource(world, call)
  const header = call.request.headers['x-amz-copy-source-range']
  const range = parseRange(typeof header === 'string' ? header : undefined, objectBytes(source))
  const meter = openEtagMeter(Number.POSITIVE_INFINITY)
  const bytes = streamSegments(
    world.blobs,
    source.segments,
    range ?? { from: 0, to: objectBytes(source) - 1 },
  )
  const metered = (async function* () {
    for await (const chunk of bytes) {
      meter.update(chunk)
      yield chunk
    }
  })()
  const blob = await writeBlob(world.blobs, metered)
  const part = { blob, etag: meter.etag(), changedMs: world.clock.nowMs() }
  keepPart(world, id, number, part)
  const date = element('LastModified', new Date(part.changedMs).toISOString())
  return xmlAnswer('CopyPartResult', date + element('ETag', `"${part.etag}"`))
}

/** POST ?uploadId: the parts named, in order, become the object. */
export async function completeUpload(world: World, call: Call): Promise<Answer> {
  const root = await readXml(call)
  const upload = openUpload(world, call)
  const wanted = childrenOf(root, 'Part').map((part) => ({
    number: Number(textOf(part, 'PartNumber')),
    etag: (textOf(part, 'ETag') ?? '').replaceAll('"', ''),
  }))
  const parts = chosenParts(upload, wanted)
  const etag = etagOfParts(parts.map((part) => Buffer.from(part.etag, 'hex')))
  const { bucket, key, contentType, storageClass, metadata, kept, tags } = upload
  for (const part of parts) world.blobs.hold(part.blob.blob)
  const segments = parts.map((part) => part.blob)
  const headers = { contentType, storageClass, metadata, kept, tags }
  putObject(world, { bucket, key, ...headers, segments, etag, checksums: {}, ...writtenBy(world, call) })
  forgetUpload(world, upload)
  call.madeIds.push(`${bucket}/${key}`)
  const place = element('Location', `/${bucket}/${key}`) + element('Bucket', bucket) + element('Key', key)
  return xmlAnswer('CompleteMultipartUploadResult', place + element('ETag', `"${etag}"`))
}

/** DELETE ?uploadId */
export function abortUpload(world: World, call: Call): Answer {
  forgetUpload(world, openUpload(world, call))
  return bareAnswer(204)
}

/** Removes an upload and lets go of its parts. */
export function forgetUpload(world: World, upload: Upload): void {
  world.uploads.remove(upload.id)
  releaseSegments(
    world.blobs,
    Object.values(upload.parts).map((part) => part.blob),
  )
}

/** The upload the call names, in the call's bucket and key. */
export function openUpload(world: World, call: Call): Upload {
  const bucket = openBucket(world, call, 's3:PutObject')
  const upload = world.uploads.get(call.query.get('uploadId') ?? '')
  if (upload?.bucket !== bucket.id || upload.key !== call.key) throw new S3Refusal('NoSuchUpload')
  return upload
}

function partNumber(call: Call): number {
  const number = Number(call.query.get('partNumber'))
  if (Number.isInteger(number) && number >= 1 && number <= PARTS_MAX) return number
  throw new S3Refusal(
    'InvalidArgument',
    `Part number must be an integer between 1 and ${PARTS_MAX}, inclusive`,
  )
}

/** Read again: other parts may have come, or the upload gone, while this one's bytes were under way. */
function keepPart(world: World, id: string, number: number, part: Part): void {
  const upload = world.uploads.get(id)
  if (upload === undefined) {
    world.blobs.release(part.blob.blob)
    throw new S3Refusal('NoSuchUpload')
  }
  const older = upload.parts[number]
  world.uploads.put({ ...upload, parts: { ...upload.parts, [number]: part } })
  if (older !== undefined) world.blobs.release(older.blob.blob)
}

function chosenParts(upload: Upload, wanted: { number: number; etag: string }[]): Part[] {
  if (wanted.length === 0) throw new S3Refusal('MalformedXML')
  const parts = wanted.map(({ number, etag }) => {
    const part = upload.parts[number]
    if (part === undefined || part.etag !== etag) throw new S3Refusal('InvalidPart')
    return part
  })
  const isAscending = wanted.every(({ number }, at) => at === 0 || number > (wanted[at - 1]?.number ?? 0))
  if (!isAscending) throw new S3Refusal('InvalidPartOrder')
  if (parts.slice(0, -1).some((part) => part.blob.sizeBytes < PART_BYTES_MIN))
    throw new S3Refusal('EntityTooSmall')
  return parts
}
