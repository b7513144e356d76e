import type { CloudFailureKind } from '@snapferry/migration'
import { expect, test } from 'vitest'
import { ANSWERS } from '../laws/answers.ts'
import { badWork } from '../laws/fates.ts'
import { lasting } from '../laws/lasting.ts'
import { distinct, everywhere, hold, spotsOf } from '../laws/law.ts'
import { MEDDLING } from '../laws/meddling.ts'
import { JOURNEYS, ROUTE_NAMES } from '../laws/routes.ts'

// Seconds of work; on a machine with much else to do they take longer.
const LIMIT = { timeout: 300_000 }
const table = ROUTE_NAMES.flatMap((route) => JOURNEYS.map((journey) => ({ route, journey })))

test.for(table)(
  '$route, $journey: any answer that is none, to any call, once',
  LIMIT,
  async (of, { task }) => {
    const spots = distinct(await spotsOf(of.route, of.journey))
    const { cells, broken, voyages } = await hold(everywhere(of, spots, ANSWERS))
    task.meta.faults = cells
    expect(broken).toEqual([])
    expect(voyages).toBeGreaterThan(80)
  },
)

test.for(table)(
  '$route, $journey: any answer that is none, to any call, for hours',
  LIMIT,
  async (of, { task }) => {
    const { cells, broken, voyages } = await hold(lasting(of, await spotsOf(of.route, of.journey)))
    task.meta.faults = cells
    expect(broken).toEqual([])
    expect(voyages).toBeGreaterThan(50)
  },
)

test.for(ROUTE_NAMES)('%s: any bad end of any work, once and for ever', LIMIT, async (route, { task }) => {
  const { cells, broken, voyages } = await hold(badWork(route))
  task.meta.faults = cells
  expect(broken).toEqual([])
  expect(voyages).toBeGreaterThan(20)
})

test.for(ROUTE_NAMES)(
  '%s: source, image or copy taken away or spoiled at any step',
  async (route, { task }) => {
    const of = { route, journey: 'forward' } as const
    const { cells, broken, voyages } = await hold(everywhere(of, await spotsOf(route, 'forward'), MEDDLING))
    task.meta.faults = cells
    expect(broken).toEqual([])
    expect(voyages).toBeGreaterThan(40)
  },
)

test('the answers that are none are of every kind there is, to looks and to writes', () => {
  const everywhere = { credentials: 1, forbidden: 1, missing: 1, busy: 1, 'in-use': 1, locked: 1, frozen: 1 }
  const also = {
    observing: 1,
    refused: 1,
    throttled: 1,
    unavailable: 1,
    'no-answer': 1,
    unreadable: 1,
    stopped: 1,
  }
  const kinds = { ...everywhere, ...also, quota: 1 } satisfies Record<CloudFailureKind, number>
  const met = (step: 'look' | 'write') =>
    new Set(ANSWERS.flatMap(({ steps, mishap }) => (steps.includes(step) ? (mishap?.reply?.kind ?? []) : [])))
  expect(met('write')).toEqual(new Set(Object.keys(kinds)))
  // No look is refused for a quota, or because nothing may be written.
  expect(met('look').union(new Set(['quota', 'observing']))).toEqual(new Set(Object.keys(kinds)))
})
