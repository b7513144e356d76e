import type { Extent } from './disk.ts'

/** The grain at which content is compared, in bytes: a block of zeros is the same as no block. */
export const BLOCK_BYTES = 4096

/**
 * Regroups ascending extents of any alignment into extents of whole, aligned blocks that are not all zero.
 * What an extent leaves out of a block counts as zeros, so the last extent may reach behind the disk's end.
 * Holds at most one block between extents. Throws a RangeError on extents that overlap or leave the disk.
 */
export async function* nonZeroBlocks(
  extents: AsyncIterable<Extent> | Iterable<Extent>,
  sizeBytes: number,
): AsyncGenerator<Extent> {
  let end = 0
  let open: { readonly offset: number; readonly bytes: Uint8Array } | null = null
  for await (const extent of extents) {
    checkOrder(extent, end, sizeBytes)
    end = extent.offset + extent.bytes.length
    let { offset, bytes } = extent
    while (bytes.length > 0) {
      const blockAt = offset - (offset % BLOCK_BYTES)
      if (open !== null && open.offset !== blockAt) {
        yield* nonZeroRuns(open)
        open = null
      }
      const isPart: boolean = open !== null || offset !== blockAt || bytes.length < BLOCK_BYTES
      const taken = isPart
        ? Math.min(blockAt + BLOCK_BYTES - offset, bytes.length)
        : bytes.length - (bytes.length % BLOCK_BYTES)
      const part = bytes.subarray(0, taken)
      if (isPart) {
        open ??= { offset: blockAt, bytes: new Uint8Array(BLOCK_BYTES) }
        open.bytes.set(part, offset - blockAt)
      } else {
        yield* nonZeroRuns({ offset, bytes: part })
      }
      bytes = bytes.subarray(taken)
      offset += taken
    }
  }
  if (open !== null) yield* nonZeroRuns(open)
}

function checkOrder(extent: Extent, end: number, sizeBytes: number): void {
  if (extent.offset < end) {
    throw new RangeError(`an extent at byte ${extent.offset} follows one that ended at byte ${end}`)
  }
  if (extent.offset + extent.bytes.length > sizeBytes) {
    throw new RangeError(`the extent at byte ${extent.offset} leaves the disk of ${sizeBytes} bytes`)
  }
}

/** Cuts whole blocks into the runs of them that are not all zero. */
function* nonZeroRuns({ offset, bytes }: Extent): Generator<Extent> {
  let runAt = -1
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    if (!isZeroBlock(bytes, at)) {
      if (runAt < 0) runAt = at
    } else if (runAt >= 0) {
      yield { offset: offset + runAt, bytes: bytes.subarray(runAt, at) }
      runAt = -1
    }
  }
  if (runAt >= 0) yield { offset: offset + runAt, bytes: bytes.subarray(runAt) }
}

/**
 * Compares four bytes at a time; a Float64Array would call -0 a zero, and a view needs an aligned start. The copy is
 * made by a constructor: `slice` of Node's Buffer does not copy.
 */
function isZeroBlock(bytes: Uint8Array, at: number): boolean {
  const start = bytes.byteOffset + at
  const words =
    start % 4 === 0
      ? new Uint32Array(bytes.buffer, start, BLOCK_BYTES / 4)
      : new Uint32Array(new Uint8Array(bytes.subarray(at, at + BLOCK_BYTES)).buffer)
  for (let index = 0; index < words.length; index++) {
    if (words[index] !== 0) return false
  }
  return true
}
