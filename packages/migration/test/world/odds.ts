import { type Plan, regionOf, zone } from '../../src/index.ts'
import type { Chance } from './chance.ts'
import type { Weather } from './fake-cloud.ts'

const SECOND = 1_000

/** Everything that may happen on one voyage. */
export interface Odds {
  readonly weather: Weather
  /** A worker freezes between two steps. */
  readonly freeze: number
  /** A worker dies between two steps. */
  readonly die: number
  /** A second worker ticks although the first one does. */
  readonly double: number
}

/** A provider that answers at once and always well. */
export const CALM: Weather = { looks: 0, writes: 0, work: 0, lagMs: 0, unknown: 0 }

/** The odds of a seed: some voyages are calm, most have a little of everything, some are storms. */
export function oddsOf(chance: Chance): Odds {
  const rough = chance.pick([0, 0.05, 0.15, 0.4])
  const some = (share: number): number => (chance.happens(0.5) ? rough * share : 0)
  return {
    weather: {
      looks: some(1),
      writes: some(1.5),
      work: some(1.8),
      lagMs: chance.pick([0, 5 * SECOND, 30 * SECOND]),
      unknown: some(0.3),
    },
    freeze: some(0.3),
    die: some(0.3),
    double: some(1),
  }
}

/** A plan of some source, copy type and wish to keep. */
export function planOf(chance: Chance): Plan {
  const kind = chance.pick(['snapshot', 'snapshot', 'volume', 'image'] as const)
  const to = zone('fr-par-2')
  const source =
    kind === 'image' ? { kind, bucket: 'bucket', key: 'theirs/disk.qcow2' } : { kind, id: `source-${kind}` }
  const copy = {
    name: 'web-root',
    tags: null,
    sizeBytes: null,
    project: null,
    type: chance.pick([null, 'sbs', 'l_ssd'] as const),
  }
  const keep = chance.pick([
    { kind: 'never' },
    { kind: 'never' },
    { kind: 'always' },
    { kind: 'days', days: 7 },
  ] as const)
  return {
    ...{ profile: 'default', install: 'here', prefix: 'snapferry', source, to, labels: {} },
    from: kind === 'image' ? null : zone('fr-par-1'),
    backend: kind === 'image' ? null : chance.pick(['instance', 'block'] as const),
    sourceProject: null,
    copy: kind === 'image' ? { ...copy, tags: [], project: 'project', type: copy.type ?? 'sbs' } : copy,
    image: { bucket: 'bucket', region: regionOf(to), keep: kind === 'image' ? { kind: 'never' } : keep },
    takenSnapshot: { keep: kind === 'volume' && chance.happens(0.3) },
  }
}
