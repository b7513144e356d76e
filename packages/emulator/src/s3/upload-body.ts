import { createHash, type Hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { type Blob, writeBlob } from '../disks/blobs.ts'
import type { Call } from '../http/call.ts'
import type { World } from '../world.ts'
import { decodeAwsChunked } from './aws-chunked.ts'
import { S3Refusal } from './s3-refusal.ts'

/** A body that has been stored: its bytes, its MD5 and the checksums that were sent along and hold. */
export interface StoredBody {
  blob: Blob
  md5: Buffer
  checksums: Record<string, string>
}

interface Meter {
  update(bytes: Uint8Array): void
  base64(): string
}

const METERS: Record<string, () => Meter> = {
  crc32: openCrc32,
  sha1: () => meterOf(createHash('sha1')),
  sha256: () => meterOf(createHash('sha256')),
}

/** Streams the call's body into the blob store and checks every hash that came with it. The caller holds the blob. */
export async function storeBody(world: World, call: Call): Promise<StoredBody> {
  const { headers } = call.request
  const payload = String(headers['x-amz-content-sha256'] ?? '')
  if (payload.startsWith('STREAMING-AWS4-')) {
    throw new S3Refusal('NotImplemented', 'Chunk signatures are not played; send UNSIGNED-PAYLOAD or a hash')
  }
  const claims = new Map<string, string>()
  for (const [name, value] of Object.entries(headers)) claim(claims, name, String(value))
  const isChunked = payload === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'
  const bytes = isChunked
    ? decodeAwsChunked(call.request, (name, value) => claim(claims, name, value))
    : call.request
  const md5 = createHash('md5')
  const whole = createHash('sha256')
  const meters = new Map(Object.entries(METERS).map(([name, open]) => [name, open()]))
  const blob = await writeBlob(world.blobs, seenBy(bytes, [md5, whole, ...wantedMeters(meters, headers)]))
  const stored = { blob, md5: md5.digest(), checksums: Object.fromEntries(claims) }
  const broken = brokenClaim(stored, meters, payload, whole.digest('hex'), headers['content-md5'])
  if (broken === null) return stored
  world.blobs.release(blob.blob)
  throw broken
}

function claim(claims: Map<string, string>, name: string, value: string): void {
  const algorithm = /^x-amz-checksum-(\w+)$/.exec(name)?.[1]
  if (algorithm !== undefined && algorithm in METERS) claims.set(algorithm, value)
}

/** Only the meters that a header or an announced trailer asks for: each costs a pass over the bytes. */
function wantedMeters(
  meters: Map<string, Meter>,
  headers: Record<string, string | string[] | undefined>,
): Meter[] {
  for (const name of [...meters.keys()]) {
    const isWanted =
      headers[`x-amz-checksum-${name}`] !== undefined || headers['x-amz-trailer'] === `x-amz-checksum-${name}`
    if (!isWanted) meters.delete(name)
  }
  return [...meters.values()]
}

async function* seenBy(bytes: AsyncIterable<Uint8Array>, watchers: { update(bytes: Uint8Array): unknown }[]) {
  for await (const chunk of bytes) {
    for (const watcher of watchers) watcher.update(chunk)
    yield chunk
  }
}

function brokenClaim(
  stored: StoredBody,
  meters: Map<string, Meter>,
  payload: string,
  sha256: string,
  contentMd5: string | string[] | undefined,
): S3Refusal | null {
  if (/^[0-9a-f]{64}$/.test(payload) && payload !== sha256) return new S3Refusal('XAmzContentSHA256Mismatch')
  if (contentMd5 !== undefined && contentMd5 !== stored.md5.toString('base64'))
    return new S3Refusal('BadDigest')
  for (const [name, claimed] of Object.entries(stored.checksums)) {
    if (meters.get(name)?.base64() !== claimed) return new S3Refusal('BadDigest')
  }
  return null
}

function openCrc32(): Meter {
  let sum = 0
  return {
    update(bytes) {
      sum = crc32(bytes, sum)
    },
    base64() {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32BE(sum)
      return bytes.toString('base64')
    },
  }
}

function meterOf(hash: Hash): Meter {
  return { update: (bytes) => void hash.update(bytes), base64: () => hash.copy().digest('base64') }
}
