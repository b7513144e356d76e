import { openDice } from '../dice.ts'

/** Data that needs no storage: `bytes` of it in `extents` runs scattered over the disk, all from one seed. */
export interface SeededData {
  bytes: number
  extents: number
  seed: number
}

/** A run of guest bytes that holds data. */
export interface Range {
  offset: number
  length: number
}

/** A file system's block: extents begin and end on it, as on real disks. */
const BLOCK_BYTES = 4096

/** Where the data lies: one extent in each of `extents` equal stretches of the disk; the first begins at 0, the last ends at the disk's end. */
export function seededRanges(sizeBytes: number, data: SeededData): Range[] {
  const blocks = Math.min(Math.ceil(data.bytes / BLOCK_BYTES), Math.floor(sizeBytes / BLOCK_BYTES))
  if (blocks === 0) return []
  const extents = Math.max(1, Math.min(data.extents, blocks))
  const stretchBlocks = Math.floor(sizeBytes / BLOCK_BYTES / extents)
  const dice = openDice(data.seed)
  const ranges: Range[] = []
  for (let at = 0; at < extents; at++) {
    const length = Math.floor((blocks * (at + 1)) / extents) - Math.floor((blocks * at) / extents)
    const room = stretchBlocks - length
    const shift = extents > 1 && at === extents - 1 ? room : at === 0 ? 0 : Math.floor(dice() * (room + 1))
    ranges.push({
      offset: (at * stretchBlocks + Math.max(0, shift)) * BLOCK_BYTES,
      length: length * BLOCK_BYTES,
    })
  }
  return ranges
}

/** Fills `bytes`, which stand at guest offset `offset`, with what the seed puts there. Any cut gives the same bytes. */
export function fillSeeded(bytes: Uint8Array, offset: number, seed: number): void {
  const block = new Uint32Array(BLOCK_BYTES / 4)
  const blockBytes = new Uint8Array(block.buffer)
  for (let at = 0; at < bytes.length; ) {
    const index = Math.floor((offset + at) / BLOCK_BYTES)
    const inside = offset + at - index * BLOCK_BYTES
    const length = Math.min(BLOCK_BYTES - inside, bytes.length - at)
    fillBlock(block, seed, index)
    bytes.set(blockBytes.subarray(inside, inside + length), at)
    at += length
  }
}

/** xorshift128 seeded by block: about a gigabyte a second, and never a block of zeros. */
function fillBlock(block: Uint32Array, seed: number, index: number): void {
  let [x, y, z, w] = [
    (index ^ 0x6d2b79f5) | 0,
    (index / 2 ** 32) | 0,
    (seed ^ 0x1b873593) | 0,
    (seed / 2 ** 32) | 1,
  ]
  for (let at = -8; at < block.length; at++) {
    const t = x ^ (x << 11)
    x = y
    y = z
    z = w
    w = w ^ (w >>> 19) ^ (t ^ (t >>> 8))
    if (at >= 0) block[at] = w
  }
}
