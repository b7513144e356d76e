import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { digestOfDisk, imageOf } from '@snapferry/qcow2'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { benchQcow2, type Writer } from '../src/bench-qcow2.ts'
import { WorkNotDone } from '../src/check-work.ts'
import { diskNoteOf, diskTableOf } from '../src/disk-report.ts'
import { machineOf } from '../src/machine.ts'
import { FULL_DISK } from '../src/options.ts'
import { expectedDigest, scatteredDisk } from '../src/scattered-disk.ts'

const BIN = fileURLToPath(new URL('../src/bin.ts', import.meta.url))
const SMALL = { runs: 2, warmUp: 1, sizeBytes: 1_000_000_000, dataBytes: 400_000, extents: 7 }

test('the quick bench of the command line prints its numbers in 80 columns', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [BIN, 'qcow2', '--quick'])
  expect(stdout).toMatch(/^both, s +[\d.]+ +[\d.]+ +[\d.]+ +2\.00$/m)
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
})

test('as many runs are told as were asked for, warm-up left out', async () => {
  const told: string[] = []
  const runs = await benchQcow2(SMALL, imageOf, (line) => told.push(line))
  expect([runs.length, told.length]).toEqual([2, 2])
  expect(new Set(runs.map(({ imageBytes }) => imageBytes)).size).toBe(1)
})

describe('work that was not done has no number', () => {
  const spoiling = (spoil: (chunk: Uint8Array, at: number) => Uint8Array): Writer => {
    return (disk) => {
      const image = imageOf(disk)
      return {
        ...image,
        chunks: async function* () {
          let at = 0
          for await (const chunk of image.chunks()) {
            yield spoil(chunk, at)
            at += chunk.length
          }
        },
      }
    }
  }
  const lastOf = (chunk: Uint8Array, at: number) =>
    at + chunk.length === imageOf(scatteredDisk(SMALL)).lengthBytes

  test.each([
    [
      'content of zeros',
      (chunk: Uint8Array, at: number) => (lastOf(chunk, at) ? new Uint8Array(chunk.length) : chunk),
      /not that of the disk/,
    ],
    [
      'a byte too much',
      (chunk: Uint8Array, at: number) =>
        lastOf(chunk, at) ? Buffer.concat([chunk, Buffer.alloc(1)]) : chunk,
      /announced/,
    ],
  ])('an image with %s', async (_, spoil, finding) => {
    const told: string[] = []
    const bench = benchQcow2(SMALL, spoiling(spoil), (line) => told.push(line))
    await expect(bench).rejects.toThrow(WorkNotDone)
    await expect(bench).rejects.toThrow(finding)
    expect(told).toEqual([])
  })
})

test('the digest that is expected is the one the package finds in the disk itself', async () => {
  const disks = fc.record({
    sizeBytes: fc.integer({ min: 100_000, max: 3_000_000 }),
    dataBytes: fc.integer({ min: 50, max: 90_000 }),
    extents: fc.integer({ min: 1, max: 50 }),
  })
  await fc.assert(
    fc.asyncProperty(disks, async (scattering) => {
      const disk = scatteredDisk(scattering)
      const hash = createHash('sha256')
      const sha256 = { update: (bytes: Uint8Array) => void hash.update(bytes), hex: () => hash.digest('hex') }
      expect(await digestOfDisk(disk, sha256)).toBe(expectedDigest(disk))
    }),
  )
})

test('more content than the disk has room for is refused', () => {
  expect(() => scatteredDisk({ sizeBytes: 1_000, dataBytes: 1_001, extents: 1 })).toThrow(RangeError)
  expect(() => scatteredDisk({ sizeBytes: 1_000, dataBytes: 1, extents: 2 })).toThrow(RangeError)
})

test('the table shows medians with their spread, and the limit beside what it is for', () => {
  const aRun = (writeMs: number) => ({ writeMs, digestMs: 500, bareMs: 250, imageBytes: 77_000_000 })
  expect(diskTableOf([aRun(300), aRun(900), aRun(500)])).toMatchInlineSnapshot(`
    "                               median       least    greatest       limit
    write the image, s               0.50        0.30        0.90
    digest its content, s            0.50        0.50        0.50
    both, s                          1.00        0.80        1.40        2.00
    bare, s                          0.25        0.25        0.25
    ratio (both / bare)              4.00        3.20        5.60
    length of the image, MB         77.00       77.00       77.00"
  `)
  const [before, after] = [machineOf(), machineOf()]
  const lines = diskNoteOf({ before, after, size: FULL_DISK }).split('\n')
  expect(lines[0]).toContain('A disk of 10 GB with 64 MB of content in 200 scattered extents')
})
