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
  type SnapshotSeen,
  type SnapshotWrites,
  type Zone,
} from '@snapferry/migration'
import type { Api, Reader, Write } from './api.ts'
import {
  checkBlockList,
  checkBlockSnapshot,
  checkBlockVolume,
  readBlockSnapshot,
  readBlockVolume,
} from './block-wire.ts'
import { unreadable } from './failure-of-transport.ts'
import { jsonReader, readNothing } from './json-reader.ts'
import { PAGE_ROWS, type Page, walkPages } from './page-walk.ts'
import { removeOurSnapshot } from './remove-ours.ts'
import { retag } from './retag.ts'
import { type Row, readRows, type Wanted } from './rows.ts'

/** Looks at SBS snapshots and volumes: Block API v1. */
export function openBlockLooks(api: Api): SnapshotLooks {
  return {
    backend: 'block',
    find: async (at) => nullWhenMissing(await api.get('GetSnapshot', pathOf('snapshots', at), readSnapshot)),
    findVolume: async (at) => nullWhenMissing(await api.get('GetVolume', pathOf('volumes', at), readVolume)),
    async tagged(by) {
      const rows = await walkPages(
        (page) => api.get('ListSnapshots', listPath(by, page), pageReader(by)),
        (words) => unreadable({ call: 'block ListSnapshots', write: false }, 200, words, null),
      )
      return rows.ok ? good(rows.value.flatMap(({ seen }) => seen ?? [])) : rows
    },
  }
}

/** Writes to SBS snapshots. Every write asks `permit` directly before it leaves. */
export function openBlockWrites(api: Api, looks: SnapshotLooks, permit: () => boolean): SnapshotWrites {
  const send = <T>(operation: string, write: Omit<Write, 'permit'>, read: Reader<T>): Answer<T> =>
    api.send(operation, { ...write, permit }, read)
  const patch = (at: Place, tags: readonly string[]): Answer<null> =>
    send('UpdateSnapshot', { method: 'PATCH', path: pathOf('snapshots', at), body: { tags } }, readChanged)
  const remove = (at: Place): Answer<null> =>
    send('DeleteSnapshot', { method: 'DELETE', path: pathOf('snapshots', at), body: null }, readNothing)
  return {
    takeSnapshot: (order) => send('CreateSnapshot', snapshotWrite(order), readMade),
    startExport: (order) => send('ExportSnapshot', exportWrite(order), readChanged),
    startImport: (order) => send('ImportSnapshot', importWrite(order), readMade),
    retag: (order) => retag(order, { call: 'block UpdateSnapshot', find: looks.find, write: patch }),
    removeOurs: (item, owner) =>
      removeOurSnapshot(item, owner, { backend: 'block', find: looks.find, remove }),
  }
}

const readSnapshot = jsonReader(checkBlockSnapshot, readBlockSnapshot)
const readVolume = jsonReader(checkBlockVolume, readBlockVolume)
const readChanged = jsonReader(checkBlockSnapshot, () => good(null))
/** The answer to a create: a snapshot that is `deleted` at once is none. */
const readMade = jsonReader(checkBlockSnapshot, (wire): Result<SnapshotSeen, string> => {
  const seen = readBlockSnapshot(wire)
  if (!seen.ok) return seen
  return seen.value === null ? bad('a snapshot was created as deleted') : good(seen.value)
})

function snapshotWrite({ zone, volume, name, project, tags }: SnapshotOrder): Omit<Write, 'permit'> {
  const body = { volume_id: volume, name, project_id: project, tags, public: false }
  return { method: 'POST', path: zonePath(zone, 'snapshots'), body }
}

function exportWrite({ bucket, key, ...at }: ExportOrder): Omit<Write, 'permit'> {
  return {
    method: 'POST',
    path: `${pathOf('snapshots', at)}/export-to-object-storage`,
    body: { bucket, key },
  }
}

function importWrite({
  zone,
  bucket,
  key,
  name,
  project,
  tags,
  sizeBytes,
}: ImportOrder): Omit<Write, 'permit'> {
  const body = { bucket, key, name, project_id: project, tags, size: sizeBytes }
  return { method: 'POST', path: zonePath(zone, 'snapshots/import-from-object-storage'), body }
}

/** A 404 is an answer. A snapshot of another organisation is 403, and stays a failure. */
function nullWhenMissing<T>(seen: Result<T, CloudFailure>): Result<T | null, CloudFailure> {
  return !seen.ok && seen.failure.kind === 'missing' ? good(null) : seen
}

function pageReader(by: Wanted): Reader<Page<Row>> {
  return jsonReader(checkBlockList, ({ snapshots, total_count }): Result<Page<Row>, string> => {
    const rows = readRows(snapshots, by, checkBlockSnapshot, readBlockSnapshot)
    return rows.ok ? good({ rows: rows.value, total: total_count }) : rows
  })
}

/** The order is fixed so that pages cut one list; several `tags` would be a union, so it is always one. */
function listPath(by: Wanted & { readonly zone: Zone }, page: number): string {
  const query = {
    project_id: by.project,
    tags: by.tag,
    order_by: 'created_at_asc',
    page_size: String(PAGE_ROWS),
    page: String(page),
  }
  return `${zonePath(by.zone, 'snapshots')}?${new URLSearchParams(query)}`
}

function pathOf(what: 'snapshots' | 'volumes', at: Place): string {
  return `${zonePath(at.zone, what)}/${encodeURIComponent(at.id)}`
}

function zonePath(zone: Zone, rest: string): string {
  return `/block/v1/zones/${encodeURIComponent(zone)}/${rest}`
}
