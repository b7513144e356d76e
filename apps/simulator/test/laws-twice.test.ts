import { expect, test } from 'vitest'
import { twiceAndBad } from '../laws/fates.ts'
import { everywhere, hold, spotsOf } from '../laws/law.ts'
import { JOURNEYS, ROUTE_NAMES } from '../laws/routes.ts'
import { TWICE } from '../laws/twice.ts'
import { itineraryOf } from '../laws/voyage.ts'

// Seconds of work; on a machine with much else to do they take longer.
const LIMIT = { timeout: 300_000 }
const table = ROUTE_NAMES.flatMap((route) => JOURNEYS.map((journey) => ({ route, journey })))

test.for(table)(
  '$route, $journey: every act and every undo twice comes to the same',
  LIMIT,
  async (of, { task }) => {
    const { cells, broken, voyages } = await hold(everywhere(of, await spotsOf(of.route, of.journey), TWICE))
    task.meta.faults = cells
    expect(broken).toEqual([])
    expect(voyages).toBeGreaterThan(20)
  },
)

test.for(ROUTE_NAMES)(
  '%s: an act twice of which one ends badly, or that is cancelled in between, leaves nothing',
  LIMIT,
  async (route, { task }) => {
    const { cells, broken, voyages } = await hold([
      ...twiceAndBad(await itineraryOf(route, 'forward')).map((script) => ({ ...script, route })),
      ...everywhere({ route, journey: 'cancelled' }, await itineraryOf(route, 'cancelled'), TWICE),
    ])
    task.meta.faults = cells
    expect(broken).toEqual([])
    expect(voyages).toBeGreaterThan(30)
  },
)
