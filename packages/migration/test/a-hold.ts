import {
  type Act,
  backendOf,
  type Hold,
  type HoldKind,
  holdName,
  type Item,
  type Migration,
  type Moment,
  type Question,
  type Reading,
} from '../src/index.ts'
import { aPlan, copyItem, FROM, ID, imageItem, keyOf, moment, NOW, SIZE, SOURCE, TO } from './a-migration.ts'

const SCOPES: Readonly<Record<HoldKind, string>> = {
  credentials: 'profile/default',
  quota: 'profile/default',
  bucket: 'bucket/fr-par/bucket',
  circuit: `zone/${TO}`,
  drain: 'fleet',
}

/** A hold of a kind over its usual scope, put up by a refused look unless an act is given. */
export function aHold(kind: HoldKind, parts: Partial<Hold> = {}): Hold {
  const { scope = SCOPES[kind], act = null } = parts
  const stops = kind === 'drain' || kind === 'quota' || act !== null ? 'creates' : 'calls'
  return {
    ...{ name: holdName(kind, scope), kind, scope, stops, act, since: NOW - 60_000, lastAt: NOW, times: 1 },
    ...{ said: 'no', call: 'block DoIt', requestId: 'r-1', by: null, probeAt: NOW, probe: null },
    ...parts,
  }
}

const intent = (phase: 'snapshot' | 'export' | 'import') =>
  ({
    id: `${phase}.2.1`,
    phase,
    round: 2,
    send: 1,
    mark: phase === 'export' ? keyOf(1) : 'wip',
    at: NOW,
  }) as const
const backend = backendOf('sbs')
const { region } = aPlan().image
const remove = (...items: readonly Item[]): Act => ({
  ...{ act: 'remove', items, owner: { install: 'here', prefix: 'snapferry', migration: ID } },
})

/** Every write there is, by a short name; a removal of an image and one of a snapshot. */
export const ACTS = {
  'take-snapshot': {
    ...{ act: 'take-snapshot', intent: intent('snapshot'), backend },
    order: { zone: FROM, volume: 'v', name: 'n', project: 'p', tags: [] },
  },
  'start-export': {
    ...{ act: 'start-export', intent: intent('export'), backend, region },
    order: { zone: FROM, id: SOURCE, bucket: 'bucket', key: keyOf(1) },
  },
  'start-import': {
    ...{ act: 'start-import', intent: intent('import'), backend },
    order: { zone: TO, bucket: 'bucket', key: keyOf(1), name: 'n', project: 'p', tags: [], sizeBytes: SIZE },
  },
  retag: { act: 'retag', backend, order: { zone: TO, id: 'copy-1', drop: 'snapferry:wip=', add: [] } },
  'remove image': remove(imageItem(1, { state: 'disowned' })),
  'remove copy': remove(copyItem('copy-1', { state: 'disowned' })),
} as const satisfies Record<string, Act>

/** Looks by what they look at. */
export const LOOKS = {
  nothing: {},
  source: { source: { zone: FROM, id: SOURCE, backend: 'block' } },
  bucket: { bucket: { region, bucket: 'bucket' } },
  images: { images: { region, bucket: 'bucket', prefix: 'p/' } },
  row: { row: { backend, zone: TO, id: 'copy-1', siblings: null } },
} as const satisfies Record<string, Question>

/** A record as read under these holds. */
export function readUnder(record: Migration, holds: readonly Hold[], parts: Partial<Reading> = {}): Reading {
  const { pulse }: Moment = moment()
  return { record, pulse, now: NOW, nudges: 1, redisRun: 'run', holds, ...parts }
}
