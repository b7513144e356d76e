import { type ByteSource, READ_BYTES_MAX, readWhole } from './byte-source.ts'

/** Some consecutive entries of an L1, L2 or refcount table; `first` is the index of the first one. */
export interface TablePiece {
  readonly first: number
  readonly count: number
  readonly view: DataView
}

const ENTRY_BYTES = 8

/** Reads a table piece by piece, at most 1 MiB each, so that its size never decides over our memory. */
export async function* tablePieces(
  image: ByteSource,
  offset: number,
  entryCount: number,
): AsyncGenerator<TablePiece> {
  const step = READ_BYTES_MAX / ENTRY_BYTES
  for (let first = 0; first < entryCount; first += step) {
    const count = Math.min(step, entryCount - first)
    const bytes = await readWhole(image, offset + first * ENTRY_BYTES, count * ENTRY_BYTES)
    yield { first, count, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) }
  }
}

/**
 * The offset in the entry at `index` of a piece: bits 9 to 55, 0 when nothing is there. At most 47 bits are
 * significant, so the number is exact even beyond 2^53.
 */
export function offsetIn(view: DataView, index: number): number {
  const high = view.getUint32(index * ENTRY_BYTES) & 0x00ff_ffff
  const low = view.getUint32(index * ENTRY_BYTES + 4) & 0xffff_fe00
  return high * 2 ** 32 + (low >>> 0)
}
