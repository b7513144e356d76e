import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  copyName,
  copyTag,
  delayMs,
  dueAt,
  firstPhase,
  holdsNaturalKey,
  imageKey,
  isTaken,
  keyPrefix,
  limitMs,
  marksFor,
  migrationIdOf,
  naturalKey,
  PHASES,
  POLICY,
  phaseAfter,
  requestCancel,
  requestRetry,
  sendOfKey,
  verifiedTag,
  wipPrefix,
  wipTag,
} from '../src/index.ts'
import {
  aPlan,
  cancelled,
  copyItem,
  failed,
  ID,
  imageItem,
  NOW,
  parked,
  proven,
  queued,
  running,
  succeeded,
  unwinding,
} from './a-migration.ts'

const owner = fc.record({
  id: fc.uint8Array({ minLength: 26, maxLength: 26 }).map(migrationIdOf),
  plan: fc
    .record({
      install: fc.stringMatching(/^[a-z0-9-]{1,20}$/),
      keep: fc.constantFrom('never' as const, 'always' as const),
    })
    .map(({ install, keep }) => aPlan({ install, image: { ...aPlan().image, keep: { kind: keep } } })),
})

describe('names', () => {
  test('the send of a key is the send it was made for, and only below the own prefix', () => {
    fc.assert(
      fc.property(owner, fc.integer({ min: 1, max: 999_999_999 }), (m, send) => {
        expect(sendOfKey(m, imageKey(m, send))).toBe(send)
        expect(sendOfKey(m, `x${imageKey(m, send)}`)).toBeNull()
        expect(sendOfKey(m, `${imageKey(m, send)}.bak`)).toBeNull()
      }),
    )
  })

  test('no key or tag of one migration is one of another', () => {
    fc.assert(
      fc.property(owner, owner, (a, b) => {
        fc.pre(a.id !== b.id)
        expect(imageKey(b, 1).startsWith(keyPrefix(a))).toBe(false)
        expect(wipTag(b, 1).startsWith(wipPrefix(a))).toBe(false)
        expect(copyTag(a)).not.toBe(copyTag(b))
      }),
    )
  })

  test('a round is part of the tag as a whole: round 1 is no prefix that finds round 12', () => {
    expect(wipTag(running(), 12)).toBe(`snapferry:wip=here.${ID}.12`)
    expect(wipTag(running(), 1)).not.toBe(wipTag(running(), 12))
  })

  test('every mark has at most 128 bytes and no comma', () => {
    fc.assert(
      fc.property(
        owner,
        fc.integer({ min: 1, max: 1e9 }),
        fc.uuid(),
        fc.integer({ min: 0, max: 4e12 }),
        (m, round, id, takenAt) => {
          const at = running({
            ...m,
            round,
            plan: { ...m.plan, source: { kind: 'snapshot', id } },
            facts: { takenAt, volume: id },
          })
          const marks = [...marksFor(at), copyTag(at), verifiedTag(takenAt)]
          expect(marks).toHaveLength(6)
          for (const mark of marks) {
            expect(new TextEncoder().encode(mark).length).toBeLessThanOrEqual(128)
            expect(mark).not.toContain(',')
          }
        },
      ),
    )
  })

  test('the copy has its final name from the start, never an empty one', () => {
    const named = (name: string | null) =>
      copyName(running({ plan: aPlan({ copy: { ...aPlan().copy, name } }) }))
    expect(named('web-root')).toBe('web-root')
    expect(named('')).toBe(`snapferry-${ID}`)
    expect(named(null)).toBe(`snapferry-${ID}`)
  })

  test('the natural key is source, zone and project, held while queued, running or unwinding', () => {
    expect(naturalKey(aPlan())).toBe('11111111-1111-4111-8111-111111111111>fr-par-2>project')
    expect(naturalKey(aPlan({ source: { kind: 'image', bucket: 'b', key: 'k.qcow2' } }))).toBe(
      'image:b/k.qcow2>fr-par-2>project',
    )
    const holders = [queued(), running(), proven(), unwinding(), parked(), succeeded(), failed(), cancelled()]
    expect(holders.map(holdsNaturalKey)).toEqual([true, true, true, true, false, false, false, false])
  })
})

describe('the route', () => {
  test('of each source', () => {
    const route = (kind: 'snapshot' | 'volume' | 'image') =>
      PHASES.filter((phase) => isTaken(phase, kind)).join(' ')
    expect(route('volume')).toBe('snapshot export inspect import verify tidy')
    expect(route('snapshot')).toBe('export inspect import verify tidy')
    expect(route('image')).toBe('inspect import verify tidy')
  })

  test('is walked phase by phase to its end', () => {
    for (const kind of ['snapshot', 'volume', 'image'] as const) {
      const walked = [firstPhase(kind)]
      for (let next = phaseAfter(walked[0]!, kind); next !== null; next = phaseAfter(next, kind))
        walked.push(next)
      expect(walked).toEqual(PHASES.filter((phase) => isTaken(phase, kind)))
    }
  })

  test('waits longer for larger disks, within the cap', () => {
    expect(limitMs('export', 10e9)).toBe(70 * 60_000)
    expect(limitMs('export', 0)).toBe(60 * 60_000)
    expect(limitMs('import', 1e15)).toBe(1_200 * 60_000)
    expect(limitMs('inspect', 1e15)).toBe(30 * 60_000)
  })
})

describe('delays', () => {
  const backoff = fc.constantFrom(POLICY.poll, POLICY.retry, POLICY.unwell)
  const dice = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

  test('grow from the first to the cap and never leave the jitter', () => {
    fc.assert(
      fc.property(backoff, fc.nat(10_000), dice, (policy, count, roll) => {
        const ms = delayMs(policy, count, roll)
        expect(ms).toBeLessThanOrEqual(policy.capMs)
        expect(ms).toBeGreaterThanOrEqual(Math.floor(policy.firstMs * (1 - policy.jitter)))
        expect(delayMs(policy, count + 1, roll)).toBeGreaterThanOrEqual(ms)
      }),
    )
  })

  test('of a poll are 2 s at first and 30 s at last', () => {
    expect([0, 1, 2, 20].map((count) => delayMs(POLICY.poll, count, 0))).toEqual([
      2_000, 3_000, 4_500, 30_000,
    ])
    expect(delayMs(POLICY.poll, 0, 0.5)).toBe(1_800)
  })
})

describe('requests', () => {
  const all = [
    queued(),
    running(),
    proven(),
    unwinding(),
    parked(),
    parked('proven'),
    succeeded(),
    failed(),
    cancelled(),
  ]

  test('to cancel are allowed until the copy is proven', () => {
    const verdicts = [
      'allowed',
      'allowed',
      'too-late',
      'noted',
      'allowed',
      'too-late',
      'ended',
      'ended',
      'ended',
    ]
    expect(all.map(requestCancel)).toEqual(verdicts)
  })

  test('to retry move a parked migration on and make an undone one anew', () => {
    const verdicts = [
      'refused',
      'refused',
      'refused',
      'refused',
      'resume',
      'resume',
      'refused',
      'anew',
      'anew',
    ]
    expect(all.map(requestRetry)).toEqual(verdicts)
  })
})

test('an ended migration is due for what is kept for days, late or left, never for its copy', () => {
  const due = (...ledger: ReturnType<typeof imageItem>[]) => dueAt(succeeded({ ledger }), 1_000, NOW)
  expect(due()).toBeNull()
  expect(due(copyItem('copy-1', { state: 'kept' }))).toBeNull()
  expect(due(imageItem(1, { state: 'kept', untilMs: NOW + 7 }))).toBe(NOW + 7)
  expect(due(imageItem(1, { state: 'disowned' }))).toBe(NOW)
  expect(due(imageItem(1, { state: 'left', reason: 'in-use' }))).toBe(NOW + 1_000)
  expect(due(copyItem('copy-1', { state: 'left', reason: 'copy-not-marked' }))).toBeNull()
  expect(due(copyItem('theirs', { state: 'left', reason: 'not-ours' }))).toBeNull()
  expect(dueAt(running(), 1_000, NOW)).toBeNull()
})
