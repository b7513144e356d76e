import fc from 'fast-check'
import type { Disk, Extent } from '../src/index.ts'

/** A disk that holds these extents, each of them one range. */
export function diskOf(sizeBytes: number, extents: readonly Extent[]): Disk {
  return {
    sizeBytes,
    ranges: extents.map(({ offset, bytes }) => ({ offset, length: bytes.length })),
    async read(offset, length) {
      if (length > 1_048_576) throw new Error(`${length} bytes were asked of the disk at once`)
      for (const extent of extents) {
        const from = offset - extent.offset
        if (from >= 0 && from + length <= extent.bytes.length)
          return extent.bytes.subarray(from, from + length)
      }
      throw new Error(`bytes ${offset} to ${offset + length} were asked, which no range holds`)
    },
  }
}

/** Bytes that look random but follow from `seed`; about a quarter of the 4096-byte stretches are zeros. */
export function patternBytes(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = (seed * 2654435761 + 1) >>> 0
  for (let at = 0; at < length; at++) {
    if (at % 4096 === 0 && (state >>> 7) % 4 === 0 && length > 4096) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      at += 4095
      continue
    }
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[at] = state >>> 24
  }
  return bytes
}

export interface Drawn {
  readonly sizeBytes: number
  readonly extents: readonly Extent[]
}

/** Guest bytes that one L2 table of 64 KiB clusters maps: an extent across its end is mapped by two. */
const L2_SPAN_BYTES = 536_870_912

/** A distance in bytes from the extent before, or a place of its own. */
type Near = number | 'anywhere' | 'table-end'

function placeAfter(end: number, near: Near, anywhere: number): number {
  if (near === 'anywhere') return anywhere
  if (near === 'table-end') return Math.max(end, L2_SPAN_BYTES * Math.ceil((end + 1) / L2_SPAN_BYTES) - 5000)
  return end + near
}

/** Disks of 1 to 4 GB with up to ten extents anywhere, touching or far apart, aligned to nothing. */
export const anyDisk: fc.Arbitrary<Drawn> = fc
  .record({
    sectors: fc.integer({ min: 1_953_125, max: 7_812_500 }),
    pieces: fc.array(
      fc.record({
        place: fc.double({ min: 0, max: 1, noNaN: true }),
        near: fc.constantFrom<Near[]>('anywhere', 'table-end', 0, 1, 511, 4096, 65_536, 131_072),
        length: fc.oneof(fc.integer({ min: 1, max: 9000 }), fc.integer({ min: 1, max: 1_300_000 })),
        seed: fc.nat(),
      }),
      { maxLength: 10 },
    ),
  })
  .map(({ sectors, pieces }) => {
    const sizeBytes = sectors * 512
    const extents: Extent[] = []
    let end = 0
    for (const piece of [...pieces].sort((a, b) => a.place - b.place)) {
      const anywhere = Math.max(end, Math.floor(piece.place * (sizeBytes - 1)))
      const offset = placeAfter(end, piece.near, anywhere)
      const length = Math.min(piece.length, sizeBytes - offset)
      if (length < 1) continue
      extents.push({ offset, bytes: patternBytes(length, piece.seed) })
      end = offset + length
    }
    return { sizeBytes, extents }
  })
