import { migrationId, type Pulse, type Question, type WantsLook, zone } from '@snapferry/migration'
import type { CallsWanted } from '@snapferry/redis'
import { describe, expect, test } from 'vitest'
import { callsOf, type Gate, openGate } from '../src/gate.ts'
import { aPlan } from './stage.ts'

const NOW = 1_800_000_000_000
const ID = migrationId('mig_aaaaaaaaaaaaaaaaaaaaaaaaaa')
const AT = { zone: zone('fr-par-1'), id: 'x', backend: 'block' } as const
const TWO: Question = { source: AT, row: { ...AT, siblings: null } }

/** A gate whose turns come `aheadMs` after they are asked for, on a clock and timers that the test moves. */
function aGate(o: { aheadMs?: number; rates?: Record<string, number>; unset?: number | null } = {}) {
  const asked: CallsWanted[] = []
  const waits: { ms: number; ring: () => void }[] = []
  const errors: unknown[] = []
  const it = { aheadMs: o.aheadMs ?? 0, rates: o.rates ?? {}, now: NOW, isAway: false }
  const gate = openGate({
    calls: {
      turn: async (wanted) => {
        if (it.isAway) throw new Error('Redis is away')
        asked.push(wanted)
        return { now: it.now, turnAt: it.now + it.aheadMs }
      },
    },
    rates: () => it.rates,
    perSecondUnset: o.unset ?? null,
    timer: (ms, ring) => {
      waits.push({ ms, ring })
      return () => {}
    },
    onError: (error) => errors.push(error),
  })
  /** Lets the loop that settles what is owed make a turn. */
  const settle = async () => {
    const at = waits.findLastIndex(({ ms }) => ms === 1_000)
    waits.splice(at, 1)[0]?.ring()
    for (let n = 0; n < 20; n++) await Promise.resolve()
  }
  return { gate, asked, waits, errors, it, settle }
}

function looking(
  parts: { pulse?: Partial<Pulse>; now?: number; question?: Question; ended?: true } = {},
): WantsLook {
  const pulse = { v: 1, wakeAt: NOW, plannedMs: 0, waitedMs: 0, looks: 0, why: null, ...parts.pulse }
  const record = {
    ...{ id: ID, plan: aPlan(ID), facts: {}, ledger: [], claims: [] },
    ...(parts.ended === true ? { state: 'failed' } : { state: 'running', phase: 'export', proven: false }),
  }
  const reading = { record, pulse, now: parts.now ?? NOW, nudges: 0, redisRun: 'run' }
  const question = parts.question ?? TWO
  return { wants: 'look', crashes: 0, reading, question, dice: 0.5, startedMs: 0 } as unknown as WantsLook
}

const enter = (gate: Gate, parts?: Parameters<typeof looking>[0]) => gate.enter(looking(parts))

describe('the gate', () => {
  test('asks nobody where no limit is set, looks at nothing, or belongs to one that has ended', async () => {
    const free = aGate()
    expect(await enter(free.gate)).toBeNull()
    free.gate.called('default')
    await free.settle()
    const limited = aGate({ unset: 5, aheadMs: 60_000 })
    expect(await enter(limited.gate, { question: {} })).toBeNull()
    expect(await enter(limited.gate, { ended: true })).toBeNull()
    expect([free.asked, limited.asked]).toEqual([[], []])
  })

  test.each([
    { told: 'what the mode says', rates: {}, unset: 5, asks: 1 },
    { told: 'what an operator set', rates: { default: 2 }, unset: null, asks: 1 },
    { told: 'what was set for another profile', rates: { other: 2 }, unset: null, asks: 0 },
  ])('limits by $told', async ({ rates, unset, asks }) => {
    const { gate, asked } = aGate({ rates, unset })
    await enter(gate)
    expect(asked.length).toBe(asks)
    if (asks > 0)
      expect(asked[0]).toMatchObject({ profile: 'default', calls: 2, owed: 0, perSecondUnset: unset })
  })

  test('feels a limit that is set or taken away while it is open', async () => {
    const { gate, asked, it } = aGate({ aheadMs: 60_000 })
    expect(await enter(gate)).toBeNull()
    it.rates = { default: 1 }
    expect(await enter(gate)).toBe(NOW + 60_000)
    it.rates = {}
    expect(await enter(gate, { pulse: { turnAt: NOW + 60_000 } })).toBeNull()
    expect(asked.length).toBe(1)
  })

  test.each([
    { aheadMs: 0, waitsMs: null, answers: null },
    { aheadMs: 250, waitsMs: 250, answers: null },
    { aheadMs: 251, waitsMs: null, answers: NOW + 251 },
    { aheadMs: 90_000, waitsMs: null, answers: NOW + 90_000 },
  ])(
    'a turn $aheadMs ms ahead: waits here $waitsMs ms, answers $answers',
    async ({ aheadMs, waitsMs, answers }) => {
      const { gate, waits } = aGate({ unset: 5, aheadMs })
      const entering = enter(gate)
      for (let n = 0; n < 20; n++) await Promise.resolve()
      const own = waits.filter(({ ms }) => ms !== 1_000)
      expect(own.map(({ ms }) => ms)).toEqual(waitsMs === null ? [] : [waitsMs])
      for (const { ring } of own) ring()
      expect(await entering).toBe(answers)
    },
  )

  test.each([
    { told: 'at its turn', now: NOW, answers: null, asks: 0 },
    { told: 'ten seconds late', now: NOW + 10_000, answers: null, asks: 0 },
    { told: 'later than that: its turn is over', now: NOW + 10_001, answers: NOW + 60_000, asks: 1 },
    { told: 'nudged before its turn', now: NOW - 30_000, answers: NOW, asks: 0 },
  ])('whoever comes $told: $answers', async ({ now, answers, asks }) => {
    const { gate, asked } = aGate({ unset: 5, aheadMs: 60_000 })
    expect(await enter(gate, { now, pulse: { turnAt: NOW } })).toBe(answers)
    expect(asked.length).toBe(asks)
  })

  test('pays for what was called beyond the turns, once, with the next question or within a second', async () => {
    const { gate, asked, settle } = aGate({ unset: 5 })
    await enter(gate)
    for (let n = 0; n < 7; n++) gate.called('default')
    await enter(gate)
    expect(asked.map(({ calls, owed }) => [calls, owed])).toEqual([
      [2, 0],
      [2, 5],
    ])
    for (let n = 0; n < 3; n++) gate.called('default')
    await settle()
    expect(asked.at(-1)).toMatchObject({ calls: 0, owed: 1 })
    await settle()
    expect(asked.length).toBe(3)
  })

  test('still owes what it could not tell while Redis was away', async () => {
    const { gate, asked, errors, it, settle } = aGate({ unset: 5 })
    for (let n = 0; n < 4; n++) gate.called('default')
    it.isAway = true
    await expect(enter(gate)).rejects.toThrow('away')
    await settle()
    expect(errors.length).toBe(1)
    it.isAway = false
    await enter(gate)
    expect(asked).toMatchObject([{ calls: 2, owed: 4 }])
  })

  test('remembers little of the turns that were not used up', async () => {
    const { gate, asked } = aGate({ unset: 5 })
    for (let n = 0; n < 100; n++) await enter(gate)
    for (let n = 0; n < 30; n++) gate.called('default')
    await enter(gate)
    expect(asked.at(-1)?.owed).toBe(20)
  })
})

test('a question counts as many calls as it has looks, each of a list', () => {
  const tag = { ...AT, project: 'p', tag: 't' }
  expect(callsOf({})).toBe(0)
  expect(callsOf(TWO)).toBe(2)
  expect(callsOf({ tagged: tag, late: [tag, tag, tag], rows: [{ ...AT, siblings: null }] })).toBe(5)
})
