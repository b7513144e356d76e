import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  afterLook,
  afterRead,
  awaitingTurn,
  begin,
  type Change,
  type Circumstances,
  good,
  nextPulse,
  POLICY,
  type Policy,
  type Pulse,
  type Reading,
  type Tick,
  turnPulse,
  type WantsAppend,
  type WantsLook,
  whyShown,
} from '../src/index.ts'
import { decideAnew } from '../src/replay-decision.ts'
import { aRow, copyItem, NOW, running, stateOf } from './a-migration.ts'

const at = (policy: Policy = POLICY): Circumstances => ({ monotonicMs: 0, policy })
const WHY = { code: 'importing', text: 'it imports', since: NOW - 90_000 } as const
const item = copyItem('copy-1', { at: NOW - 90_000 })
const importing = running({ phase: 'import', ledger: [item] })

function aPulse(parts: Partial<Pulse> = {}): Pulse {
  return { v: 3, wakeAt: NOW, plannedMs: 30_000, waitedMs: 60_000, looks: 4, why: WHY, ...parts }
}

function looking(pulse: Pulse, now = NOW): WantsLook {
  const reading: Reading = { record: importing, pulse, now, nudges: 1, redisRun: 'run' }
  return afterRead(begin(0), reading, at(), 0.5) as WantsLook
}

const changeOf = (tick: Tick): Change => (tick as WantsAppend).change

describe('a migration whose turn to call has not come', () => {
  test('sleeps until then, records no event, and waits for the same thing for as long and after as many looks', () => {
    const { events, pulse, closing } = changeOf(awaitingTurn(looking(aPulse()), NOW + 7_000))
    expect([events, closing]).toEqual([[], true])
    expect(pulse).toMatchObject({
      wakeAt: NOW + 7_000,
      plannedMs: 7_000,
      turnAt: NOW + 7_000,
      looks: 4,
      why: WHY,
    })
    expect(pulse.waitedMs).toBe(90_000)
  })

  test('tells people that this is what it waits for, and the same thing as before once it has looked', () => {
    const { pulse } = changeOf(awaitingTurn(looking(aPulse()), NOW + 7_000))
    expect(whyShown({ ...pulse, v: 4 })).toMatchObject({ code: 'call-limit', since: NOW })
    const pending = { row: good({ row: aRow({ state: stateOf('pending') }), siblings: [] }) }
    const after = changeOf(afterLook(looking({ ...pulse, v: 4 }, NOW + 7_000), pending, at()))
    expect([after.events, after.pulse.turnAt, after.pulse.why]).toEqual([
      [],
      undefined,
      { ...WHY, text: 'The provider shows it as pending.' },
    ])
    expect([after.pulse.waitedMs, after.pulse.looks]).toEqual([90_000, 5])
  })

  test('is no longer counted as waiting, however often it is put off: its limits and confirmations are those of its own wait', () => {
    const turns = fc.array(fc.integer({ min: 1, max: 600_000 }), { maxLength: 8 })
    fc.assert(
      fc.property(turns, (pauses) => {
        let pulse = aPulse()
        let now = NOW
        for (const pauseMs of pauses) {
          pulse = { ...turnPulse(pulse, now + pauseMs, now), v: 1 }
          now += pauseMs
        }
        expect(pulse.waitedMs).toBe(pauses.length === 0 ? 60_000 : 90_000)
        expect([pulse.why, pulse.looks]).toEqual([WHY, 4])
      }),
    )
  })

  test('that waits for nothing else waits for that', () => {
    const { pulse } = changeOf(awaitingTurn(looking(aPulse({ why: null })), NOW + 7_000))
    expect([pulse.why, whyShown({ ...pulse, v: 1 })?.code]).toEqual([null, 'call-limit'])
    expect(whyShown(aPulse())).toBe(WHY)
    expect(whyShown(aPulse({ why: null }))).toBeNull()
  })
})

describe('a stalled migration', () => {
  const sleeps = { events: [], sleepMs: 30_000, why: WHY } as const
  test('remembers since when, through weather and turns, until something happens', () => {
    const first = nextPulse(aPulse(), { ...sleeps, stalled: true }, NOW).pulse
    expect(first.stalledSince).toBe(NOW)
    const weather = { ...sleeps, why: { code: 'provider-throttled', text: 'slow down' } } as const
    const second = nextPulse({ ...first, v: 1 }, weather, NOW + 30_000).pulse
    const third = turnPulse({ ...second, v: 1 }, NOW + 70_000, NOW + 60_000)
    const fourth = nextPulse({ ...third, v: 1 }, { ...sleeps, stalled: true }, NOW + 70_000).pulse
    expect([second, third, fourth].map(({ stalledSince }) => stalledSince)).toEqual([NOW, NOW, NOW])
    const done = { events: [{ type: 'removed', ids: [] }], sleepMs: 0, why: null } as const
    expect(nextPulse({ ...fourth, v: 1 }, done, NOW + 100_000).pulse).not.toHaveProperty('stalledSince')
  })

  test('is told by its tick, and a limit that was learned stands with the event so that it is decided so again', () => {
    const known = { n: 20, maxMs: 1_200_000, counts: [[82, 20]] } as const
    const learned: Policy = { ...POLICY, learned: { 'import|block|4': known } }
    const pending = { row: good({ row: aRow({ state: stateOf('pending') }), siblings: [] }) }
    const ticked = (waitedMs: number) => {
      const pulse = aPulse({ waitedMs, why: { ...WHY, code: 'unknown-state' } })
      return changeOf(afterLook(looking(pulse), pending, at(learned)))
    }
    // 100 minutes: over the limit of the row, under ten times the usual 20; and one that is over both.
    const [waiting, over] = [ticked(6_000_000), ticked(13_000_000)]
    expect([waiting.pulse.stalledSince, waiting.events.map(({ type }) => type)]).toEqual([NOW, ['waited']])
    expect(over.events.map(({ type }) => type)).toEqual(['phase-limit-over'])
    for (const { events, before } of [waiting, over]) {
      const { basis } = events[0]!
      expect(basis?.limitMs).toBeGreaterThan(11_000_000)
      const today = decideAnew({ events, basis: basis!, seen: pending }, before.record, null, POLICY)
      expect(today).toMatchObject({ problem: null, events: events.map(({ type }) => ({ type })) })
      expect(today.because?.rule).toBe(basis?.because.rule)
    }
  })
})
