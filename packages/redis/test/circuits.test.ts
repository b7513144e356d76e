import { type CallTally, CIRCUIT, type Hold, migrationId, zone } from '@snapferry/migration'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { keyOf } from '../src/index.ts'
import { startTestRedis, type TestRedis } from './test-redis.ts'

let it: TestRedis
beforeAll(async () => {
  it = await startTestRedis()
})
beforeEach(() => it.empty())
afterAll(() => it.close())

const ZONE = zone('fr-par-1')
const NAME = 'circuit:zone/fr-par-1'

function tally(calls: number, bad: number, parts: Partial<CallTally> = {}): CallTally {
  const told = { said: 'too many requests', call: 'block GetSnapshot', requestId: 'r-1' }
  return { profile: 'default', zone: ZONE, calls, bad, ...told, ...parts }
}

const count = (...tallies: CallTally[]) => it.journal.circuits.count(tallies)
const later = (ms: number) => it.journal.setClock(ms)
const standing = () => it.journal.holds.list()

describe('a circuit', () => {
  test.each([
    { told: 'half of twenty', tallies: [[20, 10]], opens: true },
    { told: 'one less than half', tallies: [[20, 9]], opens: false },
    { told: 'all of nineteen: too few to tell', tallies: [[19, 19]], opens: false },
    { told: 'the weather of a bad day, one in ten', tallies: [[1_000, 100]], opens: false },
    {
      told: 'told bit by bit, by many workers',
      tallies: Array.from({ length: 20 }, () => [1, 1]),
      opens: true,
    },
  ])('with bad calls: $told → opens $opens', async ({ tallies, opens }) => {
    await later(0)
    const opened: string[] = []
    for (const [calls = 0, bad = 0] of tallies) opened.push(...(await count(tally(calls, bad))))
    expect(opened).toEqual(opens ? [NAME] : [])
    expect((await standing()).map(({ name }) => name)).toEqual(opens ? [NAME] : [])
  })

  test('is a hold over its zone that stops all calls and says what was answered', async () => {
    await count(tally(30, 30))
    const { now } = await it.journal.clock()
    const [hold] = await standing()
    expect(hold).toMatchObject({
      ...{ kind: 'circuit', scope: 'zone/fr-par-1', stops: 'calls', act: null, by: null, probe: null },
      ...{ said: 'too many requests', call: 'block GetSnapshot', requestId: 'r-1', times: 30 },
    })
    expect(Math.abs((hold?.probeAt ?? 0) - now - CIRCUIT.firstProbeMs)).toBeLessThan(1_000)
  })

  test('counts one minute: what is older is forgotten', async () => {
    await later(0)
    await count(tally(19, 19))
    await later(61_000)
    expect(await count(tally(19, 19))).toEqual([])
    await later(61_000 + 45_000)
    expect(await count(tally(1, 1))).toEqual([NAME])
  })

  test('counts each profile and each zone by itself', async () => {
    await later(0)
    const other = { zone: zone('nl-ams-1') }
    expect(await count(tally(15, 15), tally(15, 15, { profile: 'second' }), tally(100, 0, other))).toEqual([])
    expect(await count(tally(40, 40, other))).toEqual([])
    expect(await count(tally(160, 160, other), tally(5, 0))).toEqual(['circuit:zone/nl-ams-1', NAME])
  })

  test('begins to count anew when it is closed: what opened it does not open it again', async () => {
    await later(0)
    await count(tally(1_000, 1_000))
    expect(await count(tally(10, 10))).toEqual([])
    await it.journal.holds.lift(NAME)
    expect(await count(tally(19, 19))).toEqual([])
    expect(await count(tally(1, 1))).toEqual([NAME])
  })

  test('is tried after 5 s, then after pauses that double, up to a minute', async () => {
    await later(0)
    await count(tally(20, 20))
    const id = migrationId('mig_aaaaaaaaaaaaaaaaaaaaaaaaaa')
    await it.redis.zadd(keyOf.waiters, 0, `hold:${NAME}\n1800000000000:${id}`)
    const tried: number[] = []
    for (let second = 0; second < 260; second++) {
      await later(second * 1_000)
      if ((await it.journal.holds.probe(0.5)) === 1) tried.push(second)
    }
    const pauses = tried.map((second, at) => second - (tried[at - 1] ?? 0))
    const expected = [5, 10, 20, 40, 60, 60, 60]
    expect(pauses.length).toBeGreaterThanOrEqual(expected.length - 1)
    for (const [at, pause] of pauses.entries()) expect(Math.abs(pause - expected[at]!)).toBeLessThanOrEqual(1)
    const [hold] = await standing()
    expect([hold?.probe, hold?.pauseMs]).toEqual([id, 60_000])
  })

  test('leaves the pause of other holds at a minute', async () => {
    await later(0)
    const hold: Omit<Hold, 'since' | 'lastAt' | 'times' | 'probe'> = {
      ...{ name: 'credentials:profile/default', kind: 'credentials', scope: 'profile/default' },
      ...{ stops: 'calls', act: null, said: 'no', call: null, requestId: null, by: null, probeAt: 0 },
    }
    await it.journal.holds.put(hold)
    await it.redis.zadd(keyOf.waiters, 0, `hold:${hold.name}\n1800000000000:mig_aaaaaaaaaaaaaaaaaaaaaaaaaa`)
    await it.journal.holds.probe(0.5)
    const { now } = await it.journal.clock()
    const [after] = await standing()
    expect(Math.abs((after?.probeAt ?? 0) - now - 60_000)).toBeLessThan(1_000)
    expect(after).not.toHaveProperty('pauseMs')
  })
})
