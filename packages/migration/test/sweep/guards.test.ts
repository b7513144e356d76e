import { describe, expect, test } from 'vitest'
import {
  classify,
  type Gathered,
  gather,
  type JournalFacts,
  type Known,
  LIFECYCLE_DAYS,
  lifecycleCommand,
  lifecycleRules,
  longestMigrationDays,
  markOfKey,
  NOTHING_GATHERED,
  refusalsOf,
  regionOf,
  SWEEP_POLICY,
  type SweptThing,
} from '../../src/index.ts'
import { keyOf, NOW, proven, TO } from '../a-migration.ts'

const HOUR = 3_600_000
const MINUTE = 60_000
const JOURNAL: JournalFacts = { install: 'here', records: 10, newestAt: NOW, bornAt: NOW - 100 * HOUR }
const SEEN: Gathered = {
  newest: { id: 'a', at: NOW - HOUR },
  oldest: { id: 'b', at: NOW - 10 * HOUR },
  late: { things: 3, bytes: 30 },
}
const codes = (
  journal: Partial<JournalFacts> = {},
  seen: Partial<Gathered> = {},
  acknowledged: { things: number; bytes: number } | null = null,
) =>
  refusalsOf(
    { ...JOURNAL, ...journal },
    { ...SEEN, ...seen },
    { install: 'here', acknowledged, policy: SWEEP_POLICY },
  ).map(({ code }) => code)

describe('a sweep that would remove', () => {
  test('goes on when nothing speaks against it', () => {
    expect(codes()).toEqual([])
    expect(codes({}, NOTHING_GATHERED)).toEqual([])
  })

  test('refuses an empty journal', () => {
    expect(codes({ records: 0, newestAt: null, bornAt: null })).toEqual(['journal-empty'])
    expect(codes({ records: 0, newestAt: null, bornAt: null, install: null })).toEqual(['journal-empty'])
  })

  test('refuses a Redis of another installation', () => {
    expect(codes({ install: 'there' })).toEqual(['other-installation'])
    expect(codes({ install: 'here2' })).toEqual(['other-installation'])
  })

  test.each([
    [NOW, []],
    [NOW + 5 * MINUTE, []],
    [NOW + 5 * MINUTE + 1, ['journal-rolled-back']],
  ])(
    'and a journal whose newest event is older than the newest thing, but for the clocks: %i',
    (at, expected) => {
      expect(codes({}, { newest: { id: 'a', at } })).toEqual(expected)
    },
  )

  test.each([
    [NOW - 100 * HOUR, []],
    [NOW - 100 * HOUR - 5 * MINUTE, []],
    [NOW - 100 * HOUR - 5 * MINUTE - 1, ['journal-younger']],
  ])('and one that is younger than what it would conclude about: %i', (at, expected) => {
    expect(codes({}, { oldest: { id: 'b', at } })).toEqual(expected)
  })

  test.each([
    [{ things: 50, bytes: 1e12 }, null, []],
    [{ things: 51, bytes: 1 }, null, ['too-many']],
    [{ things: 1, bytes: 1e12 + 1 }, null, ['too-many']],
    [{ things: 51, bytes: 1 }, { things: 51, bytes: 1 }, []],
    [{ things: 52, bytes: 1 }, { things: 51, bytes: 1 }, ['too-many']],
    [{ things: 1, bytes: 3e12 }, { things: 1, bytes: 2e12 }, ['too-many']],
    [{ things: 1, bytes: 3e12 }, { things: 1, bytes: 3e12 }, []],
    [{ things: 3, bytes: 3 }, { things: 0, bytes: 0 }, []],
  ])('late %j with %j acknowledged', (late, acknowledged, expected) => {
    expect(codes({}, { late }, acknowledged)).toEqual(expected)
  })

  test('an acknowledgement lifts nothing but the mere size', () => {
    const all = { things: 1e6, bytes: 1e15 }
    expect(codes({ records: 0, newestAt: null, bornAt: null }, {}, all)).toEqual(['journal-empty'])
    expect(codes({ newestAt: NOW - 50 * HOUR }, {}, all)).toEqual(['journal-rolled-back'])
    expect(codes({ install: 'there' }, {}, all)).toEqual(['other-installation'])
  })

  test('every reason is told at once, with what to do', () => {
    const refusals = refusalsOf(
      { ...JOURNAL, newestAt: NOW - 5 * HOUR, bornAt: NOW - 6 * HOUR },
      { ...SEEN, late: { things: 51, bytes: 7 } },
      { install: 'there', acknowledged: null, policy: SWEEP_POLICY },
    )
    expect(refusals.map(({ code }) => code)).toEqual([
      'other-installation',
      'journal-rolled-back',
      'journal-younger',
      'too-many',
    ])
    expect(refusals.at(-1)?.text).toContain('{"things": 51, "bytes": 7}')
  })
})

describe('what proves that a journal has forgotten something', () => {
  const { proven: _, recheck: __, phase: ___, ...core } = proven()
  const record = { ...core, state: 'succeeded', endedAt: NOW } as const
  const image = (send: number): SweptThing => ({
    ...{
      what: 'image',
      id: keyOf(send),
      region: regionOf(TO),
      bucket: 'bucket',
      bytes: 1,
      at: NOW + 2 * HOUR,
    },
    mark: markOfKey(keyOf(send), { prefix: 'snapferry', install: 'here' }),
  })
  const newest = (thing: SweptThing, known: Known) =>
    gather(NOTHING_GATHERED, thing, known, classify(thing, known, SWEEP_POLICY, NOW + 9 * HOUR)).newest

  test('an image that the provider finished after the ending is no proof', () => {
    expect(newest(image(record.send), { record, catalogued: false })).toBeNull()
  })

  test('an image of a send, or of a migration, that was never recorded is one', () => {
    expect(newest(image(record.send + 1), { record, catalogued: false })?.at).toBe(NOW + 2 * HOUR)
    expect(newest(image(1), { record: null, catalogued: false })?.at).toBe(NOW + 2 * HOUR)
  })
})

describe('the second net', () => {
  test('is longer than any migration can last', () => {
    expect(longestMigrationDays()).toBeLessThan(LIFECYCLE_DAYS)
    expect(longestMigrationDays()).toBeGreaterThan(18)
  })

  test('expires what is on the way, and of kept images only unfinished uploads', () => {
    const rules = lifecycleRules({ prefix: 'snapferry', install: 'here' })
    expect(rules.map(({ Filter, Expiration }) => [Filter.Prefix, Expiration?.Days])).toEqual([
      ['snapferry/here/work/', LIFECYCLE_DAYS],
      ['snapferry/here/keep/', undefined],
    ])
    const command = lifecycleCommand({ bucket: 'acme', region: 'fr-par' }, rules)
    const [, json = ''] = /--lifecycle-configuration '([^']+)'$/.exec(command) ?? []
    expect(JSON.parse(json)).toEqual({ Rules: rules })
  })
})
