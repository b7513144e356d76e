import {
  type Answer,
  bad,
  type CloudFailure,
  type ExportOrder,
  good,
  type ImportOrder,
  type Place,
  type Result,
  type SnapshotLooks,
  type SnapshotOrder,
  type SnapshotWrites,
  type Zone,
} from '@snapferry/migration'
import type { Api, Reader, Write } from './api.ts'
import { unreadable, unsent } from './failure-of-transport.ts'
import {
  checkInstanceExport,
  checkInstanceList,
  checkInstanceSnapshot,
  checkInstanceSnapshotAnswer,
  checkInstanceVolumeAnswer,
  readInstanceSnapshot,
  type Shown,
  showInstanceSnapshot,
  showInstanceVolume,
} from './instance-wire.ts'
import { jsonReader, readNothing } from './json-reader.ts'
import { PAGE_ROWS, type Page, walkPages } from './page-walk.ts'
import { removeOurSnapshot } from './remove-ours.ts'
import { retag } from './retag.ts'
import { type Row, readRows, type Wanted } from './rows.ts'
import { totalOf } from './total-count.ts'

/** Looks at local `l_ssd` snapshots and volumes: Instance API v1. */
export function openInstanceLooks(api: Api): SnapshotLooks {
  return {
    backend: 'instance',
    find: async (at) =>
      fit(await api.get('GetSnapshot', pathOf('snapshots', at), readShown), 'instance GetSnapshot'),
    findVolume: async (at) =>
      fit(await api.get('GetVolume', pathOf('volumes', at), readVolume), 'instance GetVolume'),
    async tagged(by) {
      const rows = await walkPages(
        (page) => api.get('ListSnapshots', listPath(by, page), pageReader(by)),
        (words) => unreadable({ call: 'instance ListSnapshots', write: false }, 200, words, null),
      )
      return rows.ok ? good(rows.value.flatMap(({ seen }) => seen ?? [])) : rows
    },
  }
}

/** Writes to local snapshots. Every write asks `permit` directly before it leaves. */
export function openInstanceWrites(api: Api, looks: SnapshotLooks, permit: () => boolean): SnapshotWrites {
  const send = <T>(operation: string, write: Omit<Write, 'permit'>, read: Reader<T>): Answer<T> =>
    api.send(operation, { ...write, permit }, read)
  const patch = (at: Place, tags: readonly string[]): Answer<null> =>
    send('UpdateSnapshot', { method: 'PATCH', path: pathOf('snapshots', at), body: { tags } }, readChanged)
  const remove = (at: Place): Answer<null> =>
    send('DeleteSnapshot', { method: 'DELETE', path: pathOf('snapshots', at), body: null }, readNothing)
  return {
    takeSnapshot: (order) => send('CreateSnapshot', snapshotWrite(order), readSnapshot),
    startExport: (order) => send('ExportSnapshot', exportWrite(order), readExport),
    startImport: (order) => send('ImportSnapshot', importWrite(order), readSnapshot),
    retag: (order) => retag(order, { call: 'instance UpdateSnapshot', find: looks.find, write: patch }),
    removeOurs: (item, owner) =>
      removeOurSnapshot(item, owner, { backend: 'instance', find: looks.find, remove }),
  }
}

const readShown = jsonReader(checkInstanceSnapshotAnswer, showInstanceSnapshot)
const readVolume = jsonReader(checkInstanceVolumeAnswer, showInstanceVolume)
const readSnapshot = jsonReader(checkInstanceSnapshotAnswer, ({ snapshot }) => readInstanceSnapshot(snapshot))
const readChanged = jsonReader(checkInstanceSnapshotAnswer, () => good(null))
const readExport = jsonReader(checkInstanceExport, () => good(null))

function snapshotWrite(order: SnapshotOrder): Omit<Write, 'permit'> {
  const { volume, name, project, tags, zone } = order
  return {
    method: 'POST',
    path: zonePath(zone, 'snapshots'),
    body: { name, volume_id: volume, project, tags },
  }
}

function exportWrite({ bucket, key, ...at }: ExportOrder): Omit<Write, 'permit'> {
  return { method: 'POST', path: `${pathOf('snapshots', at)}/export`, body: { bucket, key } }
}

/** Without `volume_type` a recorded server answered 500. */
function importWrite({ zone, sizeBytes, ...order }: ImportOrder): Omit<Write, 'permit'> {
  const { name, project, bucket, key, tags } = order
  const body = { name, project, volume_type: 'l_ssd', bucket, key, size: sizeBytes, tags }
  return { method: 'POST', path: zonePath(zone, 'snapshots'), body }
}

/** A 404 is an answer; a thing of a kind that cannot be carried is a refusal. */
function fit<T>(shown: Result<Shown<T>, CloudFailure>, call: string): Result<T | null, CloudFailure> {
  if (!shown.ok) return shown.failure.kind === 'missing' ? good(null) : shown
  return 'unfit' in shown.value ? bad(unsent(call, 'refused', shown.value.unfit)) : good(shown.value.seen)
}

/** The body of a page has no total: it stands in X-Total-Count. Link has relative paths without a prefix: unusable. */
function pageReader(by: Wanted): Reader<Page<Row>> {
  return (answered) =>
    jsonReader(checkInstanceList, ({ snapshots }): Result<Page<Row>, string> => {
      const total = totalOf(answered.headers)
      if (!total.ok) return total
      const rows = readRows(snapshots, by, checkInstanceSnapshot, readInstanceSnapshot)
      return rows.ok ? good({ rows: rows.value, total: total.value }) : rows
    })(answered)
}

function listPath(by: Wanted & { readonly zone: Zone }, page: number): string {
  const query = { project: by.project, tags: by.tag, per_page: String(PAGE_ROWS), page: String(page) }
  return `${zonePath(by.zone, 'snapshots')}?${new URLSearchParams(query)}`
}

function pathOf(what: 'snapshots' | 'volumes', at: Place): string {
  return `${zonePath(at.zone, what)}/${encodeURIComponent(at.id)}`
}

function zonePath(zone: Zone, what: 'snapshots' | 'volumes'): string {
  return `/instance/v1/zones/${encodeURIComponent(zone)}/${what}`
}
