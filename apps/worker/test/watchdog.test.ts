import { describe, expect, test } from 'vitest'
import { isStuck, PATIENCE, type Sight, startWatchdog, suspect } from '../src/watchdog.ts'

const { everyMs, limitMs } = PATIENCE
const LOOKS = limitMs / everyMs

type Look = Partial<Omit<Sight, 'life'>> & Partial<Sight['life']> & { afterMs?: number }

/** The first look, counted from 1, that takes the worker for stuck; null when none does. */
function firstStuck(looks: readonly Look[]): number | null {
  let suspicion = null
  let atMs = 5_000
  for (const [at, look] of looks.entries()) {
    const { takeable = 3, afterMs = everyMs, isOnDuty = true, underWay = 0, signs = 7 } = look
    atMs += afterMs
    const life = { isOnDuty, underWay, signs }
    suspicion = suspect(suspicion, { atMs, takeable, life }, PATIENCE)
    if (isStuck(suspicion, PATIENCE)) return at + 1
  }
  return null
}

const times = (count: number, look: (at: number) => Look): Look[] =>
  Array.from({ length: count }, (_, at) => look(at))
const stuckFor = (looks: number): Look[] => times(looks, () => ({}))

describe('a worker is taken for stuck', () => {
  test('when for the whole patience jobs were due, it was free and took none', () => {
    expect(firstStuck(stuckFor(100))).toBe(LOOKS + 1)
    expect(firstStuck(stuckFor(LOOKS))).toBeNull()
  })

  test.each<[string, (at: number) => Look]>([
    ['nothing is due', () => ({ takeable: 0 })],
    ['Redis does not answer', () => ({ takeable: null })],
    ['it is paused for its clock, or stopping', () => ({ isOnDuty: false })],
    ['a tick is under way', () => ({ underWay: 1 })],
    ['it begins ticks between the looks, however many more are due', (at) => ({ signs: at })],
    ['the process or the machine stands still between any two looks', () => ({ afterMs: 3 * everyMs + 1 })],
  ])('never while %s', (_, look) => {
    expect(firstStuck(times(1_000, look))).toBeNull()
  })

  test.each<[string, Look]>([
    ['nothing was due', { takeable: 0 }],
    ['Redis did not answer', { takeable: null }],
    ['it was paused', { isOnDuty: false }],
    ['a tick was under way', { underWay: 1 }],
    ['a tick had come and gone', { signs: 8 }],
    ['it had told a trouble: its loop moves', { signs: 8 }],
    ['the machine had slept for a day', { afterMs: 24 * 3_600_000 }],
    ['the process had been frozen for a minute', { afterMs: 60_000 }],
  ])('and its patience begins anew after a look at which %s', (_, between) => {
    const after = times(100, () => (between.signs === undefined ? {} : { signs: between.signs }))
    const looks = [...stuckFor(LOOKS), between, ...after]
    // A look that itself shows a worker that may be stuck is the first of the new patience.
    const isFirst = between.signs !== undefined || between.afterMs !== undefined
    expect(firstStuck(looks)).toBe(LOOKS + 1 + LOOKS + (isFirst ? 0 : 1))
  })

  test('also when looks are late, as on a busy machine', () => {
    expect(firstStuck(times(100, () => ({ afterMs: 3 * everyMs })))).toBe(1 + limitMs / (3 * everyMs))
  })
})

test('the watchdog tells once, and goes on when a look fails', async () => {
  const rings: (() => void)[] = []
  const told: string[] = []
  const errors: unknown[] = []
  let atMs = 0
  let looks = 0
  const asked: number[] = []
  const watchdog = startWatchdog({
    queue: {
      takeable: async (dueMs) => {
        asked.push(dueMs)
        looks++
        if (looks === 3) throw new Error('Redis is away')
        return 12
      },
    },
    worker: { life: () => ({ isOnDuty: true, underWay: 0, signs: 0 }) },
    patience: PATIENCE,
    clock: () => 1_000_000,
    monotonicMs: () => atMs,
    timer: (ms, ring) => {
      expect(ms).toBe(everyMs)
      rings.push(ring)
      return () => {}
    },
    onStuck: (what) => told.push(what),
    onError: (error) => errors.push(error),
  })
  for (let round = 0; round < 3 + LOOKS + 5; round++) {
    while (rings.length <= round) await Promise.resolve()
    expect(told).toHaveLength(round < 3 + LOOKS ? 0 : 1)
    atMs += everyMs
    rings[round]!()
  }
  await watchdog.stop()
  expect(told).toEqual(['this worker is stuck: 12 jobs are due and it has taken none for 90 s'])
  expect(errors).toHaveLength(1)
  // A job that is a little late by another clock is not due.
  expect(asked[0]).toBeLessThanOrEqual(1_000_000 - 5_000)
})
