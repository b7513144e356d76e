import {
  type Backend,
  type Bytes,
  bytes,
  type MigrationId,
  type SnapshotState,
  type Zone,
} from '@snapferry/migration'
import type { Chance } from '../chance.ts'
import type { Timeline } from '../timeline.ts'
import type { Ending, Fate } from '../weather/weather.ts'
import type { Export, Row, Stored, Volume } from './things.ts'

/** What of a new snapshot its request says. */
export type Wanted = Pick<
  Row,
  'backend' | 'zone' | 'project' | 'name' | 'tags' | 'sizeBytes' | 'volume' | 'image'
>

/** The provider's true state in virtual time: snapshots, volumes, objects, and the work it is doing. */
export class Cloud {
  readonly rows = new Map<string, Row>()
  readonly volumes = new Map<string, Volume>()
  readonly objects = new Map<string, Stored>()
  readonly exports: Export[] = []
  /** What happened to things that are none of our business. */
  readonly crimes: string[] = []
  /** Creates that took effect, by migration. */
  readonly creates = new Map<MigrationId, number>()
  readonly #byTag = new Map<string, Row[]>()
  readonly #byFolder = new Map<string, Map<string, Stored>>()
  readonly #time: Timeline
  readonly #chance: Chance
  #ids = 0

  constructor(time: Timeline, chance: Chance) {
    this.#time = time
    this.#chance = chance
  }

  get now(): number {
    return this.#time.now
  }

  /** Ids say nothing about age: the order of making must not help anybody. */
  newId(): string {
    this.#ids++
    return `${(this.#chance.roll() * 1e9) | 0}-${this.#ids}`
  }

  /** A snapshot is made; it is shown once its lags are over. */
  make(wanted: Wanted, by: MigrationId, fate: Fate): Row {
    const { now } = this
    this.creates.set(by, (this.creates.get(by) ?? 0) + 1)
    const sizeBytes = fate.ending === 'small' ? bytes(wanted.sizeBytes - 512) : wanted.sizeBytes
    const workUntil = now + fate.tookMs
    const row: Row = {
      ...wanted,
      ...{ id: this.newId(), createdAt: now, changedAt: now, by, workUntil, ending: fate.ending, sizeBytes },
      ...{ getFrom: now + fate.birthLagMs, listFrom: now + fate.listLagMs, listLagMs: fate.listLagMs },
      ...{ usedUntil: workUntil + fate.usedMs, lockedUntil: workUntil + fate.lockedMs, goneAt: null },
      content: this.#contentOf(wanted),
    }
    if (fate.usedMs === 0) Object.assign(row, { usedUntil: 0 })
    if (fate.lockedMs === 0) Object.assign(row, { lockedUntil: 0 })
    this.rows.set(row.id, row)
    this.#index(row)
    if (fate.ending === 'vanished') this.#time.after(fate.tookMs, () => this.remove(row))
    return row
  }

  /** A taken snapshot holds what is on the volume now, an import what lies in the bucket. */
  #contentOf({ volume, image }: Wanted): string {
    if (volume !== null) return this.volumes.get(volume)?.content ?? 'nothing'
    const stored = image === null ? undefined : this.objects.get(image)
    return stored?.isWhole === true ? stored.content : 'rubbish'
  }

  /** Every snapshot that carries this tag, or carried it when it was there last. */
  tagged(tag: string): Row[] {
    return this.#byTag.get(tag)?.filter((row) => row.tags.includes(tag)) ?? []
  }

  /** A snapshot gets other tags. */
  retag(row: Row, tags: readonly string[]): void {
    row.tags = tags
    row.changedAt = this.now
    this.#index(row)
  }

  #index(row: Row): void {
    for (const tag of row.tags) {
      const rows = this.#byTag.get(tag)
      if (rows === undefined) this.#byTag.set(tag, [row])
      else if (!rows.includes(row)) rows.push(row)
    }
  }

  exists(row: Row): boolean {
    return row.goneAt === null
  }

  remove(row: Row): void {
    row.goneAt ??= this.now
  }

  put(stored: Omit<Stored, 'etag' | 'at'>): void {
    this.#spoil(stored.key)
    const one = { ...stored, at: this.now, etag: `etag-${this.#chance.between(1, 1e9)}` }
    this.objects.set(one.key, one)
    const folder = this.#byFolder.get(folderOf(one.key)) ?? new Map<string, Stored>()
    this.#byFolder.set(folderOf(one.key), folder.set(one.key, one))
  }

  /** An object is gone; an import that still reads it makes rubbish of the rest. */
  drop(key: string): void {
    this.#spoil(key)
    this.objects.delete(key)
    this.#byFolder.get(folderOf(key))?.delete(key)
  }

  /** The objects of a folder; its name ends in `/`. */
  folder(prefix: string): Stored[] {
    return [...(this.#byFolder.get(prefix)?.values() ?? [])]
  }

  #spoil(key: string): void {
    for (const row of this.rows.values())
      if (row.image === key && row.workUntil > this.now) row.content = 'rubbish'
  }

  isExporting(id: string): boolean {
    return this.exports.some(({ source }) => source === id)
  }

  /** Writes an image of a snapshot under a key; the Instance API leaves an empty object there from the start. */
  startExport(source: Row, key: string, fate: Fate, isForeign: boolean): void {
    const one: Export = { source: source.id, key }
    const empty = { key, bytes: 0, header: 'none', isWhole: false, content: '', isForeign } as const
    const blank = { ...empty, diskBytes: bytes(0) }
    if (source.backend === 'instance') this.put(blank)
    this.exports.push(one)
    this.#time.after(fate.tookMs, () => {
      this.exports.splice(this.exports.indexOf(one), 1)
      this.#land(source, blank, fate.ending)
    })
  }

  #land({ content, sizeBytes }: Row, blank: Omit<Stored, 'etag' | 'at'>, ending: Ending): void {
    const full = {
      bytes: 1000 + this.#chance.between(1, 1e6),
      header: ending === 'damaged' ? ('bad' as const) : ('good' as const),
      isWhole: ending === 'good',
      diskBytes: sizeBytes,
      content,
    }
    if (ending === 'nothing') {
      // What fails takes its placeholder with it, never an image that lies there.
      if (this.objects.get(blank.key)?.bytes === 0) this.drop(blank.key)
    } else this.put(ending === 'empty' ? blank : { ...blank, ...full })
  }

  stateOf(row: Row): SnapshotState {
    const { now } = this
    if (this.isExporting(row.id)) return { kind: 'exporting', word: 'exporting' }
    if (row.workUntil > now) return { kind: 'pending', word: 'importing' }
    if (row.ending === 'error' || row.ending === 'invalid-data')
      return { kind: row.ending, word: row.ending, details: null }
    if (row.lockedUntil > now) return { kind: 'locked', word: 'locked' }
    if (row.usedUntil > now && row.backend === 'block') return { kind: 'in-use', word: 'in_use' }
    return { kind: 'available', word: 'available' }
  }

  /** Things that were there before us, or that somebody else made. */
  settle(
    row: Partial<Row> & {
      readonly id: string
      readonly backend: Backend
      readonly zone: Zone
      readonly sizeBytes: Bytes
    },
  ): Row {
    const settled: Row = {
      ...{
        project: 'project',
        name: 'web-root',
        tags: [],
        createdAt: 1,
        changedAt: 1,
        volume: null,
        image: null,
        by: null,
      },
      ...{
        workUntil: 0,
        ending: 'good',
        getFrom: 0,
        listFrom: 0,
        listLagMs: 0,
        usedUntil: 0,
        lockedUntil: 0,
      },
      ...{ content: `disk of ${row.id}`, goneAt: null },
      ...row,
    }
    this.rows.set(settled.id, settled)
    this.#index(settled)
    return settled
  }
}

function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1)
}
