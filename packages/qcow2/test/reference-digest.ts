import { createHash } from 'node:crypto'
import type { Extent } from '../src/index.ts'

/** The digest as the contract words it, written a second time in the plainest way: blocks in a map, then sorted. */
export function referenceDigest(sizeBytes: number, extents: Iterable<Extent>): string {
  const blocks = new Map<number, Buffer>()
  for (const { offset, bytes } of extents) {
    let at = 0
    while (at < bytes.length) {
      const index = Math.floor((offset + at) / 4096)
      const block = blocks.get(index) ?? Buffer.alloc(4096)
      blocks.set(index, block)
      const within = (offset + at) % 4096
      const length = Math.min(4096 - within, bytes.length - at)
      block.set(bytes.subarray(at, at + length), within)
      at += length
    }
  }
  const zeros = Buffer.alloc(4096)
  const hash = createHash('sha256')
  for (const [index, block] of [...blocks].sort(([a], [b]) => a - b)) {
    if (!block.equals(zeros)) hash.update(bigEndian(index * 4096)).update(block)
  }
  return hash.update(bigEndian(sizeBytes)).digest('hex')
}

function bigEndian(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}
