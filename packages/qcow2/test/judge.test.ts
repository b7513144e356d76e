import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  type ByteSource,
  guestContent,
  IMPORT_SIZE_BYTES_MAX,
  IMPORT_SIZE_BYTES_MIN,
  ImageError,
  imageOf,
  judgeHeader,
  judgeImage,
  parseHeader,
} from '../src/index.ts'
import { diskOf, patternBytes } from './disks.ts'
import { inflate } from './sha256.ts'
import { bytesOf, memoryImage, watched } from './sources.ts'

const KIBIBYTE = 1024
const MEBIBYTE = 1_048_576

/** Header, tables and three data clusters of a good image: what the fuzzing starts from. */
let good: Uint8Array
beforeAll(async () => {
  const extents = [0, 700_000_000].map((offset) => ({ offset, bytes: patternBytes(70_000, offset + 1) }))
  good = await bytesOf(imageOf(diskOf(1_000_000_000, extents)))
})

/** A header field by field: offset, width in bytes, and the values that have broken readers before. */
const FIELDS: readonly [at: number, width: 4 | 8][] = [
  [0, 4],
  [4, 4],
  [8, 8],
  [16, 4],
  [20, 4],
  [24, 8],
  [32, 4],
  [36, 4],
  [40, 8],
  [48, 8],
  [56, 4],
  [60, 4],
  [64, 8],
  [72, 8],
  [80, 8],
  [88, 8],
  [96, 4],
  [100, 4],
  [104, 4],
  [112, 4],
  [116, 4],
]
const nastyNumber = fc.oneof(
  fc.constantFrom(0n, 1n, 2n, 3n, 4n, 8n, 9n, 16n, 21n, 22n, 63n, 72n, 104n, 105n, 112n, 511n, 512n, 65_536n),
  fc.constantFrom(
    2n ** 31n - 1n,
    2n ** 31n,
    2n ** 32n - 1n,
    2n ** 53n,
    2n ** 56n - 512n,
    2n ** 63n,
    2n ** 64n - 1n,
  ),
  fc.integer({ min: 0, max: 12 }).map((cluster) => BigInt(cluster) * 65_536n),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
)
const damage = fc.array(fc.tuple(fc.constantFrom(...FIELDS), nastyNumber), { maxLength: 4 })
const entryDamage = fc.array(fc.tuple(fc.integer({ min: 8192, max: 8192 * 7 }), nastyNumber), {
  maxLength: 4,
})

function damaged(
  header: readonly [readonly [number, 4 | 8], bigint][],
  entries: readonly [number, bigint][],
) {
  const bytes = Buffer.from(good)
  for (const [[at, width], value] of header) {
    if (width === 8) bytes.writeBigUInt64BE(value, at)
    else bytes.writeUInt32BE(Number(BigInt.asUintN(32, value)), at)
  }
  for (const [index, value] of entries)
    if (index * 8 + 8 <= bytes.length) bytes.writeBigUInt64BE(value, index * 8)
  return new Uint8Array(bytes)
}

describe('whatever the bytes', () => {
  test('parsing and judging a header never throw, and a refusal names its rule, its place and its fix', () => {
    const magic = fc
      .uint8Array({ maxLength: 200 })
      .map((bytes) => new Uint8Array([0x51, 0x46, 0x49, 0xfb, ...bytes]))
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), magic), (bytes) => {
        expect(typeof parseHeader(bytes).ok).toBe('boolean')
        const judgement = judgeHeader(bytes)
        if (!judgement.good) expect(judgement.text).toMatch(/^[a-z0-9-]+: .+; .+/)
      }),
      { numRuns: 2000 },
    )
  })

  test('a header with nasty fields, cut anywhere, is judged without a throw and its numbers are safe', () => {
    fc.assert(
      fc.property(damage, fc.integer({ min: 0, max: 200 }), (fields, length) => {
        const bytes = damaged(fields, []).subarray(0, length)
        const judgement = judgeHeader(bytes)
        const parsed = parseHeader(bytes)
        if (!parsed.ok) expect(judgement.good).toBe(false)
        for (const value of Object.values(parsed.ok ? parsed.header : {})) {
          if (typeof value === 'number') expect(Number.isSafeInteger(value)).toBe(true)
        }
      }),
      { numRuns: 3000 },
    )
  })

  test('a damaged image is judged and read within bounds, or refused by name', async () => {
    await fc.assert(
      fc.asyncProperty(damage, entryDamage, fc.nat(), async (fields, entries, cut) => {
        const bytes = damaged(fields, entries)
        const image = watched(
          memoryImage(bytes.subarray(0, bytes.length - (cut % 3 === 0 ? cut % bytes.length : 0))),
        )
        await judgeImage(image)
        try {
          for await (const extent of guestContent(image, inflate))
            expect(extent.bytes.length).toBeGreaterThan(0)
        } catch (error) {
          expect(error).toBeInstanceOf(ImageError)
        }
        expect(image.largestBytes).toBeLessThanOrEqual(MEBIBYTE)
      }),
      { numRuns: 600 },
    )
  })

  test('an image cut at any byte of its first 300 is refused, never thrown', async () => {
    for (let length = 0; length < 300; length++) {
      const rule = length === 0 ? 'empty' : 'truncated'
      expect(await judgeImage(memoryImage(good.subarray(0, length)))).toMatchObject({
        good: false,
        rule,
        words: null,
      })
    }
  })

  test('a version 2 header ends at byte 72, so later bytes that look like features say nothing', () => {
    const bytes = Buffer.from(good.subarray(0, 112))
    bytes.writeUInt32BE(2, 4)
    bytes.fill(0xff, 72)
    expect(judgeHeader(bytes)).toMatchObject({
      good: true,
      header: {
        version: 2,
        incompatibleFeatures: 0n,
        refcountOrder: 4,
        headerLength: 72,
        compressionType: 0,
      },
    })
    expect(judgeHeader(bytes.subarray(0, 72))).toMatchObject({ good: true })
    expect(judgeHeader(bytes.subarray(0, 71))).toMatchObject({ rule: 'truncated' })
  })
})

describe('a length inside the image never decides over reads', () => {
  /** An image that claims to be an exbibyte and answers every read with the bytes that `fill` gives. */
  function endless(header: Uint8Array, fill: number): ByteSource {
    return {
      length: 2 ** 60,
      async read(offset, length) {
        const bytes = new Uint8Array(length).fill(fill)
        if (offset === 0) bytes.set(header.subarray(0, Math.min(length, 4096)))
        return bytes
      },
    }
  }

  test.each([
    ['the L1 table', 36, 4, 0xffffffffn],
    ['the refcount table', 56, 4, 0xffffffffn],
    ['the L1 table, at its bound', 36, 4, 4_194_304n],
    ['the refcount table, at its bound', 56, 4, 128n],
    ['the clusters', 20, 4, 63n],
    ['the clusters, at their bound', 20, 4, 21n],
    ['the disk', 24, 8, 2n ** 63n],
    ['the backing file', 16, 4, 0xffffffffn],
    ['the snapshots', 60, 4, 0xffffffffn],
    ['an extension', 116, 4, 0xffffffffn],
  ])('in an endless image with a huge length for %s', async (_what, at, width, value) => {
    const header = Buffer.from(good.subarray(0, 4096))
    if (width === 8) header.writeBigUInt64BE(value, at)
    else header.writeUInt32BE(Number(value), at)
    for (const fill of [0, 0x20, 0xff]) {
      const image = watched(endless(header, fill))
      await judgeImage(image)
      expect(image.largestBytes).toBeLessThanOrEqual(MEBIBYTE)
      expect(image.totalBytes).toBeLessThanOrEqual(48 * MEBIBYTE)
    }
  })

  test('a source that ends earlier than it said is a truncated image', async () => {
    const whole = memoryImage(good)
    for (const end of [50, 4 * KIBIBYTE, 66_000, 140_000, 196_610]) {
      const lying = { ...memoryImage(good.subarray(0, end)), length: whole.length }
      expect(await judgeImage(lying)).toMatchObject({ rule: 'truncated' })
    }
  })

  test('a source that fails is passed on as it failed, not called a bad image', async () => {
    const failing = { length: 1_000_000, read: () => Promise.reject(new Error('connection reset')) }
    await expect(judgeImage(failing)).rejects.toThrow('connection reset')
  })
})

test('the size of a disk is judged at its edges, one per line', () => {
  const rows = [
    0,
    IMPORT_SIZE_BYTES_MIN - 512,
    IMPORT_SIZE_BYTES_MIN - 1,
    IMPORT_SIZE_BYTES_MIN,
    IMPORT_SIZE_BYTES_MIN + 1,
    1024 ** 3,
    IMPORT_SIZE_BYTES_MAX - 1,
    IMPORT_SIZE_BYTES_MAX,
    IMPORT_SIZE_BYTES_MAX + 512,
    1024 ** 4,
  ].map((sizeBytes) => {
    const bytes = Buffer.from(good.subarray(0, 112))
    bytes.writeBigUInt64BE(BigInt(sizeBytes), 24)
    bytes.writeUInt32BE(2048, 36)
    const judgement = judgeHeader(bytes)
    return `${String(sizeBytes).padStart(14)} ${judgement.good ? 'good' : judgement.rule}`
  })
  expect(`\n${rows.join('\n')}\n`).toMatchInlineSnapshot(`
    "
                 0 too-small
         999999488 too-small
         999999999 too-small
        1000000000 good
        1000000001 not-multiple-of-512
        1073741824 good
      999999999999 not-multiple-of-512
     1000000000000 good
     1000000000512 too-large
     1099511627776 too-large
    "
  `)
})

test('a refusal reads as one sentence with rule, place and fix', () => {
  const bytes = Buffer.from(good.subarray(0, 112))
  bytes.writeUInt32BE(2, 32)
  expect(judgeHeader(bytes)).toMatchInlineSnapshot(`
    {
      "good": false,
      "rule": "encrypted",
      "sizeBytes": 1000000000,
      "text": "encrypted: byte 32 gives method 2; give the key once and rewrite it with "qemu-img convert -O qcow2", without encryption",
      "words": "The provided QCOW2 file is encrypted",
    }
  `)
})
