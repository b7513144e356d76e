import { type ByteSource, READ_BYTES_MAX, readWhole } from './byte-source.ts'
import type { Header } from './header.ts'
import { breach } from './image-error.ts'
import { offsetIn, tablePieces } from './table.ts'

/**
 * Refcount blocks looked at from the end until one counts something. A block lies in the range it counts,
 * so the last one is practically never empty; a long tail of empty blocks is damage, or an attempt to keep us busy.
 */
const BLOCKS_LOOKED_AT_MAX = 64

/** And no more bytes of them than 4 MiB: one to three blocks of the largest cluster size cover any disk. */
const BLOCK_BYTES_LOOKED_AT_MAX = 4_194_304

/** Throws when a refcount block cannot lie at `offset`; `name` is the entry that points there. */
export type CheckBlock = (offset: number, name: string) => void

/**
 * The index of the highest cluster whose refcount is not zero. Goes through the whole refcount table, showing
 * each entry to `check`, then reads blocks from its end backwards until one counts something.
 * Expects a header that judgeHeader called good; throws an ImageError 'corrupt' when nothing is counted.
 */
export async function highestCluster(image: ByteSource, header: Header, check: CheckBlock): Promise<number> {
  const clustersPerBlock = 2 ** (header.clusterBits + 3 - header.refcountOrder)
  for (const { index, offset } of await lastBlocks(image, header, check)) {
    const within = await highestInBlock(image, header, offset)
    if (within !== null) return index * clustersPerBlock + within
  }
  throw breach('corrupt', `the refcount table at byte ${header.refcountTableOffset} counts no cluster`)
}

interface Block {
  readonly index: number
  readonly offset: number
}

/** The last blocks the table points to, highest first. */
async function lastBlocks(image: ByteSource, header: Header, check: CheckBlock): Promise<readonly Block[]> {
  const entries = (header.refcountTableClusters * 2 ** header.clusterBits) / 8
  const blocksMax = Math.min(BLOCKS_LOOKED_AT_MAX, BLOCK_BYTES_LOOKED_AT_MAX / 2 ** header.clusterBits)
  const last: Block[] = []
  for await (const piece of tablePieces(image, header.refcountTableOffset, entries)) {
    for (let at = 0; at < piece.count; at++) {
      const offset = offsetIn(piece.view, at)
      if (offset === 0) continue
      check(offset, `refcount table entry ${piece.first + at}`)
      last.push({ index: piece.first + at, offset })
      if (last.length > blocksMax) last.shift()
    }
  }
  return last.reverse()
}

async function highestInBlock(image: ByteSource, header: Header, offset: number): Promise<number | null> {
  const clusterBytes = 2 ** header.clusterBits
  const pieceBytes = Math.min(clusterBytes, READ_BYTES_MAX)
  for (let from = clusterBytes - pieceBytes; from >= 0; from -= pieceBytes) {
    const bytes = await readWhole(image, offset + from, pieceBytes)
    const at = bytes.findLastIndex((byte) => byte !== 0)
    if (at >= 0) return highestInByte(from + at, bytes[at] ?? 0, header.refcountOrder)
  }
  return null
}

/** Refcounts narrower than a byte are packed from the lowest bits up. */
function highestInByte(at: number, byte: number, refcountOrder: number): number {
  if (refcountOrder >= 3) return Math.floor(at / 2 ** (refcountOrder - 3))
  const highestBit = 31 - Math.clz32(byte)
  return at * 2 ** (3 - refcountOrder) + (highestBit >> refcountOrder)
}
