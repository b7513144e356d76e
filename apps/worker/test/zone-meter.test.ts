import { bad, type CallTally, type CloudFailureKind, good, zone } from '@snapferry/migration'
import { describe, expect, test } from 'vitest'
import { openZoneMeter } from '../src/zone-meter.ts'
import { failureOf, looksAt, openCloud, writesTo } from './cloud.ts'

const PAR1 = zone('fr-par-1')
const AMS1 = zone('nl-ams-1')

/** A meter around a provider whose next answers are given, and what it told the fleet. */
function aMeter() {
  const told: (readonly CallTally[])[] = []
  const opened: string[] = []
  const errors: unknown[] = []
  const rings: (() => void)[] = []
  const it = { answer: null as CloudFailureKind | null, isAway: false, opens: [] as string[] }
  const meter = openZoneMeter({
    circuits: {
      count: async (tallies) => {
        if (it.isAway) throw new Error('Redis is away')
        if (tallies.length > 0) told.push(tallies)
        return it.opens
      },
    },
    profile: 'default',
    onOpened: (hold) => opened.push(hold),
    onError: (error) => errors.push(error),
    timer: (_, ring) => {
      rings.push(ring)
      return () => {}
    },
  })
  const cloud = openCloud()
  const looks = looksAt(cloud)
  const answer = async () =>
    it.answer === null ? good(null) : bad({ ...failureOf(it.answer, true), words: 'slow down' })
  const provider = meter.around({
    looks: { ...looks, block: { ...looks.block, find: answer } },
    writesFor: (permit) => {
      const writes = writesTo(cloud, permit)
      return { ...writes, block: { ...writes.block, startExport: answer } }
    },
  })
  const second = async () => {
    for (let n = 0; n < 10; n++) await Promise.resolve()
    rings.pop()?.()
    for (let n = 0; n < 10; n++) await Promise.resolve()
  }
  const look = async (kind: CloudFailureKind | null, at = PAR1) => {
    it.answer = kind
    await provider.looks.block.find({ zone: at, id: 'x' })
  }
  return { it, told, opened, errors, provider, second, look }
}

describe('a meter of zones', () => {
  test.each<[CloudFailureKind | null, number, number]>([
    [null, 1, 0],
    ['missing', 1, 0],
    ['forbidden', 1, 0],
    ['credentials', 1, 0],
    ['quota', 1, 0],
    ['busy', 1, 0],
    ['in-use', 1, 0],
    ['refused', 1, 0],
    ['throttled', 1, 1],
    ['unavailable', 1, 1],
    ['no-answer', 1, 1],
    ['unreadable', 1, 1],
    ['stopped', 0, 0],
    ['observing', 0, 0],
  ])('takes %s for %i calls, %i of them bad', async (kind, calls, wrong) => {
    const { told, look, second } = aMeter()
    await look(kind)
    await second()
    expect(told.flat().map((tally) => [tally.calls, tally.bad])).toEqual(calls === 0 ? [] : [[calls, wrong]])
  })

  test('tells once a second, in one question, and asks nothing while nothing is called', async () => {
    const { told, look, second, provider, it } = aMeter()
    for (let n = 0; n < 50; n++) await look(n % 2 === 0 ? null : 'throttled')
    await look('unavailable', AMS1)
    it.answer = null
    await provider.writesFor(() => true).block.startExport({ zone: PAR1, id: 'x', bucket: 'b', key: 'k' })
    await second()
    expect(told).toMatchObject([
      [
        { profile: 'default', zone: PAR1, calls: 51, bad: 25, said: 'slow down' },
        { zone: AMS1, calls: 1, bad: 1 },
      ],
    ])
    await second()
    await second()
    expect(told.length).toBe(1)
  })

  test('tells of the circuit that opened, and goes on when Redis is away', async () => {
    const { told, opened, errors, look, second, it } = aMeter()
    it.isAway = true
    await look('throttled')
    await second()
    expect([errors.length, told.length]).toEqual([1, 0])
    it.isAway = false
    it.opens = ['circuit:zone/fr-par-1']
    await look('throttled')
    await second()
    expect([opened, told.flat().map(({ calls }) => calls)]).toEqual([['circuit:zone/fr-par-1'], [1]])
  })

  test('passes every answer on as it was', async () => {
    const { provider, it } = aMeter()
    expect(await provider.looks.block.find({ zone: PAR1, id: 'x' })).toEqual(good(null))
    it.answer = 'throttled'
    expect(await provider.looks.block.find({ zone: PAR1, id: 'x' })).toMatchObject({
      failure: { words: 'slow down' },
    })
    expect(await provider.looks.instance.find({ zone: PAR1, id: 'none' })).toEqual(good(null))
    expect(provider.looks.block.backend).toBe('block')
  })
})
