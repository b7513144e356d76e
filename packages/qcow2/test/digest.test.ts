import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { digestOf, digestOfDisk, type Extent } from '../src/index.ts'
import { anyDisk, diskOf, patternBytes } from './disks.ts'
import { referenceDigest } from './reference-digest.ts'
import { sha256 } from './sha256.ts'

const SIZE_BYTES = 1_000_000_000

describe('the digest of a disk', () => {
  test('is the same however its content is cut into extents, and with zeros spelled out', async () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 300_000 }), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(anyDisk, cuts, async ({ sizeBytes, extents }, lengths) => {
        const pieces = withZerosBetween(extents, sizeBytes).flatMap((extent) => cutUp(extent, lengths))
        expect(await digestOf(sizeBytes, pieces, sha256())).toBe(referenceDigest(sizeBytes, extents))
      }),
      { numRuns: 40 },
    )
  })

  test('differs when one bit, one place or the size differs', async () => {
    const bytes = patternBytes(20_000, 3)
    const other = bytes.slice()
    other[12_288 + 17] = (other[12_288 + 17] ?? 0) ^ 1
    const digests = await Promise.all([
      digestOf(SIZE_BYTES, [{ offset: 4096, bytes }], sha256()),
      digestOf(SIZE_BYTES, [{ offset: 4096, bytes: other }], sha256()),
      digestOf(SIZE_BYTES, [{ offset: 4097, bytes }], sha256()),
      digestOf(SIZE_BYTES, [{ offset: 8192, bytes }], sha256()),
      digestOf(SIZE_BYTES + 512, [{ offset: 4096, bytes }], sha256()),
      digestOf(SIZE_BYTES, [], sha256()),
    ])
    expect(new Set(digests).size).toBe(digests.length)
  })

  test('sees a single bit wherever it stands in a block and however the bytes lie in memory', async () => {
    const empty = await digestOf(SIZE_BYTES, [], sha256())
    await fc.assert(
      fc.asyncProperty(fc.nat(4095), fc.nat(7), fc.nat(9), async (at, bit, shift) => {
        const bytes = new Uint8Array(4096 + shift).subarray(shift)
        expect(await digestOf(SIZE_BYTES, [{ offset: 8192, bytes }], sha256())).toBe(empty)
        bytes[at] = 1 << bit
        expect(await digestOf(SIZE_BYTES, [{ offset: 8192, bytes }], sha256())).not.toBe(empty)
      }),
    )
  })

  test('of a disk of zeros is that of its size alone, as 8 bytes big endian', async () => {
    const bySize = createHash('sha256').update(Buffer.from('000000003b9aca00', 'hex')).digest('hex')
    expect(await digestOfDisk(diskOf(SIZE_BYTES, []), sha256())).toBe(bySize)
  })

  test.each([
    [
      'overlap',
      [
        { offset: 0, bytes: new Uint8Array(10) },
        { offset: 9, bytes: new Uint8Array(10) },
      ],
    ],
    [
      'descend',
      [
        { offset: 4096, bytes: new Uint8Array(10) },
        { offset: 0, bytes: new Uint8Array(10) },
      ],
    ],
    ['leave the disk', [{ offset: SIZE_BYTES - 9, bytes: new Uint8Array(10) }]],
  ])('is refused for extents that %s', async (_how, extents) => {
    await expect(digestOf(SIZE_BYTES, extents, sha256())).rejects.toThrow(RangeError)
  })
})

/** The same content, with up to 100 kB of zeros spelled out in the gap before each extent. */
function withZerosBetween(extents: readonly Extent[], sizeBytes: number): Extent[] {
  const all: Extent[] = []
  let end = 0
  for (const extent of [...extents, { offset: sizeBytes, bytes: new Uint8Array(0) }]) {
    const length = Math.min(100_000, extent.offset - end)
    all.push({ offset: extent.offset - length, bytes: new Uint8Array(length) }, extent)
    end = extent.offset + extent.bytes.length
  }
  return all
}

function cutUp({ offset, bytes }: Extent, lengths: readonly number[]): Extent[] {
  const pieces: Extent[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = lengths[turn % lengths.length]!
    // Tiny pieces of a long extent would only cost time: after fifty the rest comes whole.
    const end = turn < 50 ? Math.min(at + length, bytes.length) : bytes.length
    pieces.push({ offset: offset + at, bytes: bytes.subarray(at, end) })
    at = end
  }
  return pieces
}

test('a Buffer at an odd place in its pool is digested like any other bytes', async () => {
  const pool = Buffer.alloc(3 * 4096 + 7, 0xff)
  const zeros = pool.subarray(1, 1 + 2 * 4096).fill(0)
  const data = pool.subarray(4097, 4097 + 4096)
  const sizeBytes = 1_048_576
  expect(await digestOf(sizeBytes, [{ offset: 0, bytes: zeros }], sha256())).toBe(
    await digestOf(sizeBytes, [], sha256()),
  )
  data.fill(7)
  const copied = new Uint8Array(data)
  const expected = await digestOf(sizeBytes, [{ offset: 8192, bytes: copied }], sha256())
  expect(await digestOf(sizeBytes, [{ offset: 8192, bytes: data }], sha256())).toBe(expected)
})
