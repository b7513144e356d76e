import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSlot, PRIORITY_MAX, rankOf, slotName, slotOf, slotsFor, WORKS, weightOf } from '../src/index.ts'
import { aPlan, CLAIM, FROM, queued, SIZE } from './a-migration.ts'

describe('the name of a budget', () => {
  test('says the work and what narrows it', () => {
    expect(slotsFor('export', { zone: FROM, backend: 'block', profile: 'default' })).toEqual([
      'slot:export',
      'slot:export@zone=fr-par-1',
      'slot:export@backend=block',
      'slot:export@profile=default',
    ])
  })

  const scope = fc.constantFrom('zone', 'backend', 'profile')
  const value = fc.stringMatching(/^[a-z0-9-]{1,40}$/)
  const narrowing = fc.option(fc.record({ scope, value }))

  test('is read back as it was made', () => {
    fc.assert(
      fc.property(fc.constantFrom(...WORKS), narrowing, (work, of) => {
        const name = slotName(work, of)
        expect(slotOf(name)).toEqual({ work, scope: of?.scope ?? null, value: of?.value ?? null })
        expect(isSlot(name)).toBe(true)
      }),
    )
  })

  test.each([
    '',
    'slot:',
    'slot:exports',
    'slot:export@',
    'slot:export@zone',
    'slot:export@zone=',
    'slot:export@region=fr-par',
    'slot:export@zone=fr-par-1\n',
    'slot:export@zone=FR',
    ` ${slotName('import', null)}`,
    `slot:import@zone=${'a'.repeat(41)}`,
    CLAIM,
  ])('is not %j', (text) => {
    expect(slotOf(text)).toBeNull()
  })

  test('is never a sole right', () => {
    expect(isSlot(CLAIM)).toBe(false)
  })
})

describe('the place in a line', () => {
  const at = (createdAt: number, priority?: number) =>
    rankOf(queued({ createdAt, plan: aPlan(priority === undefined ? {} : { priority }) }))
  const age = fc.integer({ min: 0, max: 4_000_000_000_000 })
  const priority = fc.integer({ min: 0, max: PRIORITY_MAX })

  test('is that of its age; a higher priority of the same age comes first', () => {
    fc.assert(
      fc.property(age, age, priority, priority, (one, other, low, high) => {
        expect(Math.sign(at(one) - at(other))).toBe(Math.sign(one - other))
        expect(Math.sign(at(one, low) - at(one, high))).toBe(Math.sign(high - low) + 0)
        expect(at(one)).toBe(at(one, 0))
      }),
    )
  })

  test('is passed by nobody for ever: who waited for 135 minutes comes before all that is asked for now', () => {
    const headStartMs = PRIORITY_MAX * 15 * 60_000
    fc.assert(
      fc.property(age, priority, priority, (created, mine, theirs) => {
        expect(at(created, mine)).toBeLessThanOrEqual(at(created + headStartMs, theirs))
      }),
    )
  })
})

test('a migration weighs what its disk does, as far as that is known', () => {
  const unknown = aPlan({ copy: { ...aPlan().copy, sizeBytes: null } })
  expect([
    weightOf(queued({ plan: unknown })),
    weightOf(queued()),
    weightOf(queued({ plan: unknown, facts: { sourceBytes: 7 } })),
    weightOf(queued({ facts: { sourceBytes: 7, sizeBytes: 9 } })),
  ]).toEqual([0, SIZE, 7, 9])
})
