import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  digestOfDisk,
  digestOfImage,
  type Extent,
  extentsOf,
  guestContent,
  imageOf,
  judgeImage,
} from '../src/index.ts'
import { anyDisk, diskOf, patternBytes } from './disks.ts'
import { checkedInfo, contentByQemu } from './qemu-img.ts'
import { referenceDigest } from './reference-digest.ts'
import { inflate, sha256 } from './sha256.ts'
import { bytesOf, memoryImage, watched } from './sources.ts'

const CLUSTER = 65_536

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'qcow2-written-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** The blocks of some extents that are not all zero, joined where they touch: content without its cutting. */
function blocksOf(extents: readonly Extent[]): Map<number, string> {
  const blocks = new Map<number, Buffer>()
  for (const { offset, bytes } of extents) {
    for (let at = 0; at < bytes.length; at++) {
      const index = Math.floor((offset + at) / 4096)
      if (!blocks.has(index)) blocks.set(index, Buffer.alloc(4096))
      blocks.get(index)![(offset + at) % 4096] = bytes[at]!
    }
  }
  const filled = [...blocks].filter(([, block]) => !block.equals(Buffer.alloc(4096)))
  return new Map(filled.map(([index, block]) => [index, block.toString('base64')]))
}

describe('an image we write', () => {
  test('gives back the extents and the digest of its disk, in order and inside the disk', async () => {
    await fc.assert(
      fc.asyncProperty(anyDisk, async ({ sizeBytes, extents }) => {
        const disk = diskOf(sizeBytes, extents)
        const image = memoryImage(await bytesOf(imageOf(disk)))
        const content: Extent[] = []
        for await (const { offset, bytes } of guestContent(image, inflate)) {
          const last = content.at(-1)
          expect(offset).toBeGreaterThanOrEqual(last === undefined ? 0 : last.offset + last.bytes.length)
          expect(offset + bytes.length).toBeLessThanOrEqual(sizeBytes)
          content.push({ offset, bytes: bytes.slice() })
        }
        expect(blocksOf(content)).toEqual(blocksOf(extents))
        const digest = await digestOfDisk(disk, sha256())
        expect(digest).toBe(referenceDigest(sizeBytes, extents))
        expect(await digestOfImage(image, { inflate, hash: sha256() })).toBe(digest)
      }),
      { numRuns: 40 },
    )
  })

  test('is clean to qemu-img check, and info and convert read the same disk', async () => {
    const path = join(dir, 'ours.qcow2')
    const raw = join(dir, 'ours.raw')
    await fc.assert(
      fc.asyncProperty(anyDisk, async ({ sizeBytes, extents }) => {
        writeFileSync(path, await bytesOf(imageOf(diskOf(sizeBytes, extents))))
        expect(checkedInfo(path)).toMatchObject({
          format: 'qcow2',
          'virtual-size': sizeBytes,
          'cluster-size': CLUSTER,
        })
        expect(referenceDigest(sizeBytes, contentByQemu(path, raw))).toBe(referenceDigest(sizeBytes, extents))
      }),
      { numRuns: 12 },
    )
  })

  test('has one cluster for each that an extent touches, besides its tables', () => {
    fc.assert(
      fc.property(anyDisk, ({ sizeBytes, extents }) => {
        const touched = new Set<number>()
        for (const { offset, bytes } of extents) {
          for (let at = offset - (offset % CLUSTER); at < offset + bytes.length; at += CLUSTER)
            touched.add(at / CLUSTER)
        }
        const l2Tables = new Set([...touched].map((cluster) => Math.floor(cluster / 8192))).size
        // Header, refcount table, one refcount block and the L1 table: at this size one cluster each.
        expect(imageOf(diskOf(sizeBytes, extents)).lengthBytes / CLUSTER).toBe(4 + l2Tables + touched.size)
      }),
    )
  })

  test('is good to the judge, and as long as it said before its first byte', async () => {
    await fc.assert(
      fc.asyncProperty(anyDisk, async ({ sizeBytes, extents }) => {
        const image = imageOf(diskOf(sizeBytes, extents))
        const bytes = await bytesOf(image)
        expect(bytes.length).toBe(image.lengthBytes)
        expect(await judgeImage(memoryImage(bytes))).toMatchObject({ good: true, sizeBytes })
        expect(Buffer.compare(await bytesOf(image), bytes)).toBe(0)
      }),
      { numRuns: 20 },
    )
  })

  test('is truncated to the judge when a cluster or more is cut off its end', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyDisk,
        fc.double({ min: 0, max: 1, noNaN: true }),
        async ({ sizeBytes, extents }, part) => {
          const bytes = await bytesOf(imageOf(diskOf(sizeBytes, extents)))
          const kept = Math.floor(1 + part * (bytes.length - CLUSTER - 1))
          const judgement = await judgeImage(memoryImage(bytes.subarray(0, kept)))
          expect(judgement).toMatchObject({ good: false, rule: 'truncated' })
        },
      ),
      { numRuns: 60 },
    )
  })

  test('is truncated to the reader when any byte of its last cluster that the disk needs is missing', async () => {
    const disk = diskOf(1_000_000_000, [{ offset: 5 * CLUSTER, bytes: patternBytes(CLUSTER, 8) }])
    const bytes = await bytesOf(imageOf(disk))
    for (const cut of [1, 511, 512, 4096, CLUSTER - 1]) {
      const reading = digestOfImage(memoryImage(bytes.subarray(0, -cut)), { inflate, hash: sha256() })
      await expect(reading).rejects.toMatchObject({ name: 'ImageError', rule: 'truncated' })
    }
  })

  test('is read in pieces of at most 1 MiB, and judged in a handful', async () => {
    const disk = diskOf(1_000_000_000, [{ offset: 100, bytes: patternBytes(5_000_000, 4) }])
    const image = watched(memoryImage(await bytesOf(imageOf(disk))))
    await judgeImage(image)
    expect(image.reads).toBeLessThanOrEqual(4)
    await digestOfImage(image, { inflate, hash: sha256() })
    expect(image.largestBytes).toBeLessThanOrEqual(1_048_576)
  })

  test('of 1 TB with far more than one refcount block is counted right to its last cluster', async () => {
    const ranges = [{ offset: 12_345, length: 5_000_000_000 }]
    const disk = { sizeBytes: 1_000_000_000_000, ranges, read: async () => new Uint8Array(0) }
    const image = imageOf(disk)
    const head: Uint8Array[] = []
    for await (const chunk of image.chunks()) {
      head.push(chunk)
      // Header, refcount table, 3 blocks, L1 and 10 L2 tables: all that comes before the data.
      if (head.length === 16) break
    }
    const tables = Buffer.concat(head)
    const source = {
      length: image.lengthBytes,
      read: async (offset: number, length: number) => {
        const bytes = Buffer.alloc(Math.min(length, image.lengthBytes - offset))
        tables.copy(bytes, 0, offset, offset + length)
        return bytes
      },
    }
    expect(await judgeImage(source)).toMatchObject({ good: true })
    expect(await judgeImage({ ...source, length: image.lengthBytes - CLUSTER })).toMatchObject({
      rule: 'truncated',
    })
  })
})

describe('a disk that cannot be one', () => {
  const bytes = new Uint8Array(1000)
  test.each([
    ['a size that is not a multiple of 512', 1_000_000_001, []],
    ['no size', 0, []],
    ['a negative size', -512, []],
    ['a size beyond numbers', 2 ** 60, []],
    ['an extent behind its end', 1_000_000_000, [{ offset: 999_999_500, bytes }]],
    ['an extent at a fraction', 1_000_000_000, [{ offset: 0.5, bytes }]],
    ['an extent without bytes', 1_000_000_000, [{ offset: 0, bytes: new Uint8Array(0) }]],
    [
      'extents that overlap',
      1_000_000_000,
      [
        { offset: 0, bytes },
        { offset: 999, bytes },
      ],
    ],
    [
      'extents that descend',
      1_000_000_000,
      [
        { offset: 5000, bytes },
        { offset: 0, bytes },
      ],
    ],
  ])('with %s is refused before a byte is written', (_why, sizeBytes, extents) => {
    expect(() => imageOf(diskOf(sizeBytes, extents))).toThrow(RangeError)
  })

  test('because it returns fewer bytes than asked stops the writing', async () => {
    const short = {
      sizeBytes: 1_000_000_000,
      ranges: [{ offset: 0, length: 10 }],
      read: async () => bytes.subarray(0, 9),
    }
    await expect(bytesOf(imageOf(short))).rejects.toThrow('the disk returned 9 of 10 bytes at byte 0')
    const reading = async () => {
      for await (const _extent of extentsOf(short));
    }
    await expect(reading()).rejects.toThrow('9 of 10')
  })
})
