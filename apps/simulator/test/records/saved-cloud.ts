import {
  type Answer,
  type Backend,
  bad,
  bytes,
  type CloudFailureKind,
  good,
  type ImageSeen,
  type Item,
  type Looks,
  type Owner,
  type Removal,
  type SnapshotLooks,
  type SnapshotSeen,
  type SnapshotState,
  type SnapshotWrites,
  type Writes,
} from '@snapferry/migration'
import type { Saved, SavedObject, SavedRow } from './saved.ts'

const DISK_BYTES = bytes(10_000_000_000)
const WORK_MS = 60_000

/** The provider from a saved moment on: what was under way comes to its end, and from then on everything goes well. */
export class SavedCloud {
  readonly rows: Map<string, SavedRow>
  readonly objects: Map<string, SavedObject>
  #exports: Saved['cloud']['exports'][number][]
  #made = 0
  /** Milliseconds since 1970. */
  now: number

  constructor({ cloud, now }: Saved) {
    this.rows = new Map(cloud.rows.map((row) => [row.id, row]))
    this.objects = new Map(cloud.objects.map((one) => [one.key, one]))
    this.#exports = [...cloud.exports]
    this.now = now
  }

  /** Lets everything happen that is due. */
  #settle(): void {
    for (const { key, outcome } of this.#exports.filter(({ until }) => until <= this.now)) {
      if (outcome === 'nothing') this.objects.delete(key)
      else if (outcome !== 'empty') this.#put(key, outcome)
    }
    this.#exports = this.#exports.filter(({ until }) => until > this.now)
    for (const row of this.rows.values())
      if (row.outcome === 'vanished' && row.workUntil <= this.now) this.remove(row)
  }

  #put(key: string, content: string): void {
    this.#made++
    this.objects.set(key, {
      key,
      bytes: 1_000 + this.#made,
      etag: `etag-new-${this.#made}`,
      content,
      isForeign: false,
    })
  }

  remove(row: SavedRow): void {
    if (row.goneListedUntil === null) this.rows.set(row.id, { ...row, goneListedUntil: this.now })
  }

  /** Things there now: which, and whose. */
  things(isForeign: boolean): readonly string[] {
    const rows = [...this.rows.values()].filter(
      (row) => row.isForeign === isForeign && row.goneListedUntil === null,
    )
    const objects = [...this.objects.values()].filter((one) => one.isForeign === isForeign)
    return [...rows.map(({ id }) => id), ...objects.map(({ key }) => key)].toSorted()
  }

  looks(): Looks {
    const answer = async <T>(value: () => T) => {
      this.#settle()
      return good(value())
    }
    return {
      instance: this.#rowLooks('instance', answer),
      block: this.#rowLooks('block', answer),
      images: {
        bucket: (at) => answer(() => ({ ...at, project: null, versioned: false, locked: false })),
        list: ({ prefix }) => answer(() => this.#under(prefix)),
        head: ({ key }) => answer(() => this.#shown(key)),
        read: () => Promise.reject(new Error('nobody reads bytes here')),
      },
      judge: {
        images: ({ prefix }) => answer(() => this.#under(prefix)),
        judge: ({ key }) =>
          answer(() => {
            const stored = this.objects.get(key)
            if (stored === undefined || stored.bytes === 0) return null
            const { bytes: length, etag } = stored
            if (stored.content === 'good')
              return { good: true, bytes: length, etag, sizeBytes: DISK_BYTES } as const
            return {
              good: false,
              rule: 'end',
              text: 'Its end is missing.',
              words: null,
              bytes: length,
            } as const
          }),
      },
    }
  }

  #shown(key: string): ImageSeen | null {
    const stored = this.objects.get(key)
    if (stored === undefined) return null
    const { bytes: length, etag, content } = stored
    const header = length === 0 ? 'none' : content === 'damaged' ? 'bad' : 'good'
    return { key, bytes: length, etag, frozen: false, header }
  }

  #under(prefix: string): readonly ImageSeen[] {
    return [...this.objects.keys()].flatMap((key) => (key.startsWith(prefix) ? (this.#shown(key) ?? []) : []))
  }

  #rowLooks(backend: Backend, answer: <T>(value: () => T) => Answer<T>): SnapshotLooks {
    const rows = (): SavedRow[] =>
      [...this.rows.values()].filter((row) => row.backend === backend && row.goneListedUntil === null)
    return {
      backend,
      find: ({ id }) =>
        answer(() => this.#seen(rows().find((row) => row.id === id && row.getFrom <= this.now))),
      findVolume: ({ id, zone }) =>
        answer(() => ({
          ...{
            backend,
            zone,
            id,
            name: 'a volume',
            project: 'project',
            sizeBytes: DISK_BYTES,
            tags: ['blue'],
          },
          type: backend === 'instance' ? 'l_ssd' : 'sbs',
          state: { kind: 'available', word: 'available' },
        })),
      tagged: ({ zone, tag }) =>
        answer(() =>
          rows()
            .filter((row) => row.zone === zone && row.tags.includes(tag) && row.listFrom <= this.now)
            .flatMap((row) => this.#seen(row) ?? []),
        ),
    }
  }

  #seen(row: SavedRow | undefined): SnapshotSeen | null {
    if (row === undefined) return null
    const { backend, zone, id, name, project, tags, createdAt, volume } = row
    return {
      ...{ backend, zone, id, name, project, tags, createdAt, state: this.#stateOf(row) },
      type: backend === 'instance' ? 'l_ssd' : 'sbs',
      sizeBytes: bytes(row.sizeBytes),
      volume: volume === null ? null : { id: volume, name: 'a volume' },
    }
  }

  #stateOf(row: SavedRow): SnapshotState {
    if (this.#exports.some(({ source }) => source === row.id)) return { kind: 'exporting', word: 'exporting' }
    if (row.workUntil > this.now) return { kind: 'pending', word: 'importing' }
    if (row.outcome === 'error' || row.outcome === 'invalid-data')
      return { kind: row.outcome, word: row.outcome, details: null }
    if (row.usedUntil > this.now && row.backend === 'block') return { kind: 'in-use', word: 'in_use' }
    return { kind: 'available', word: 'available' }
  }

  writes(): Writes {
    return {
      instance: this.#rowWrites('instance'),
      block: this.#rowWrites('block'),
      images: { removeOurs: async (item, owner) => this.#removeImage(item, owner) },
    }
  }

  #make(
    parts: Pick<SavedRow, 'backend' | 'zone' | 'project' | 'name' | 'tags' | 'sizeBytes' | 'volume'>,
  ): SnapshotSeen {
    this.#made++
    const { now } = this
    const row: SavedRow = {
      ...parts,
      ...{
        id: `new-${this.#made}`,
        createdAt: now,
        isForeign: false,
        workUntil: now + WORK_MS,
        outcome: 'good',
      },
      ...{ getFrom: now, listFrom: now, usedUntil: 0, goneListedUntil: null },
    }
    this.rows.set(row.id, row)
    const seen = this.#seen(row)
    if (seen === null) throw new Error('a row that was just made is there')
    return seen
  }

  #rowWrites(backend: Backend): SnapshotWrites {
    return {
      takeSnapshot: async ({ zone, project, name, tags, volume }) =>
        good(this.#make({ backend, zone, project, name, tags, volume, sizeBytes: DISK_BYTES })),
      startExport: async ({ id, key }) => {
        this.#settle()
        if (this.#exports.some(({ source }) => source === id)) return refused('busy')
        if (backend === 'instance')
          this.objects.set(key, { key, bytes: 0, etag: 'e', content: 'none', isForeign: false })
        this.#exports.push({ source: id, key, until: this.now + WORK_MS, outcome: 'good' })
        return good(null)
      },
      startImport: async ({ zone, project, name, tags, sizeBytes }) =>
        good(this.#make({ backend, zone, project, name, tags, volume: null, sizeBytes })),
      retag: async ({ id, drop, add }) => {
        const row = this.rows.get(id)
        if (row === undefined) return refused('missing')
        const kept = row.tags.filter((tag) => !tag.startsWith(drop) && !add.includes(tag))
        this.rows.set(id, { ...row, tags: [...kept, ...add] })
        return good(null)
      },
      removeOurs: async (item, owner) => this.#removeRow(item, owner),
    }
  }

  #removeRow({ thing }: Item, { install, migration }: Owner) {
    this.#settle()
    const row = this.rows.get(thing.id)
    if (row === undefined || row.goneListedUntil !== null) return good<Removal>('gone')
    if (!row.tags.some((tag) => tag.includes(`=${install}.${migration}`))) return good<Removal>('not-ours')
    if (row.workUntil > this.now || this.#stateOf(row).kind === 'exporting') return refused('busy')
    if (row.usedUntil > this.now) return refused('in-use')
    this.remove(row)
    return good<Removal>('gone')
  }

  #removeImage({ thing }: Item, { migration }: Owner) {
    if (!thing.id.includes(`/${migration}/`)) return good<Removal>('not-ours')
    this.objects.delete(thing.id)
    return good<Removal>('gone')
  }
}

function refused(kind: CloudFailureKind) {
  return bad({
    kind,
    call: 'a write',
    status: 400,
    words: kind,
    requestId: null,
    nothing: true,
    retryAfterMs: null,
  })
}
