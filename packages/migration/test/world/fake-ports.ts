import {
  type Answer,
  type Backend,
  bad,
  type CloudFailure,
  type CloudFailureKind,
  good,
  type ImageSeen,
  type Item,
  type Looks,
  type Owner,
  type Removal,
  type Result,
  type SnapshotLooks,
  type SnapshotWrites,
  type Writes,
} from '../../src/index.ts'
import { type FakeCloud, failureOf, type Row, type Stored } from './fake-cloud.ts'

/** Milliseconds the last call took: whoever waited for it goes on that much later. */
export interface Wire {
  tookMs: number
}

const TIMEOUT_MS = 30_000

function look<T>(cloud: FakeCloud, wire: Wire, call: string, answer: () => T): Answer<T> {
  cloud.settle()
  // Most answers come at once, some after seconds: longer than the send guard is.
  if (cloud.chance.happens(cloud.weather.looks))
    wire.tookMs = Math.max(wire.tookMs, cloud.chance.between(0, 4_000))
  if (!cloud.chance.happens(cloud.weather.looks)) return Promise.resolve(good(answer()))
  const kind = cloud.chance.pick(['throttled', 'unavailable', 'no-answer', 'unreadable'] as const)
  if (kind === 'no-answer') wire.tookMs = 5_000
  return Promise.resolve(bad(failureOf(kind, call, kind === 'throttled')))
}

/** The looks of both backends and of Object Storage, in the cloud's weather. */
export function looksAt(cloud: FakeCloud, wire: Wire): Looks {
  return {
    instance: rowsOf('instance', cloud, wire),
    block: rowsOf('block', cloud, wire),
    images: {
      bucket: ({ bucket, region }) =>
        look(cloud, wire, 'HeadBucket', () => ({
          bucket,
          region,
          project: null,
          versioned: false,
          locked: false,
        })),
      list: ({ prefix }) => look(cloud, wire, 'ListObjects', () => under(cloud, prefix).map(shown)),
      head: ({ key }) => look(cloud, wire, 'HeadObject', () => shownOrNull(cloud.objects.get(key))),
      read: () => Promise.reject(new Error('nobody reads bytes here')),
    },
    judge: {
      images: ({ prefix }) => look(cloud, wire, 'ListObjects', () => under(cloud, prefix).map(withHeader)),
      judge: ({ key }) => look(cloud, wire, 'GetObject', () => judged(cloud, key)),
    },
  }
}

function under(cloud: FakeCloud, prefix: string): Stored[] {
  return [...cloud.objects.values()].filter(({ key }) => key.startsWith(prefix))
}

function shown({ key, bytes, etag }: Stored) {
  return { key, bytes, etag, frozen: false }
}

function shownOrNull(stored: Stored | undefined) {
  return stored === undefined ? null : shown(stored)
}

function withHeader(stored: Stored): ImageSeen {
  const header = stored.bytes === 0 ? 'none' : stored.content === 'damaged' ? 'bad' : 'good'
  return { ...shown(stored), header }
}

/** Every disk of this world has this size, bytes. */
export const DISK_BYTES = 10_000_000_000

function judged(cloud: FakeCloud, key: string) {
  const stored = cloud.objects.get(key)
  if (stored === undefined || stored.bytes === 0) return null
  const { bytes, etag } = stored
  if (stored.content === 'good') return { good: true, bytes, etag, sizeBytes: DISK_BYTES as never } as const
  return { good: false, rule: 'truncated', text: 'its end is missing', words: null, bytes } as const
}

function rowsOf(backend: Backend, cloud: FakeCloud, wire: Wire): SnapshotLooks {
  const visible = (id: string): Row | null => {
    const row = cloud.rows.get(id)
    const isVisible =
      row !== undefined && cloud.exists(row) && row.backend === backend && row.getFrom <= cloud.now()
    return isVisible ? row : null
  }
  return {
    backend,
    find: ({ id }) =>
      look(cloud, wire, 'GetSnapshot', () => {
        const row = visible(id)
        return row === null ? null : cloud.seen(row)
      }),
    findVolume: ({ id, zone }) =>
      look(cloud, wire, 'GetVolume', () => ({
        ...{
          backend,
          zone,
          id,
          name: 'a volume',
          project: 'project',
          sizeBytes: DISK_BYTES as never,
          tags: ['blue'],
        },
        type: backend === 'instance' ? ('l_ssd' as const) : ('sbs' as const),
        state: { kind: 'available' as const, word: 'available' },
      })),
    tagged: ({ zone, project, tag }) =>
      look(cloud, wire, 'ListSnapshots', () =>
        [...cloud.rows.values()]
          .filter((row) => row.backend === backend && row.zone === zone && row.project === project)
          .filter((row) => row.tags.includes(tag) && row.listFrom <= cloud.now())
          .filter((row) => cloud.exists(row) || (row.goneListedUntil ?? 0) > cloud.now())
          .map((row) => cloud.seen(row)),
      ),
  }
}

/** The writes, each with its chance to be refused, lost, late, or answered by nobody. */
export function writesTo(cloud: FakeCloud, wire: Wire, permit: () => boolean): Writes {
  return {
    instance: snapshotWrites('instance', cloud, wire, permit),
    block: snapshotWrites('block', cloud, wire, permit),
    images: {
      removeOurs: (item, owner) =>
        write(cloud, wire, permit, 'DeleteObject', () => removeImage(cloud, item, owner)),
    },
  }
}

type Done<T> = Result<T, CloudFailure>

/** A refusal that time alone, attempts or a person may heal, in their proportions. */
const REFUSALS: readonly CloudFailureKind[] = [
  'throttled',
  'throttled',
  'busy',
  'quota',
  'forbidden',
  'refused',
  'locked',
]

function write<T>(
  cloud: FakeCloud,
  wire: Wire,
  permit: () => boolean,
  call: string,
  act: () => Done<T>,
): Answer<T> {
  cloud.settle()
  const answer = (): Done<T> => {
    if (!permit()) return bad(failureOf('stopped', call, true))
    if (!cloud.chance.happens(cloud.weather.writes)) return act()
    switch (cloud.chance.pick(['refused', 'lost', 'dropped', 'late', 'broken', 'broken-done'] as const)) {
      case 'refused':
        return bad(failureOf(cloud.chance.pick(REFUSALS), call, true))
      case 'lost':
        act()
        wire.tookMs = TIMEOUT_MS
        return bad(failureOf('no-answer', call, false))
      case 'dropped':
        wire.tookMs = TIMEOUT_MS
        return bad(failureOf('no-answer', call, false))
      case 'late':
        cloud.onTheWire.push({ at: cloud.now() + cloud.chance.between(0, 10_000), arrive: () => void act() })
        wire.tookMs = TIMEOUT_MS
        return bad(failureOf('no-answer', call, false))
      case 'broken':
        return bad(failureOf('unavailable', call, false))
      case 'broken-done':
        act()
        return bad(failureOf('unreadable', call, false))
    }
  }
  return Promise.resolve(answer())
}

function snapshotWrites(
  backend: Backend,
  cloud: FakeCloud,
  wire: Wire,
  permit: () => boolean,
): SnapshotWrites {
  const writing = <T>(call: string, act: () => Done<T>): Answer<T> => write(cloud, wire, permit, call, act)
  return {
    takeSnapshot: (order) =>
      writing('CreateSnapshot', () => {
        const { zone, project, name, tags, volume } = order
        const made = { backend, zone, project, name, tags, volume, from: null, sizeBytes: DISK_BYTES }
        return good(cloud.seen(cloud.make(made)))
      }),
    startExport: ({ id, key }) =>
      writing('ExportSnapshot', () => {
        const row = cloud.rows.get(id)
        if (row === undefined || !cloud.exists(row)) return bad(failureOf('missing', 'ExportSnapshot', true))
        if (cloud.isExporting(id) || row.workUntil > cloud.now())
          return bad(failureOf('busy', 'ExportSnapshot', true))
        cloud.startExport(id, key, backend)
        return good(null)
      }),
    startImport: (order) =>
      writing('ImportSnapshot', () => {
        const { zone, project, name, tags, key, sizeBytes } = order
        if ((cloud.objects.get(key)?.bytes ?? 0) === 0)
          return bad(failureOf('missing', 'ImportSnapshot', true))
        const made = { backend, zone, project, name, tags, volume: null, from: key, sizeBytes }
        return good(cloud.seen(cloud.make(made)))
      }),
    retag: ({ id, drop, add }) =>
      writing('UpdateSnapshot', () => {
        const row = cloud.rows.get(id)
        if (row === undefined || !cloud.exists(row)) return bad(failureOf('missing', 'UpdateSnapshot', true))
        if (row.isForeign) cloud.crimes.push(`retagged ${id}`)
        const kept = row.tags.filter((tag) => !tag.startsWith(drop) && !add.includes(tag))
        row.tags = [...kept, ...add]
        return good(null)
      }),
    removeOurs: (item, owner) => writing('DeleteSnapshot', () => removeRow(cloud, item, owner)),
  }
}

function removeRow(cloud: FakeCloud, item: Item, owner: Owner): Done<Removal> {
  const row = cloud.rows.get(item.thing.id)
  const now = cloud.now()
  if (row === undefined || !cloud.exists(row) || row.getFrom > now) return good('gone')
  const whose = `${owner.install}.${owner.migration}`
  const ours = [
    `snapferry:wip=${whose}.${item.round}`,
    `snapferry:copy=${whose}`,
    `snapferry:snapshot=${whose}`,
  ]
  if (!row.tags.some((tag) => ours.includes(tag))) return good('not-ours')
  if (row.workUntil > now || cloud.isExporting(row.id)) return bad(failureOf('busy', 'DeleteSnapshot', true))
  if (row.usedUntil > now) return bad(failureOf('in-use', 'DeleteSnapshot', true))
  row.goneListedUntil = now + cloud.chance.between(0, cloud.weather.lagMs)
  return good('gone')
}

function removeImage(cloud: FakeCloud, item: Item, owner: Owner): Done<Removal> {
  const key = item.thing.id
  const shelves = ['work', 'keep'].map(
    (shelf) => `${owner.prefix}/${owner.install}/${shelf}/${owner.migration}/`,
  )
  const stored = cloud.objects.get(key)
  if (stored === undefined) return good('gone')
  if (!shelves.some((shelf) => key.startsWith(shelf))) return good('not-ours')
  if (stored.isForeign) cloud.crimes.push(`removed ${key}`)
  cloud.objects.delete(key)
  return good('gone')
}
