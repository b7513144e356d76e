import { bad, bytes, good, type ImageLooks, regionOf, zone } from '@snapferry/migration'
import { imageOf } from '@snapferry/qcow2'
import { beforeAll, describe, expect, test } from 'vitest'
import { judgeOf } from '../src/index.ts'
import { failureOf } from './cloud.ts'

const SIZE = 10_000_000_000
const AT = { region: regionOf(zone('fr-par-1')), bucket: 'staging', key: 'work/1.qcow2' }
const unasked = () => Promise.reject(new Error('the judge only lists and reads'))

let image: Uint8Array
beforeAll(async () => {
  const one = new Uint8Array(65_536).fill(1)
  const disk = {
    sizeBytes: SIZE,
    ranges: [{ offset: 5_000_003_584, length: one.length }],
    read: async () => one,
  }
  const chunks: Uint8Array[] = []
  for await (const chunk of imageOf(disk).chunks()) chunks.push(chunk)
  image = Buffer.concat(chunks)
})

/** A bucket with these objects; `failsAt` is the number of the read that fails. */
function bucketOf(objects: Readonly<Record<string, Uint8Array>>, failsAt = 0) {
  const reads: { from: number; length: number }[] = []
  const images: ImageLooks = {
    ...{ bucket: unasked, head: unasked },
    list: async ({ prefix }) =>
      good(
        Object.entries(objects)
          .filter(([key]) => key.startsWith(prefix))
          .map(([key, { length }]) => ({ key, bytes: bytes(length), etag: `"${key}"`, frozen: false })),
      ),
    read: async ({ key }, from, length) => {
      reads.push({ from, length })
      if (reads.length === failsAt) return bad(failureOf('throttled', true))
      const object = objects[key]
      if (object === undefined || object.length === 0) return good(null)
      return good({ data: object.subarray(from, from + length), bytes: object.length, etag: '"e"' })
    },
  }
  return { judge: judgeOf(images), images, reads }
}

describe('judging an image', () => {
  test('reads ranges of header and tables, and never the disk in it', async () => {
    const { judge, reads } = bucketOf({ [AT.key]: image })
    expect(await judge.judge(AT)).toEqual(
      good({ good: true, bytes: image.length, etag: '"e"', sizeBytes: SIZE }),
    )
    const read = reads.reduce((sum, { length }) => sum + length, 0)
    expect(reads.length).toBeLessThanOrEqual(8)
    expect(read).toBeLessThanOrEqual(5 * 65_536)
    expect(Math.max(...reads.map(({ length }) => length))).toBeLessThanOrEqual(1_048_576)
  })

  test.each([
    ['no object', {}],
    ['an object of 0 bytes', { [AT.key]: new Uint8Array(0) }],
  ])('of %s is no judgement', async (_, objects) => {
    expect(await bucketOf(objects).judge.judge(AT)).toEqual(good(null))
  })

  test('of what is no image, or is cut, names the rule', async () => {
    const judged = async (object: Uint8Array) => bucketOf({ [AT.key]: object }).judge.judge(AT)
    expect(await judged(new Uint8Array(9_000))).toMatchObject({ value: { good: false, rule: 'not-qcow2' } })
    expect(await judged(image.subarray(0, image.length - 131_072))).toMatchObject({
      value: { good: false, rule: 'truncated', bytes: image.length - 131_072 },
    })
  })

  test('carries the failure of whichever read fails through, and throws nothing', async () => {
    const whole = bucketOf({ [AT.key]: image })
    await whole.judge.judge(AT)
    for (let at = 1; at <= whole.reads.length; at++) {
      const { judge } = bucketOf({ [AT.key]: image }, at)
      expect(await judge.judge(AT), `read ${at}`).toEqual(bad(failureOf('throttled', true)))
    }
  })
})

describe('the images under a prefix', () => {
  const prefix = { region: AT.region, bucket: AT.bucket, prefix: 'work/' }
  const objects = () => ({
    'work/1.qcow2': image,
    'work/2.qcow2': new Uint8Array(0),
    'work/3.qcow2': new Uint8Array(9_000),
    'keep/4.qcow2': image,
  })

  test('are told by their headers alone; what has 0 bytes is not read', async () => {
    const { judge, reads } = bucketOf(objects())
    const seen = await judge.images(prefix)
    expect(seen.ok && seen.value.map(({ key, header }) => [key, header])).toEqual([
      ['work/1.qcow2', 'good'],
      ['work/2.qcow2', 'none'],
      ['work/3.qcow2', 'bad'],
    ])
    expect(reads).toEqual([
      { from: 0, length: 4_096 },
      { from: 0, length: 4_096 },
    ])
  })

  test('are a failure when a read of one fails', async () => {
    expect(await bucketOf(objects(), 2).judge.images(prefix)).toEqual(bad(failureOf('throttled', true)))
  })

  test('one that vanished between list and read has no header', async () => {
    const { judge } = bucketOf({ 'work/1.qcow2': image })
    const gone = judgeOf({ ...bucketOf({}).images, list: bucketOf({ 'work/1.qcow2': image }).images.list })
    expect(await judge.images(prefix)).toMatchObject({ value: [{ header: 'good' }] })
    expect(await gone.images(prefix)).toMatchObject({ value: [{ header: 'none' }] })
  })
})
