import { describe, expect, test } from 'vitest'
import {
  bucketOf,
  type Decision,
  decide,
  good,
  isStalled,
  type Learned,
  learnedLimitMs,
  legOf,
  limitMs,
  limitOf,
  POLICY,
  type Policy,
  type Running,
} from '../src/index.ts'
import { aRow, copyItem, moment, NOW, proven, running, stateOf } from './a-migration.ts'

const MINUTE = 60_000

/** A fleet whose work of every kind took this long, twenty times. */
function took(ms: number, times = 20): Policy {
  const known = { n: times, maxMs: ms, counts: [[bucketOf(ms), times]] } as const
  const names = ['snapshot', 'export', 'import'].map((phase) => `${phase}|block|4`)
  const learned: Learned = Object.fromEntries(names.map((name) => [name, known]))
  return { ...POLICY, learned }
}

const sized = (gigabytes: number, phase: Running['phase'] = 'import') => {
  const bytes = gigabytes * 1e9
  return running({ phase, facts: { snapshot: 's', sourceBytes: bytes, sizeBytes: bytes } })
}

describe('the limit of a phase', () => {
  // The class of 10 GB is known; twice the size takes twice as long.
  test.each([
    { told: 'nothing learned: by the row', policy: POLICY, gigabytes: 10, minutes: 70 },
    { told: 'nothing learned, a large disk', policy: POLICY, gigabytes: 900, minutes: 960 },
    { told: 'quick work: never below the floor', policy: took(1 * MINUTE), gigabytes: 10, minutes: 60 },
    { told: 'ten times what it usually takes', policy: took(20 * MINUTE), gigabytes: 10, minutes: 200 },
    { told: 'a disk eight times as large', policy: took(5 * MINUTE), gigabytes: 100, minutes: 400 },
    {
      told: 'quick work, a large disk: less than by the row',
      policy: took(1 * MINUTE),
      gigabytes: 900,
      minutes: 640,
    },
    { told: 'never above the cap', policy: took(300 * MINUTE), gigabytes: 10, minutes: 1_200 },
    { told: 'too few to tell', policy: took(20 * MINUTE, 4), gigabytes: 10, minutes: 70 },
  ])('$told: $minutes minutes', ({ policy, gigabytes, minutes }) => {
    const limit = limitOf(sized(gigabytes), policy)
    expect(Math.abs(limit / MINUTE - minutes)).toBeLessThan(0.01)
  })

  test('lies between floor and cap of its row, whatever was learned, and is told by the row where the provider does nothing', () => {
    for (const phase of ['snapshot', 'export', 'inspect', 'import', 'verify', 'tidy'] as const)
      for (const ms of [1, MINUTE, 1e12])
        for (const gigabytes of [1, 10, 1_000]) {
          const m = sized(gigabytes, phase)
          const limit = limitOf(m, took(ms))
          const { floorMinutes, capMinutes } = legOf(phase).limit
          expect(limit).toBeGreaterThanOrEqual(floorMinutes * MINUTE)
          expect(limit).toBeLessThanOrEqual(capMinutes * MINUTE)
          if (phase === 'inspect' || phase === 'verify' || phase === 'tidy')
            expect([learnedLimitMs(m, took(ms)), limit]).toEqual([null, limitMs(phase, gigabytes * 1e9)])
        }
  })

  test('that stands with an event is used when it is decided once more', () => {
    expect(limitOf(sized(10), { ...took(20 * MINUTE), limitMs: 7 })).toBe(7)
  })
})

describe('a migration that waits', () => {
  const item = copyItem('copy-1', { at: NOW - 1 })
  const pending = { row: good({ row: aRow({ state: stateOf('pending') }), siblings: [] }) }
  const importing = running({ phase: 'import', ledger: [item] })
  const told = (decision: Decision) =>
    decision.do === 'sleep' ? (decision.stalled === true ? 'stalled' : 'waits') : decision.because.rule

  test.each([
    { told: 'less than the longest', policy: took(4 * MINUTE), waited: 4, comes: 'waits' },
    { told: 'as long as a late look may be', policy: took(4 * MINUTE), waited: 5, comes: 'waits' },
    { told: 'longer than any', policy: took(4 * MINUTE), waited: 5.1, comes: 'stalled' },
    { told: 'a little longer than what is over at once', policy: took(1_000), waited: 0.5, comes: 'waits' },
    { told: 'longer than what is over at once', policy: took(1_000), waited: 0.6, comes: 'stalled' },
    { told: 'beyond its limit', policy: took(4 * MINUTE), waited: 60, comes: 'phase-limit-over' },
    {
      told: 'beyond the limit of its row, within the learned one',
      policy: took(20 * MINUTE),
      waited: 100,
      comes: 'stalled',
    },
    { told: 'beyond the learned one', policy: took(20 * MINUTE), waited: 200, comes: 'phase-limit-over' },
    { told: 'a while, and nothing is known', policy: POLICY, waited: 17, comes: 'waits' },
    { told: 'a quarter of its limit, and nothing is known', policy: POLICY, waited: 18, comes: 'stalled' },
    { told: 'too few are known', policy: took(4 * MINUTE, 4), waited: 17, comes: 'waits' },
    { told: 'its limit, and nothing is known', policy: POLICY, waited: 70, comes: 'phase-limit-over' },
  ])('$told: $comes', ({ policy, waited, comes }) => {
    const at = moment({ waitedMs: waited * MINUTE })
    expect(told(decide(importing, pending, policy, at))).toBe(comes)
  })

  test('is called stalled in phases of our own work as well', () => {
    expect(isStalled(proven(), 16 * MINUTE, POLICY)).toBe(true)
    expect(isStalled(proven(), 14 * MINUTE, POLICY)).toBe(false)
  })
})
