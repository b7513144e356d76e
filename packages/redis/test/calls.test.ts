import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Calls, Turn } from '../src/index.ts'
import { keyOf } from '../src/index.ts'
import { startTestRedis, type TestRedis } from './test-redis.ts'

let it: TestRedis
let calls: Calls
beforeAll(async () => {
  it = await startTestRedis()
  calls = it.journal.calls
})
beforeEach(() => it.empty())
afterAll(() => it.close())

const setRate = (rate: number) => it.redis.hset(keyOf.callRates, 'default', String(rate))
const ask = (count: number, parts: { owed?: number; profile?: string; unset?: number | null } = {}) => {
  const { owed = 0, profile = 'default', unset = null } = parts
  return calls.turn({ profile, calls: count, owed, perSecondUnset: unset })
}

/** A turn that was given, with how many calls it is for. */
type Given = Turn & { readonly calls: number }

/** The most calls in any window of this length that begins with a turn. */
function busiest(given: readonly Given[], windowMs: number): number {
  const within = (from: number) =>
    given.filter(({ turnAt }) => turnAt >= from && turnAt <= from + windowMs).reduce((n, g) => n + g.calls, 0)
  return Math.max(0, ...given.map(({ turnAt }) => within(turnAt)))
}

describe('calls of a profile', () => {
  test('without a limit begin at once, however many there are', async () => {
    for (let n = 0; n < 20; n++) {
      const { now, turnAt } = await ask(100)
      expect(turnAt).toBe(now)
    }
    expect(await it.redis.exists(keyOf.callTurns)).toBe(0)
  })

  test('get the limit of the mode until an operator sets one, and that one at once', async () => {
    const late = async (unset: number | null) => {
      await ask(10, { unset })
      const { now, turnAt } = await ask(10, { unset })
      await it.redis.del(keyOf.callTurns)
      return turnAt - now
    }
    expect(await late(null)).toBe(0)
    // Ten calls at five a second are two seconds.
    expect(await late(5)).toBeGreaterThan(1_900)
    await setRate(1)
    expect(await late(5)).toBeGreaterThan(9_900)
    expect(await calls.rates()).toEqual({ default: 1 })
  })

  test('do not wait for those of another profile', async () => {
    for (let n = 0; n < 5; n++) await ask(10, { unset: 1 })
    const { now, turnAt } = await ask(10, { unset: 1, profile: 'other' })
    expect(turnAt).toBe(now)
  })

  test('that were made without a turn put off who comes next, so that the average holds', async () => {
    await setRate(5)
    await ask(10)
    await ask(0, { owed: 50 })
    const { now, turnAt } = await ask(1)
    // Ten and fifty are spent, ten of them are the burst: (60 − 10 + 1) ÷ 5 s.
    expect(turnAt - now).toBeGreaterThan(10_000)
    expect(turnAt - now).toBeLessThanOrEqual(10_200)
  })

  test('wait no longer once the limit is gone; what was promised before is forgotten', async () => {
    await setRate(0.1)
    for (let n = 0; n < 5; n++) await ask(10)
    await it.redis.del(keyOf.callRates)
    const { now, turnAt } = await ask(1)
    expect(turnAt).toBe(now)
    await setRate(5)
    expect((await ask(10)).turnAt - now).toBeLessThan(1_000)
  })

  test.each([
    { told: 'raised by an operator', before: 0.05, after: 50, unset: 5, tookMs: 10_000 },
    { told: 'given back to the mode', before: 0.05, after: null, unset: 50, tookMs: 10_000 },
    { told: 'set where the mode had another', before: null, after: 50, unset: 0.05, tookMs: 10_000 },
    { told: 'lowered', before: 50, after: 5, unset: 5, tookMs: 98_200 },
  ])('promised at a rate that is then $told are paid for at the new one', async (row) => {
    const set = (rate: number | null) =>
      rate === null ? it.redis.hdel(keyOf.callRates, 'default') : setRate(rate)
    await set(row.before)
    for (let n = 0; n < 50; n++) await ask(10, { unset: row.unset })
    await set(row.after)
    const { now, turnAt } = await ask(1, { unset: row.unset })
    expect(turnAt - now).toBeLessThanOrEqual(row.tookMs)
    expect(turnAt - now).toBeGreaterThan(row.tookMs * 0.85)
    const next = await ask(1, { unset: row.unset })
    expect(next.turnAt - turnAt, 'once').toBeLessThanOrEqual(201)
  })

  test('of an hour ago cost nothing now: what is saved up is the burst and no more', async () => {
    await setRate(5)
    for (let n = 0; n < 10; n++) await ask(1)
    await it.journal.setClock(3_600_000)
    const given: Given[] = []
    for (let n = 0; n < 30; n++) given.push({ ...(await ask(1)), calls: 1 })
    await it.journal.setClock(0)
    expect(given.filter(({ now, turnAt }) => turnAt - now <= 0).length).toBeLessThanOrEqual(11)
    expect(busiest(given, 1_000)).toBeLessThanOrEqual(5 + 10)
  })
})

describe('turns, whoever asks for how much and when', () => {
  const asking = fc.record({
    calls: fc.integer({ min: 1, max: 10 }),
    pauseMs: fc.integer({ min: 0, max: 4_000 }),
  })
  const rates = fc.constantFrom(0.5, 2, 5, 30)

  /** Asks one after the other, with pauses on the clock of Redis. */
  async function turns(rate: number, asked: readonly { calls: number; pauseMs: number }[]): Promise<Given[]> {
    await it.empty()
    await setRate(rate)
    const given: Given[] = []
    let clock = 0
    for (const one of asked) {
      clock += one.pauseMs
      await it.journal.setClock(clock)
      given.push({ ...(await ask(one.calls)), calls: one.calls })
    }
    return given
  }

  test('are never more in any window than rate × window + burst', async () => {
    await fc.assert(
      fc.asyncProperty(rates, fc.array(asking, { minLength: 1, maxLength: 40 }), async (rate, asked) => {
        const given = await turns(rate, asked)
        // One call of rounding: turns are whole milliseconds.
        for (const windowMs of [100, 1_000, 5_000, 60_000])
          expect(busiest(given, windowMs)).toBeLessThanOrEqual(
            (rate * windowMs) / 1_000 + Math.max(10, rate) + 1,
          )
      }),
      { numRuns: 40 },
    )
  })

  test('come in the order of asking, are never in the past, and lose nothing: nobody starves', async () => {
    await fc.assert(
      fc.asyncProperty(rates, fc.array(asking, { minLength: 2, maxLength: 40 }), async (rate, asked) => {
        const given = await turns(rate, asked)
        const first = given[0]!
        for (const [at, one] of given.entries()) {
          expect(one.turnAt).toBeGreaterThanOrEqual(Math.max(one.now, given[at - 1]?.turnAt ?? 0))
          const before = given.slice(0, at + 1).reduce((sum, { calls: count }) => sum + count, 0)
          // Whatever was asked before: it is there as soon as the rate allows, and idle time only makes it sooner.
          const latest = Math.max(one.now, first.now) + Math.max(0, (before * 1_000) / rate)
          expect(one.turnAt).toBeLessThanOrEqual(latest + 1)
        }
      }),
      { numRuns: 40 },
    )
  })

  test('given to many at once are all different in time beyond the burst', async () => {
    await setRate(10)
    const given = await Promise.all(Array.from({ length: 200 }, () => ask(1)))
    const start = Math.min(...given.map(({ now }) => now))
    const inFirst = (ms: number) => given.filter(({ turnAt }) => turnAt - start < ms).length
    expect([inFirst(1_000) <= 20, inFirst(10_000) <= 110, inFirst(20_000) >= 195]).toEqual([true, true, true])
  })
})
