import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  bad,
  type CloudFailure,
  type CloudFailureKind,
  type Decision,
  decide,
  good,
  POLICY,
  type Seen,
} from '../src/index.ts'
import { aCloudFailure, aSource, copyItem, moment, NOW, running } from './a-migration.ts'

const SECOND = 1_000
const HOUR = 3_600 * SECOND

/** How long a migration leaves the provider alone after this failure of a look. */
function pauseMs(
  failure: Partial<CloudFailure> & { kind: CloudFailureKind },
  looks: number,
  dice: number,
): number {
  const m = running({ phase: 'import', ledger: [copyItem('copy-1', { at: NOW })] })
  const seen: Seen = { row: bad({ ...aCloudFailure(failure.kind), ...failure }), source: good(aSource()) }
  const decision: Decision = decide(m, seen, POLICY, moment({ looks, dice }))
  if (decision.do !== 'sleep') throw new Error('it would go on')
  return decision.sleepMs
}

describe('a provider that is unwell is left alone', () => {
  // Full jitter: anything up to 2 s doubled with each look, at most 120 s, and never less than a second.
  test.each([
    { looks: 0, dice: 0, ms: 2_000 },
    { looks: 0, dice: 0.999, ms: 1_000 },
    { looks: 3, dice: 0, ms: 16_000 },
    { looks: 3, dice: 0.5, ms: 8_000 },
    { looks: 3, dice: 0.999, ms: 1_000 },
    { looks: 6, dice: 0, ms: 120_000 },
    { looks: 1_000, dice: 0, ms: 120_000 },
    { looks: 1_000, dice: 0.5, ms: 60_000 },
  ])('after $looks looks and a roll of $dice for $ms ms', ({ looks, dice, ms }) => {
    for (const kind of ['throttled', 'unavailable', 'no-answer', 'unreadable'] as const)
      expect([kind, pauseMs({ kind }, looks, dice)]).toEqual([kind, ms])
  })

  // A 429 without a header, one with seconds, an S3 SlowDown with and without, a 503 with a date that lies 90 s ahead.
  test.each<[string, CloudFailureKind, number | null, number, number]>([
    ['429', 'throttled', null, 1_000, 2_000],
    ['429, Retry-After: 7', 'throttled', 7 * SECOND, 7_000, 9_000],
    ['SlowDown', 'throttled', null, 1_000, 2_000],
    ['SlowDown, Retry-After: 30', 'throttled', 30 * SECOND, 30_000, 37_500],
    ['503, Retry-After: a date', 'unavailable', 90 * SECOND, 90_000, 112_500],
    ['503, Retry-After: 0', 'unavailable', 0, 1_000, 2_000],
    ['429, an hour', 'throttled', HOUR, HOUR, 1.25 * HOUR],
  ])('after %s (%s, %s) between %i and %i ms', (_, kind, retryAfterMs, least, most) => {
    const pauses = [0, 0.25, 0.5, 0.75, 0.999].map((dice) => pauseMs({ kind, retryAfterMs }, 0, dice))
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(least)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(most)
  })

  test('never sooner than it asked for, however the dice fall and however often it was asked', () => {
    const asked = fc.option(fc.integer({ min: 0, max: HOUR }), { nil: null })
    const rolls = fc.double({ min: 0, max: 0.999, noNaN: true })
    fc.assert(
      fc.property(asked, fc.nat(200), rolls, (retryAfterMs, looks, dice) => {
        expect(pauseMs({ kind: 'throttled', retryAfterMs }, looks, dice)).toBeGreaterThanOrEqual(
          retryAfterMs ?? SECOND,
        )
      }),
    )
  })

  test('by a fleet that was asked together at times that lie apart', () => {
    const pauses = Array.from({ length: 100 }, (_, n) =>
      pauseMs({ kind: 'throttled', retryAfterMs: 60 * SECOND }, 0, n / 100),
    )
    const inOneSecond = Math.max(
      ...pauses.map((from) => pauses.filter((ms) => ms >= from && ms < from + SECOND).length),
    )
    expect(inOneSecond).toBeLessThanOrEqual(8)
  })
})
