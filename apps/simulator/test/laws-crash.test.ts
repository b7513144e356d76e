import { afterAll, expect, test } from 'vitest'
import { everywhere, hold, spotsOf } from '../laws/law.ts'
import { JOURNEYS, ROUTE_NAMES } from '../laws/routes.ts'
import { STOPS, setClock } from '../laws/stops.ts'
import { sail } from '../laws/voyage.ts'
import { START } from '../src/index.ts'

const TZ = process.env['TZ']
afterAll(() => {
  if (TZ === undefined) delete process.env['TZ']
  else process.env['TZ'] = TZ
})

// Seconds of work; on a machine with much else to do they take longer.
const LIMIT = { timeout: 300_000 }
const table = ROUTE_NAMES.flatMap((route) => JOURNEYS.map((journey) => ({ route, journey })))

test.for(table)(
  '$route, $journey: a stop before, in or after any call of any step',
  LIMIT,
  async (of, { task }) => {
    const { cells, broken, voyages } = await hold(everywhere(of, await spotsOf(of.route, of.journey), STOPS))
    task.meta.faults = cells
    expect(broken).toEqual([])
    expect(voyages).toBeGreaterThan(100)
  },
)

test('a night in which the clocks are put back is a night like any other', async ({ task }) => {
  const outcome = 'succeeded, one good copy'
  task.meta.faults = [{ step: 'any', fault: 'daylight saving', outcome }]
  const inTheNightOf = (day: string) =>
    sail({
      ...{ route: 'a block volume', journey: 'forward', isTold: true },
      before: (world) => setClock(world, Date.parse(day) - START),
    })
  process.env['TZ'] = 'Europe/Paris'
  const [usual, changed] = ['2026-10-18T00:59:30Z', '2026-10-25T00:59:30Z']
  expect([usual, changed].map((day) => new Date(Date.parse(day!) + 60_000).getHours())).toEqual([3, 2])
  const nights = [await inTheNightOf(usual!), await inTheNightOf(changed!)]
  const [one, other] = nights.map(({ lines, ...night }) => ({
    ...night,
    words: lines.map((line) => line.split(' ').slice(0, 4).join(' ')),
  }))
  expect(one?.wrong).toEqual([])
  expect(one?.outcome).toBe('succeeded, one good copy')
  expect(other).toEqual(one)
})
