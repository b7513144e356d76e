import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  archivePrefix,
  canonicalJson,
  comparePlaces,
  dataName,
  dayAfter,
  dayBefore,
  dayOf,
  endOfDay,
  isDay,
  manifestName,
  partName,
  readObjectName,
  readPartName,
} from '../../src/index.ts'

const times = fc.integer({ min: 0, max: Date.UTC(2999, 0) })

describe('a day in UTC', () => {
  test.each([
    ['2026-11-24', true],
    ['2024-02-29', true],
    ['2026-02-29', false],
    ['2026-11-31', false],
    ['2026-1-1', false],
    ['2026-11-24T00:00', false],
    ['', false],
  ])('%j is one: %s', (text, is) => {
    expect(isDay(text)).toBe(is)
  })

  test('has its beginning, its end and its neighbours, whatever the time', () => {
    fc.assert(
      fc.property(times, (ms) => {
        const day = dayOf(ms)
        expect(ms).toBeLessThan(endOfDay(day))
        expect(ms).toBeGreaterThanOrEqual(endOfDay(dayBefore(day)))
        expect(dayBefore(dayAfter(day))).toBe(day)
        expect(day < dayAfter(day)).toBe(true)
      }),
    )
  })
})

describe('the names of an archive', () => {
  const parts = fc.record({ day: times.map(dayOf), part: fc.integer({ min: 1, max: 9_999 }) })

  test('are read back as they were written', () => {
    fc.assert(
      fc.property(parts, (part) => {
        expect(readPartName(partName(part))).toEqual(part)
        expect(readObjectName(dataName(part))).toEqual({ ...part, is: 'data' })
        expect(readObjectName(manifestName(part))).toEqual({ ...part, is: 'manifest' })
      }),
    )
  })

  test('stand in the order of days and parts', () => {
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const order = Math.sign(comparePlaces(a, b))
        expect(order).toBe(-Math.sign(comparePlaces(b, a)) || 0)
        if (order === 0) expect(a).toEqual(b)
        if (a.day < b.day) expect(order).toBe(-1)
      }),
    )
  })

  test.each([
    '2026-11-24',
    '2026-11-24.1.json',
    '2026-11-24.0.json',
    '2026-11-24.02.json',
    '2026-11-24.10000.json',
    '2026-11-24.json.gz',
    'x2026-11-24.json',
    '../2026-11-24.json',
    '2026-13-24.json',
    '2026-11-24.ndjson.gz\n',
  ])('%j is none of them', (name) => {
    expect(readObjectName(name)).toBeNull()
  })

  test('lie outside work/ and keep/, by installation', () => {
    expect(archivePrefix({ prefix: 'snapferry', install: 'default' })).toBe('snapferry/default/archive/')
  })
})

describe('canonical JSON', () => {
  test('does not depend on the order of keys, and says the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
        expect(canonicalJson(JSON.parse(text))).toBe(text)
      }),
    )
    expect(canonicalJson({ b: 1, a: { d: [2, null], c: 'ü' } })).toBe('{"a":{"c":"ü","d":[2,null]},"b":1}')
  })

  test('leaves out what JSON leaves out, and refuses what has no JSON', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}')
    expect(() => canonicalJson(undefined)).toThrow(TypeError)
  })
})
