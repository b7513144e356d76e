import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  apply,
  bucketEndMs,
  bucketOf,
  classOf,
  type Durations,
  type Event,
  type EventBody,
  type Learned,
  lessonOf,
  longestUsualMs,
  quantileMs,
  type Running,
  type WorkKind,
} from '../src/index.ts'
import { anImage, copyItem, imageItem, NOW, running, SIZE, takenItem } from './a-migration.ts'

const SECOND = 1_000
const GB = 1e9

/** What is known after these durations were seen. */
function after(...seen: readonly number[]): Durations {
  const counts = new Map<number, number>()
  for (const ms of seen) counts.set(bucketOf(ms), (counts.get(bucketOf(ms)) ?? 0) + 1)
  return { n: seen.length, maxMs: Math.max(...seen), counts: [...counts].toSorted(([a], [b]) => a - b) }
}

describe('a class of work', () => {
  test.each([
    [1, 0],
    [1 * GB, 0],
    [1 * GB + 1, 1],
    [2 * GB, 1],
    [10 * GB, 4],
    [16 * GB, 4],
    [1_000 * GB, 10],
    [9_000 * GB, 14],
    [1e15, 14],
    [0, 0],
  ])('of %i bytes is %i', (sizeBytes, size) => {
    expect(classOf({ phase: 'export', backend: 'block', sizeBytes })).toBe(`export|block|${size}`)
  })

  test('a duration lies in its bucket, and is told within 10 %', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 * 86_400_000 }), (ms) => {
        const bucket = bucketOf(ms)
        expect(bucketEndMs(bucket)).toBeGreaterThanOrEqual(Math.floor(ms * 0.999))
        expect(bucketEndMs(bucket - 1)).toBeLessThanOrEqual(Math.ceil(ms))
        if (ms > 1_000) expect(bucketEndMs(bucket) / ms).toBeLessThan(1.1)
      }),
    )
  })

  test('its quantiles grow and never pass the longest', () => {
    const durations = fc.array(fc.integer({ min: 1, max: 10_000_000 }), { minLength: 1, maxLength: 50 })
    fc.assert(
      fc.property(durations, (seen) => {
        const known = after(...seen)
        const told = [0, 0.1, 0.5, 0.95, 1].map((share) => quantileMs(known, share))
        expect(told).toEqual(told.toSorted((a, b) => a - b))
        expect(told.at(-1)).toBe(known.maxMs)
      }),
    )
  })
})

describe('how long work of a size takes at most, as a rule', () => {
  const kind = (gigabytes: number): WorkKind => {
    return { phase: 'import', backend: 'block', sizeBytes: gigabytes * GB }
  }
  const minute = after(...Array.from({ length: 20 }, () => 60 * SECOND))
  const learned: Learned = { [classOf(kind(8))]: minute, [classOf(kind(500))]: after(1, 2, 3, 4) }
  test.each([
    ['the same size', 8, 60],
    ['twice the size', 16, 120],
    ['64 times the size', 512, 3_840],
    ['a smaller one: no less', 1, 60],
  ])('is told by the nearest size that is known: %s', (_, gigabytes, seconds) => {
    expect(longestUsualMs(learned, kind(gigabytes))).toBe(seconds * SECOND)
  })

  test('is not told by too few, by another phase, or by another backend', () => {
    expect(longestUsualMs({ [classOf(kind(8))]: after(1, 2, 3, 4) }, kind(8))).toBeNull()
    expect(longestUsualMs(learned, { ...kind(8), phase: 'export' })).toBeNull()
    expect(longestUsualMs(learned, { ...kind(8), backend: 'instance' })).toBeNull()
    expect(longestUsualMs(undefined, kind(8))).toBeNull()
  })
})

describe('an event', () => {
  const MADE = NOW
  const DONE = NOW + 60_000
  const item = { at: MADE }
  const copy = { thing: copyItem('copy-1').thing, round: 2 }
  const image = { thing: imageItem(1).thing, round: 2 }
  const taken = { thing: takenItem('taken-1').thing, round: 2 }
  const done = (phase: 'snapshot' | 'export' | 'import', made: readonly (typeof copy | typeof image)[]) =>
    ({ type: 'phase-completed', phase, facts: {}, made, extras: [] }) satisfies EventBody
  /** An event that was decided when the last look had been taken at `lookedAt`. */
  const from = (body: EventBody, lookedAt: number | null): Event => {
    if (lookedAt === null) return { ...body, at: DONE }
    const pulse = { wakeAt: DONE - 500, plannedMs: DONE - 500 - lookedAt, waitedMs: 0, looks: 3, why: null }
    return { ...body, at: DONE, basis: { dice: 0, pulse, because: { rule: 'copy-ready', text: '' } } }
  }
  const learn = (m: Running, event: Event) => lessonOf(apply(m, event), event)

  const importing = running({ phase: 'import', ledger: [copyItem('copy-1', item)] })
  const exporting = running({ phase: 'export', ledger: [imageItem(1, item)] })
  const snapshot = running({ phase: 'snapshot', ledger: [takenItem('taken-1', item)] })
  const volume = { kind: 'volume', id: 'v' } as const

  test.each<[string, Running, Event, Omit<WorkKind, 'sizeBytes'> | null, number]>([
    [
      'an import between two looks: the middle',
      ...([importing, from(done('import', [copy]), MADE + 50_000)] as const),
      ...([{ phase: 'import', backend: 'block' }, 55_000] as const),
    ],
    [
      'a first look that found it done: half of the time',
      ...([importing, from(done('import', [copy]), null)] as const),
      ...([{ phase: 'import', backend: 'block' }, 30_000] as const),
    ],
    [
      'a last look from before it began counts from the beginning',
      ...([importing, from(done('import', [copy]), MADE - 90_000)] as const),
      ...([{ phase: 'import', backend: 'block' }, 30_000] as const),
    ],
    [
      'an export whose image says when it was written',
      exporting,
      from(
        { ...done('export', [image]), facts: { image: { ...anImage(1), writtenAt: MADE + 57_000 } } },
        MADE + 50_000,
      ),
      ...([{ phase: 'export', backend: 'block' }, 57_000] as const),
    ],
    [
      'an image of another clock: the middle',
      exporting,
      from(
        { ...done('export', [image]), facts: { image: { ...anImage(1), writtenAt: MADE - 5_000 } } },
        MADE + 50_000,
      ),
      ...([{ phase: 'export', backend: 'block' }, 55_000] as const),
    ],
    [
      'a snapshot that was taken',
      { ...snapshot, plan: { ...snapshot.plan, source: volume } },
      from(done('snapshot', [taken]), MADE + 50_000),
      ...([{ phase: 'snapshot', backend: 'block' }, 55_000] as const),
    ],
    [
      'what was adopted and completed in one: nothing is known of its beginning',
      running({ phase: 'export', ledger: [] }),
      from(done('export', [image]), MADE),
      ...([null, 0] as const),
    ],
    ['a phase that was skipped', exporting, from(done('export', []), MADE), null, 0],
    ['anything else', importing, { type: 'disowned', found: [], at: DONE }, null, 0],
  ])('teaches: %s', (_, m, event, kind, tookMs) => {
    const lesson = learn(m, event)
    expect(lesson).toEqual(kind === null ? null : { kind: { ...kind, sizeBytes: SIZE }, tookMs })
  })

  test('sizes are those of the source for its export and of the copy for its import', () => {
    const facts = { snapshot: 's', sourceBytes: 3 * GB, sizeBytes: 40 * GB }
    const sizeIn = (m: Running, event: Event) =>
      learn({ ...m, facts: { ...m.facts, ...facts } }, event)?.kind.sizeBytes
    expect(sizeIn(exporting, from(done('export', [image]), MADE))).toBe(3 * GB)
    expect(sizeIn(importing, from(done('import', [copy]), MADE))).toBe(40 * GB)
  })
})
