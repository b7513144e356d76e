import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CLOCK_SKEW_MAX_MS, clockSkewMs, isTrueClock, openRedis, watchClock } from '../src/index.ts'
import { startTestRedis, type TestRedis } from './test-redis.ts'
import { until } from './until.ts'

describe('the own clock', () => {
  let it: TestRedis
  beforeAll(async () => {
    it = await startTestRedis()
  })
  afterAll(() => it.close())

  test.each([
    [0, true],
    [CLOCK_SKEW_MAX_MS, true],
    [-CLOCK_SKEW_MAX_MS, true],
    [CLOCK_SKEW_MAX_MS + 1, false],
    [-CLOCK_SKEW_MAX_MS - 1, false],
  ])('%i ms ahead of Redis: is it good enough? %s', (skewMs, isTrue) => {
    expect(isTrueClock(skewMs)).toBe(isTrue)
  })

  test.each([60_000, -60_000])(
    'that is off by %i ms is measured so, whatever the journal adds to its own',
    async (offMs) => {
      await it.journal.setClock(3_600_000)
      const skewMs = await clockSkewMs(it.redis, () => Date.now() + offMs)
      await it.journal.setClock(0)
      expect(Math.abs(skewMs - offMs)).toBeLessThan(1_000)
    },
  )

  test('is not taken for wrong when the answer was slow', async () => {
    const times = [Date.now() - 20_000, Date.now() + 20_000]
    expect(await clockSkewMs(it.redis, () => times.shift()!)).toBe(0)
  })

  test('is looked at again and again, each look by itself', async () => {
    let offMs = 0
    const looks: boolean[] = []
    const rings: (() => void)[] = []
    const waits: number[] = []
    const watch = watchClock({
      redis: it.redis,
      clock: () => Date.now() + offMs,
      timer: (ms, ring) => {
        waits.push(ms)
        rings.push(ring)
        return () => {}
      },
      onLook: (_, isTrue) => looks.push(isTrue),
      onError: () => {},
    })
    for (const [at, off] of [6_000, -6_000, 0].entries()) {
      await until('it has looked', () => rings.length === at + 1)
      offMs = off
      rings[at]!()
    }
    await until('it has looked', () => rings.length === 4)
    await watch.stop()
    expect(looks).toEqual([true, false, false, true])
    expect(new Set(waits)).toEqual(new Set([10_000]))
  })

  test('says nothing while Redis is away', async () => {
    const away = openRedis('redis://127.0.0.1:1', 'requests')
    const looks: boolean[] = []
    const errors: unknown[] = []
    const watch = watchClock({
      redis: away,
      clock: Date.now,
      timer: () => () => {},
      onLook: (_, isTrue) => looks.push(isTrue),
      onError: (error) => errors.push(error),
    })
    await until('it has tried', () => errors.length === 1)
    await watch.stop()
    away.disconnect()
    expect(looks).toEqual([])
  })
})
