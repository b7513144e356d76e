import type { Fate, Work } from '../src/index.ts'
import type { Route } from './routes.ts'
import { ROUTES } from './routes.ts'
import type { ProvenCell } from './trouble.ts'
import { TWICE } from './twice.ts'
import type { Script, Spot } from './voyage.ts'

const STUCK_MS = 12 * 3_600_000
const LATE_MS = 30_000

interface Bad {
  readonly name: string
  readonly what: Work['what']
  readonly fate: Partial<Fate>
  readonly cell: Omit<ProvenCell, 'outcome'> | null
}

const STUCK = { tookMs: STUCK_MS }
const LATE = { listLagMs: LATE_MS, birthLagMs: LATE_MS }

/** Every way in which work at the provider ends otherwise than well. */
const BAD: readonly Bad[] = [
  {
    name: 'error',
    what: 'snapshot',
    fate: { ending: 'error' },
    cell: { step: 'snapshot', fault: 'state error' },
  },
  {
    name: 'vanished',
    what: 'snapshot',
    fate: { ending: 'vanished' },
    cell: { step: 'snapshot', fault: 'gone meanwhile' },
  },
  { name: 'stuck', what: 'snapshot', fate: STUCK, cell: { step: 'snapshot', fault: 'state never changes' } },
  { name: 'shown late', what: 'snapshot', fate: LATE, cell: { step: 'snapshot', fault: 'shown late' } },
  {
    name: 'nothing',
    what: 'export',
    fate: { ending: 'nothing' },
    cell: { step: 'export', fault: 'object missing' },
  },
  {
    name: 'empty',
    what: 'export',
    fate: { ending: 'empty' },
    cell: { step: 'export', fault: 'object empty' },
  },
  { name: 'damaged', what: 'export', fate: { ending: 'damaged' }, cell: null },
  {
    name: 'truncated',
    what: 'export',
    fate: { ending: 'truncated' },
    cell: { step: 'export', fault: 'object truncated' },
  },
  { name: 'stuck', what: 'export', fate: STUCK, cell: { step: 'export', fault: 'state never changes' } },
  {
    name: 'error',
    what: 'import',
    fate: { ending: 'error' },
    cell: { step: 'import', fault: 'state error' },
  },
  {
    name: 'invalid data',
    what: 'import',
    fate: { ending: 'invalid-data' },
    cell: { step: 'import', fault: 'state invalid_data' },
  },
  {
    name: 'vanished',
    what: 'import',
    fate: { ending: 'vanished' },
    cell: { step: 'import', fault: 'gone meanwhile' },
  },
  {
    name: 'too small',
    what: 'import',
    fate: { ending: 'small' },
    cell: { step: 'verify', fault: 'object wrong size' },
  },
  { name: 'stuck', what: 'import', fate: STUCK, cell: { step: 'import', fault: 'state never changes' } },
  { name: 'shown late', what: 'import', fate: LATE, cell: { step: 'import', fault: 'shown late' } },
  { name: 'in use', what: 'import', fate: { usedMs: 1_800_000 }, cell: null },
  { name: 'locked', what: 'import', fate: { lockedMs: 1_800_000 }, cell: null },
]

/** Every bad end of every work of a route: the first time only, and every time; with somebody who comes, and without. */
export function* badWork(route: Route): Generator<Script> {
  const { source } = ROUTES[route]
  for (const { name, what, fate, cell } of BAD) {
    if ((what === 'snapshot' && source !== 'volume') || (what === 'export' && source === 'image')) continue
    for (const isLasting of [false, true])
      for (const isAttended of [true, false])
        yield {
          ...{ route, journey: 'forward', isLasting, isAttended },
          ...(cell === null ? {} : { cell }),
          name: `${what}: ${name}`,
          fate: (work) => (work.what === what && (isLasting || work.attempt === 1) ? fate : {}),
        }
  }
}

const CALL_OF = { snapshot: 'CreateSnapshot', export: 'ExportSnapshot', import: 'ImportSnapshot' } as const

/** Every create delivered twice, of which the first ends in each of its bad ways. */
export function twiceAndBad(spots: readonly Spot[]): Omit<Script, 'route'>[] {
  const twice = TWICE.filter(({ mishap }) => mishap?.effect === 'twice')
  return BAD.flatMap(({ what, fate }) =>
    spots
      .filter(({ step, call }) => step === 'write' && call === CALL_OF[what])
      .flatMap((spot) =>
        twice.map((trouble) => ({
          ...{ journey: 'forward' as const, spot, trouble },
          fate: (work: Work) => (work.what === what && work.attempt === 1 ? fate : {}),
        })),
      ),
  )
}
