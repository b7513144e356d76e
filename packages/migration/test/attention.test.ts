import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  attentionOf,
  type Change,
  isReminder,
  type ParkedFrom,
  POLICY,
  parkedSleepMs,
  requestCancel,
  requestRetry,
} from '../src/index.ts'
import { NOW, parked } from './a-migration.ts'

const HOUR = 3_600_000
const WHY = { code: 'needs-attention', text: 'It waits.', since: NOW } as const

/** The closing append of a tick of a parked migration: looked at last at `before`, now at `now`, both in hours. */
function tickAt(before: number, now: number): Change {
  const m = parked('running', { parkedAt: NOW })
  const pulse = {
    wakeAt: NOW + now * HOUR,
    plannedMs: (now - before) * HOUR,
    waitedMs: 0,
    looks: 0,
    why: WHY,
  }
  const reading = { record: m, pulse: { v: 1, ...pulse }, now: NOW + now * HOUR, nudges: 0, redisRun: 'run' }
  return { before: reading, after: m, events: [], pulse, closing: true, nudge: false }
}

describe('a parked migration says what can be done', () => {
  test.each<[ParkedFrom, readonly string[], RegExp]>([
    ['queued', ['retry', 'cancel', 'wait'], /ends as failed/],
    ['running', ['retry', 'cancel', 'wait'], /undone, and it ends as failed/],
    ['proven', ['retry', 'wait'], /ends as succeeded/],
    ['unwinding', ['retry', 'wait'], /ends as cancelled/],
  ])('parked while %s', (parkedFrom, actions, ending) => {
    const m = parked(parkedFrom)
    const { remedies, since, decidesAt } = attentionOf(m, POLICY)
    expect(remedies.map(({ action }) => action)).toEqual(actions)
    expect(remedies.at(-1)?.text).toMatch(ending)
    expect(decidesAt - since).toBe(72 * HOUR)
    // What is offered is not refused.
    expect(requestRetry(m)).toBe('resume')
    if (actions.includes('cancel')) expect(requestCancel(m)).toBe('allowed')
  })

  test('names who can do something, and what', () => {
    const failure = { kind: 'locked', text: 'Locked.', words: null, requestId: null, call: null } as const
    expect(attentionOf(parked('running', { failure }), POLICY)).toMatchObject({
      tell: 'operator',
      fix: expect.stringContaining('support'),
    })
  })
})

describe('a parked migration is reminded of once a day', () => {
  test.each([
    ['the tick that parked it', 0, 0, false],
    ['an hour later', 0, 1, false],
    ['after a day', 0, 24, true],
    ['woken in between', 24, 30, false],
    ['after two days, woken in between', 30, 48, true],
    ['a worker that comes back after two days says it once', 0, 50, true],
  ])('%s', (_, before, now, isSaid) => {
    expect(isReminder(tickAt(before, now), POLICY)).toBe(isSaid)
  })

  test('an append with events is told by its events', () => {
    const change = tickAt(0, 24)
    expect(isReminder({ ...change, events: [{ type: 'park-limit-over', at: NOW }] }, POLICY)).toBe(false)
  })

  test('twice in its 72 hours, whatever wakes it in between', () => {
    const wakes = fc.array(fc.integer({ min: 1, max: 72 * HOUR - 1 }), { maxLength: 20 })
    fc.assert(
      fc.property(wakes, (nudges) => {
        let said = 0
        let last = 0
        for (let now = 0; now < 72 * HOUR; ) {
          if (isReminder(tickAt(last / HOUR, now / HOUR), POLICY)) said += 1
          last = now
          const wakeAt = now + parkedSleepMs(parked('running', { parkedAt: NOW }), POLICY, NOW + now)
          now = Math.min(wakeAt, ...nudges.filter((at) => at > last))
        }
        return said === 2
      }),
    )
  })
})
