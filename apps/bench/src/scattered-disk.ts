import { createHash } from 'node:crypto'
import type { Disk } from '@snapferry/qcow2'

/** A disk in memory with its content, which is never all zero. */
export interface ScatteredDisk extends Disk {
  /** All of it, in disk order. */
  readonly content: readonly { readonly offset: number; readonly bytes: Uint8Array }[]
}

/** What the disk is made of. */
export interface Scattering {
  readonly sizeBytes: number
  readonly dataBytes: number
  readonly extents: number
}

/** An odd step leaves extents on no border of a cluster, a block or a sector, as a raw disk may have them. */
const STEP_BYTES = 12_345

/** Extents of one length, one in each of as many equal stretches, not aligned to anything; the same in every run. */
export function scatteredDisk({ sizeBytes, dataBytes, extents }: Scattering): ScatteredDisk {
  const length = Math.floor(dataBytes / extents)
  const stretch = Math.floor(sizeBytes / extents)
  if (length < 1 || length > stretch)
    throw new RangeError(`${dataBytes} bytes do not fit as ${extents} extents`)
  const room = stretch - length + 1
  const content = Array.from({ length: extents }, (_, at) => ({
    offset: at * stretch + ((at * STEP_BYTES) % room),
    bytes: filled(length, at),
  }))
  return {
    sizeBytes,
    content,
    ranges: content.map(({ offset, bytes }) => ({ offset, length: bytes.length })),
    read: async (offset, wanted) => {
      const extent = content[Math.floor(offset / stretch)]
      if (extent === undefined) throw new RangeError(`no extent at byte ${offset}`)
      return extent.bytes.subarray(offset - extent.offset, offset - extent.offset + wanted)
    },
  }
}

/** Bytes that do not repeat from block to block: a chain of hashes. */
function filled(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let link = createHash('sha256').update(`extent ${seed}`).digest()
  for (let at = 0; at < length; at += link.length) {
    bytes.set(link.subarray(0, length - at), at)
    link = createHash('sha256').update(link).digest()
  }
  return bytes
}

const BLOCK_BYTES = 4_096

/**
 * The digest that the content has, computed without the package that is measured: for each block of 4096 bytes that
 * holds content, its offset (8 bytes, big endian) and its bytes; at the end the size of the disk.
 */
export function expectedDigest({ sizeBytes, content }: ScatteredDisk): string {
  const blocks = new Map<number, Uint8Array>()
  for (const { offset, bytes } of content) {
    for (let at = 0; at < bytes.length; ) {
      const inside = (offset + at) % BLOCK_BYTES
      const start = offset + at - inside
      const block = blocks.get(start) ?? new Uint8Array(BLOCK_BYTES)
      blocks.set(start, block)
      const part = bytes.subarray(at, at + BLOCK_BYTES - inside)
      block.set(part, inside)
      at += part.length
    }
  }
  const hash = createHash('sha256')
  for (const [start, block] of blocks)
    if (block.some((byte) => byte !== 0)) hash.update(eightBytes(start)).update(block)
  return hash.update(eightBytes(sizeBytes)).digest('hex')
}

function eightBytes(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}
