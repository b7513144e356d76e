import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  bucketEndMs,
  bucketOf,
  classOf,
  conclude,
  type Decision,
  type Durations,
  decide,
  delayMs,
  good,
  type Moment,
  nextLookMs,
  POLICY,
  type Policy,
} from '../src/index.ts'
import { aRow, copyItem, moment, NOW, running, SIZE } from './a-migration.ts'

const SECOND = 1_000
const CAP = POLICY.poll.capMs

/** Dice that any run rolls alike. */
function diceOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** A memory of durations that forgets like the one in Redis. */
class Memory {
  #counts = new Map<number, number>()
  #maxMs = 0
  n = 0

  add(ms: number): void {
    this.#counts.set(bucketOf(ms), (this.#counts.get(bucketOf(ms)) ?? 0) + 1)
    this.#maxMs = Math.max(this.#maxMs, ms)
    this.n++
    if (this.n < 400) return
    const halved = [...this.#counts].map(([bucket, count]) => [bucket, Math.floor(count / 2)] as const)
    this.#counts = new Map(halved.filter(([, count]) => count > 0))
    this.n = [...this.#counts.values()].reduce((sum, count) => sum + count, 0)
    this.#maxMs = Math.min(this.#maxMs, bucketEndMs(Math.max(...this.#counts.keys())))
  }

  known(): Durations {
    return { n: this.n, maxMs: this.#maxMs, counts: [...this.#counts].toSorted(([a], [b]) => a - b) }
  }
}

/** Moves whose durations are drawn by `draw`, one after the other, each looked at by what those before it taught. */
function fleet(draw: (dice: () => number) => number, moves: number) {
  const dice = diceOf(7)
  const memory = new Memory()
  const late: number[] = []
  let looks = 0
  let peer = 0
  for (let move = 0; move < moves; move++) {
    const endMs = draw(dice)
    let before = 0
    let at = 0
    for (let count = 0; at < endMs; count++) {
      before = at
      at += memory.n < 5 ? delayMs(POLICY.poll, count, dice()) : nextLookMs(memory.known(), at, CAP, dice())
      if (move >= moves / 4) looks++
    }
    memory.add((before + at) / 2)
    if (move < moves / 4) continue
    peer += Math.ceil(endMs / (5 * SECOND))
    late.push(at - endMs)
  }
  const sorted = late.toSorted((a, b) => a - b)
  return { share: looks / peer, lateMs: sorted[Math.floor(sorted.length / 2)]! }
}

const between = (from: number, to: number) => (dice: () => number) => (from + (to - from) * dice()) * SECOND

describe('looks that follow what similar work took', () => {
  // The ranges are those that were measured at the provider. A GET each 5 s is late by 2.5 s in the middle.
  test.each([
    { told: 'exports of local disks', draw: between(43, 67), share: 0.34, lateMs: 2_500 },
    { told: 'imports of local disks', draw: between(27, 58), share: 0.4, lateMs: 2_600 },
    { told: 'exports of full SBS disks', draw: between(67, 123), share: 0.3, lateMs: 4_500 },
    { told: 'what always takes as long', draw: () => 55 * SECOND, share: 0.3, lateMs: 2_700 },
    { told: 'what is over in five seconds', draw: between(4, 6), share: 1, lateMs: 1_000 },
    {
      told: 'a mix of empty and full disks',
      draw: (dice: () => number) => (dice() < 0.3 ? between(3, 13)(dice) : between(67, 123)(dice)),
      ...{ share: 0.36, lateMs: 5_000 },
    },
    { told: 'hours', draw: between(2_900, 4_300), share: 0.06, lateMs: 30_000 },
  ])(
    '$told: at most $share of the calls of a poller, $lateMs ms late in the middle',
    ({ draw, share, lateMs }) => {
      const came = fleet(draw, 2_000)
      expect(came.share).toBeLessThanOrEqual(share)
      expect(came.lateMs).toBeLessThanOrEqual(lateMs)
    },
  )

  test.each([
    { told: 'slower', factor: 10, share: 0.2, lateMs: 12_000 },
    // What is over in five seconds a poller sees with one call, too.
    { told: 'faster', factor: 0.1, share: 1.4, lateMs: 1_500 },
  ])('a provider that becomes ten times $told is followed', ({ factor, share, lateMs }) => {
    let move = 0
    const came = fleet((dice) => between(43, 67)(dice) * (move++ < 1_000 ? 1 : factor), 6_000)
    expect(came.share).toBeLessThanOrEqual(share)
    expect(came.lateMs).toBeLessThanOrEqual(lateMs)
  })

  const durations = fc
    .array(fc.tuple(fc.integer({ min: 0, max: 120 }), fc.integer({ min: 1, max: 50 })), {
      minLength: 1,
      maxLength: 12,
    })
    .map((pairs): Durations => {
      const counts = [...new Map(pairs)].toSorted(([a], [b]) => a - b)
      const n = counts.reduce((sum, [, count]) => sum + count, 0)
      return { n, maxMs: bucketEndMs(counts.at(-1)![0]), counts }
    })
  const rolls = fc.double({ min: 0, max: 0.999, noNaN: true })

  test('whatever is known: a pause is at least 1 s and at most 5 minutes, and the dice move it by a fifth', () => {
    fc.assert(
      fc.property(durations, fc.integer({ min: 0, max: 10 ** 8 }), rolls, (known, elapsedMs, dice) => {
        const pauseMs = nextLookMs(known, elapsedMs, CAP, dice)
        expect(pauseMs).toBeGreaterThanOrEqual(SECOND)
        expect(pauseMs).toBeLessThanOrEqual(300 * SECOND)
        expect(nextLookMs(known, elapsedMs, CAP, 0)).toBeLessThanOrEqual(
          nextLookMs(known, elapsedMs, CAP, 0.999),
        )
      }),
    )
  })

  test('it is quiet before, denser around the expected end, and quieter again beyond the longest', () => {
    const known = new Memory()
    for (let n = 0; n < 50; n++) known.add((50 + n / 5) * SECOND)
    const pauseAt = (second: number) => nextLookMs(known.known(), second * SECOND, CAP, 0.5)
    expect(pauseAt(0)).toBeGreaterThan(40 * SECOND)
    expect(pauseAt(54)).toBeLessThan(6 * SECOND)
    expect(pauseAt(80)).toBeGreaterThan(2 * pauseAt(59))
    expect(pauseAt(1_000)).toBe(CAP)
  })
})

describe('a migration that waits for the provider', () => {
  const minute = new Memory()
  for (let n = 0; n < 20; n++) minute.add(60 * SECOND)
  const learned = { [classOf({ phase: 'import', backend: 'block', sizeBytes: SIZE })]: minute.known() }
  const knowing: Policy = { ...POLICY, learned }
  const importing = (madeAt: number) =>
    running({ phase: 'import', ledger: [copyItem('copy-1', { at: madeAt })] })
  const pending = {
    row: good({ row: aRow({ state: { kind: 'pending', word: 'snapshotting' } }), siblings: [] }),
  }
  const sleepOf = (decision: Decision) => (decision.do === 'sleep' ? decision.sleepMs : null)
  const at = (parts: Partial<Moment> = {}): Moment => ({ ...moment(), now: NOW, ...parts })

  test('sleeps as long as similar work teaches, from the moment it began', () => {
    for (const [elapsedMs, elapsed] of [0, 30, 58].map((second) => [second * SECOND, second] as const)) {
      const decision = decide(importing(NOW - elapsedMs), pending, knowing, at())
      expect([elapsed, sleepOf(decision)]).toEqual([
        elapsed,
        nextLookMs(minute.known(), elapsedMs, CAP, at().dice),
      ])
    }
  })

  test('sleeps as ever when nothing is known of its phase, its backend or its size', () => {
    const others = [
      { phase: 'export', backend: 'block', sizeBytes: SIZE },
      { phase: 'import', backend: 'instance', sizeBytes: SIZE },
      { phase: 'import', backend: 'block', sizeBytes: 100e9 },
    ] as const
    for (const kind of others) {
      const policy = { ...POLICY, learned: { [classOf(kind)]: minute.known() } }
      const decision = decide(importing(NOW), pending, policy, at())
      expect(sleepOf(decision)).toBe(delayMs(POLICY.poll, 0, at().dice))
    }
  })

  test('sleeps as ever when it waits for something else', () => {
    const unseen = { row: good({ row: null, siblings: [] }) }
    expect(sleepOf(decide(importing(NOW - 1), unseen, knowing, at()))).toBe(
      delayMs(POLICY.poll, 0, at().dice),
    )
  })

  test('already makes its first pause so, and without what was learned the old one', () => {
    const m = running({ phase: 'import' })
    const intent = { id: 'import.2.1', phase: 'import', round: 2, send: 1, mark: 'wip', at: NOW } as const
    const sent = { ...m, intent }
    const act = { act: 'start-import', intent } as Parameters<typeof conclude>[1]
    const answer = { to: 'create', result: good(aRow()) } as const
    const pauses = [knowing, POLICY].map((policy) => conclude(sent, act, answer, policy, at()).sleepMs)
    expect(pauses).toEqual([
      nextLookMs(minute.known(), 0, CAP, at().dice),
      delayMs(POLICY.poll, 0, at().dice),
    ])
  })
})
