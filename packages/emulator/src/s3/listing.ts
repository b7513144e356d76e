import type { Answer } from '../http/answer.ts'
import type { Call } from '../http/call.ts'
import { objectBytes } from '../objects.ts'
import type { StoredObject, Upload } from '../stored-object.ts'
import type { World } from '../world.ts'
import { openUpload } from './multipart.ts'
import { openBucket } from './open-bucket.ts'
import { S3Refusal } from './s3-refusal.ts'
import { element } from './xml.ts'
import { xmlAnswer } from './xml-answer.ts'

/** S3's page: at most 1,000 keys and common prefixes together. */
const KEYS_MAX = 1000

interface Entry {
  /** Where a listing goes on behind it. */
  key: string
  object: StoredObject | null
}

/** GET ?list-type=2, and the older list, which differs in its markers only. */
export function listObjects(world: World, call: Call): Answer {
  const bucket = openBucket(world, { ...call, key: null }, 's3:ListBucket')
  const { query } = call
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') ?? ''
  const isV2 = query.get('list-type') === '2'
  const after = isV2
    ? (tokenKey(query.get('continuation-token')) ?? query.get('start-after') ?? '')
    : (query.get('marker') ?? '')
  const keysMax = keysWanted(query.get('max-keys'))
  const objects = world.objects.all().filter((one) => one.bucket === bucket.id && one.key.startsWith(prefix))
  const entries = entriesOf(objects, prefix, delimiter).filter((entry) => byBytes(entry.key, after) > 0)
  const page = entries.slice(0, keysMax)
  const last = page.at(-1)
  const isTruncated = entries.length > page.length && last !== undefined
  const encode = query.get('encoding-type') === 'url' ? encodeURIComponent : (text: string) => text
  const markers = isV2
    ? element('KeyCount', page.length) +
      (isTruncated ? element('NextContinuationToken', keyToken(last.key)) : '')
    : element('Marker', after) + (isTruncated ? element('NextMarker', encode(last.key)) : '')
  const head =
    element('Name', bucket.id) +
    element('Prefix', encode(prefix)) +
    (delimiter === '' ? '' : element('Delimiter', delimiter))
  const inner = page.map((entry) => entryXml(entry, encode)).join('')
  const tail = element('MaxKeys', keysMax) + element('IsTruncated', String(isTruncated)) + markers
  return xmlAnswer('ListBucketResult', head + tail + inner)
}

/** GET ?uploads: the unfinished uploads by key, the oldest of a key first; at most 1,000 a page. */
export function listUploads(world: World, call: Call): Answer {
  const bucket = openBucket(world, { ...call, key: null }, 's3:ListBucketMultipartUploads')
  const prefix = call.query.get('prefix') ?? ''
  const uploads = world.uploads
    .all()
    .filter((one) => one.bucket === bucket.id && one.key.startsWith(prefix))
    .sort((one, other) => byBytes(one.key, other.key) || one.startedMs - other.startedMs)
  const rest = uploads.slice(uploadsBehind(uploads, call.query))
  const page = rest.slice(0, keysWanted(call.query.get('max-uploads')))
  const last = page.at(-1)
  const inner = page.map((one) => {
    const initiated = element('Initiated', new Date(one.startedMs).toISOString())
    return `<Upload>${element('Key', one.key)}${element('UploadId', one.id)}${initiated}${element('StorageClass', one.storageClass)}</Upload>`
  })
  const isTruncated = rest.length > page.length && last !== undefined
  const markers = isTruncated
    ? element('NextKeyMarker', last.key) + element('NextUploadIdMarker', last.id)
    : ''
  return xmlAnswer(
    'ListMultipartUploadsResult',
    element('Bucket', bucket.id) + element('IsTruncated', String(isTruncated)) + markers + inner.join(''),
  )
}

/** How many uploads the markers leave behind: up to the one they name, or all of the key when they name none. */
function uploadsBehind(uploads: readonly Upload[], query: URLSearchParams): number {
  const key = query.get('key-marker') ?? ''
  if (key === '') return 0
  const id = query.get('upload-id-marker') ?? ''
  const named = id === '' ? -1 : uploads.findIndex((one) => one.key === key && one.id === id)
  if (named >= 0) return named + 1
  return uploads.filter((one) => byBytes(one.key, key) <= 0).length
}

/** GET ?uploadId: the parts that have come. */
export function listParts(world: World, call: Call): Answer {
  const upload = openUpload(world, call)
  const numbers = Object.keys(upload.parts)
    .map(Number)
    .sort((one, other) => one - other)
  const inner = numbers.map((number) => {
    const part = upload.parts[number]
    const date = element('LastModified', new Date(part?.changedMs ?? 0).toISOString())
    return `<Part>${element('PartNumber', number)}${date}${element('ETag', `"${part?.etag}"`)}${element('Size', part?.blob.sizeBytes ?? 0)}</Part>`
  })
  const head = element('Bucket', upload.bucket) + element('Key', upload.key) + element('UploadId', upload.id)
  return xmlAnswer('ListPartsResult', head + element('IsTruncated', 'false') + inner.join(''))
}

/** Keys in S3's order, with those behind the delimiter folded into one entry per common prefix. */
function entriesOf(objects: StoredObject[], prefix: string, delimiter: string): Entry[] {
  const entries = new Map<string, Entry>()
  for (const object of objects) {
    const cut = delimiter === '' ? -1 : object.key.indexOf(delimiter, prefix.length)
    const key = cut < 0 ? object.key : object.key.slice(0, cut + delimiter.length)
    entries.set(key, { key, object: cut < 0 ? object : null })
  }
  return [...entries.values()].sort((one, other) => byBytes(one.key, other.key))
}

/** S3 orders keys by their UTF-8 bytes. */
function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}

function entryXml({ key, object }: Entry, encode: (text: string) => string): string {
  if (object === null) return `<CommonPrefixes>${element('Prefix', encode(key))}</CommonPrefixes>`
  const date = element('LastModified', new Date(object.changedMs).toISOString())
  const facts =
    element('ETag', `"${object.etag}"`) +
    element('Size', objectBytes(object)) +
    element('StorageClass', object.storageClass)
  return `<Contents>${element('Key', encode(key))}${date}${facts}</Contents>`
}

function keysWanted(text: string | null): number {
  if (text === null) return KEYS_MAX
  const wanted = Number(text)
  if (!Number.isInteger(wanted) || wanted < 0) throw new S3Refusal('InvalidArgument', 'max-keys is not valid')
  return Math.min(wanted, KEYS_MAX)
}

function keyToken(key: string): string {
  return Buffer.from(key).toString('base64url')
}

function tokenKey(token: string | null): string | null {
  return token === null ? null : Buffer.from(token, 'base64url').toString('utf8')
}
