import type { Damage } from '../faults/fault.ts'

/** Bytes to overwrite in an image, at an offset from its start. */
export interface Patch {
  offset: number
  bytes: readonly number[]
}

const ASCII_BASE = [...Buffer.from('base.img')]

/** Header fields each damage overwrites (offsets of the public QCOW2 specification, big endian). */
export const DAMAGE: Record<Damage, readonly Patch[]> = {
  garbage: [
    { offset: 0, bytes: [...Buffer.from('not a disk image, only bytes that look like nothing at all')] },
  ],
  zstd: [
    { offset: 79, bytes: [8] },
    { offset: 100, bytes: [0, 0, 0, 112, 1, 0, 0, 0, 0, 0, 0, 0] },
  ],
  encrypted: [{ offset: 32, bytes: [0, 0, 0, 1] }],
  backing: [
    { offset: 8, bytes: [0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 8] },
    { offset: 512, bytes: ASCII_BASE },
  ],
  'data-file': [{ offset: 79, bytes: [4] }],
  dirty: [{ offset: 79, bytes: [1] }],
  corrupt: [{ offset: 79, bytes: [2] }],
  'unknown-feature': [{ offset: 72, bytes: [64] }],
}

/** The same stream with some of its bytes overwritten. */
export async function* patched(
  chunks: AsyncIterable<Uint8Array>,
  patches: readonly Patch[],
): AsyncGenerator<Uint8Array> {
  let start = 0
  for await (const chunk of chunks) {
    const copy = patches.length > 0 && start < 4096 ? Uint8Array.from(chunk) : chunk
    for (const { offset, bytes } of patches) {
      for (const [at, byte] of bytes.entries()) {
        const place = offset + at - start
        if (place >= 0 && place < copy.length) copy[place] = byte
      }
    }
    start += chunk.length
    yield copy
  }
}

/** The stream's first `bytesMax` bytes. */
export async function* cutAfter(
  chunks: AsyncIterable<Uint8Array>,
  bytesMax: number,
): AsyncGenerator<Uint8Array> {
  let left = bytesMax
  for await (const chunk of chunks) {
    if (left <= 0) return
    yield chunk.subarray(0, left)
    left -= chunk.length
  }
}
