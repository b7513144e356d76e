import { randomUUID } from 'node:crypto'
import {
  type Answer,
  type Backend,
  bad,
  type CloudFailure,
  good,
  type SnapshotLooks,
  type SnapshotSeen,
  type SnapshotWrites,
  typeOf,
} from '@snapferry/migration'
import type { InstantImages } from './instant-images.ts'

/** One snapshot API of the instant provider. */
export interface InstantSnapshots {
  readonly looks: SnapshotLooks
  readonly writes: SnapshotWrites
  seed(row: SnapshotSeen): void
  all(): readonly SnapshotSeen[]
}

/** Opens an empty snapshot API over a bucket. */
export function openInstantSnapshots(backend: Backend, images: InstantImages): InstantSnapshots {
  const shelf = new Shelf()
  const find = (id: string, zone: string) => {
    const row = shelf.rows.get(id)
    return row?.zone === zone ? row : null
  }
  const looks: SnapshotLooks = {
    backend,
    find: ({ id, zone }) => at(find(id, zone)),
    findVolume: () => at(null),
    tagged: ({ zone, project, tag }) =>
      at(shelf.tagged(tag).filter((row) => row.zone === zone && row.project === project)),
  }
  const writes: SnapshotWrites = {
    takeSnapshot: () => refuse('the instant provider has no volumes'),
    startExport: ({ id, zone, key }) => {
      const source = find(id, zone)
      if (source === null) return refuse(`no snapshot ${id} in ${zone}`)
      images.put(key, source.sizeBytes)
      return at(null)
    },
    startImport: ({ key, sizeBytes, zone, name, project, tags }) => {
      const held = images.sizeOf(key)
      if (held === null || held > sizeBytes) return refuse(`no image ${key} that fits ${sizeBytes} bytes`)
      const state = { kind: 'available', word: 'available' } as const
      const made = { backend, type: typeOf(backend), id: randomUUID(), createdAt: Date.now(), volume: null }
      return at(shelf.put({ ...made, zone, name, project, sizeBytes, state, tags }))
    },
    retag: ({ id, zone, drop, add }) => {
      const row = find(id, zone)
      if (row === null) return refuse(`no snapshot ${id} in ${zone}`)
      const kept = row.tags.filter((tag) => !tag.startsWith(drop) && !add.includes(tag))
      shelf.put({ ...row, tags: [...kept, ...add] })
      return at(null)
    },
    removeOurs: ({ thing }, { install, migration }) => {
      const row = shelf.rows.get(thing.id)
      if (row === undefined) return at('gone')
      if (!row.tags.some((tag) => tag.startsWith(`snapferry:wip=${install}.${migration}.`)))
        return at('not-ours')
      shelf.take(row)
      return at('gone')
    },
  }
  return { looks, writes, seed: (row) => shelf.put(row), all: () => [...shelf.rows.values()] }
}

/** Snapshots by id and by tag, so that a look costs what it finds and not what there is. */
class Shelf {
  readonly rows = new Map<string, SnapshotSeen>()
  readonly #byTag = new Map<string, Set<string>>()

  put(row: SnapshotSeen): SnapshotSeen {
    const before = this.rows.get(row.id)
    if (before !== undefined) this.take(before)
    this.rows.set(row.id, row)
    for (const tag of row.tags) this.#byTag.set(tag, (this.#byTag.get(tag) ?? new Set()).add(row.id))
    return row
  }

  take(row: SnapshotSeen): void {
    this.rows.delete(row.id)
    for (const tag of row.tags) {
      const ids = this.#byTag.get(tag)
      ids?.delete(row.id)
      if (ids?.size === 0) this.#byTag.delete(tag)
    }
  }

  tagged(tag: string): readonly SnapshotSeen[] {
    return [...(this.#byTag.get(tag) ?? [])].flatMap((id) => this.rows.get(id) ?? [])
  }
}

function at<T>(value: T): Answer<T> {
  return Promise.resolve(good(value))
}

function refuse(words: string): Promise<{ readonly ok: false; readonly failure: CloudFailure }> {
  const answer = { call: 'bench', status: 400, requestId: null, nothing: true, retryAfterMs: null }
  return Promise.resolve(bad({ ...answer, kind: 'refused', words }))
}
