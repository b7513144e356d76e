import { bucketOf, classOf, KNOWN_MIN, quantileMs, type WorkKind } from '@snapferry/migration'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { keyOf } from '../src/index.ts'
import { startTestRedis, type TestRedis } from './test-redis.ts'

let it: TestRedis
beforeAll(async () => {
  it = await startTestRedis()
})
beforeEach(() => it.empty())
afterAll(() => it.close())

const EXPORT: WorkKind = { phase: 'export', backend: 'block', sizeBytes: 10e9 }
const IMPORT: WorkKind = { phase: 'import', backend: 'instance', sizeBytes: 10e9 }
const add = async (kind: WorkKind, times: number, tookMs: (n: number) => number) => {
  for (let n = 0; n < times; n++) await it.journal.lessons.add({ kind, tookMs: tookMs(n) })
}

describe('what the fleet learns', () => {
  test('is nothing at first', async () => {
    expect(await it.journal.lessons.read()).toEqual({})
  })

  test('is kept by class: how many, the longest, and how they are spread', async () => {
    await add(EXPORT, 100, (n) => 40_000 + n * 200)
    await add(IMPORT, 1, () => 3_000)
    const learned = await it.journal.lessons.read()
    expect(Object.keys(learned).toSorted()).toEqual([classOf(EXPORT), classOf(IMPORT)].toSorted())
    const known = learned[classOf(EXPORT)]!
    expect([known.n, known.maxMs, known.n >= KNOWN_MIN]).toEqual([100, 59_800, true])
    expect(Math.abs(quantileMs(known, 0.5) / 50_000 - 1)).toBeLessThan(0.1)
    expect(learned[classOf(IMPORT)]).toEqual({ n: 1, maxMs: 3_000, counts: [[bucketOf(3_000), 1]] })
  })

  test('follows a provider that changes: the old is forgotten, and it never grows', async () => {
    await add(EXPORT, 1, () => 3_600_000)
    await add(EXPORT, 500, () => 60_000)
    await add(EXPORT, 1_000, () => 6_000)
    const known = (await it.journal.lessons.read())[classOf(EXPORT)]!
    expect(quantileMs(known, 0.5)).toBeLessThan(6_600)
    expect(quantileMs(known, 0.9)).toBeLessThan(6_600)
    expect(known.maxMs).toBeLessThan(70_000)
    expect(known.n).toBeLessThan(400)
    expect(await it.redis.hlen(keyOf.learned)).toBe(1)
  })
})
