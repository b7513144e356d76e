import type {
  Backend,
  CloudFailure,
  CloudFailureKind,
  SnapshotSeen,
  SnapshotState,
  Zone,
} from '../../src/index.ts'
import { bytes } from '../../src/index.ts'
import type { Chance } from './chance.ts'

/** How rough the sea is: probabilities in [0, 1], applied to each call or each piece of work. */
export interface Weather {
  /** A look is throttled, answered 5xx or not at all. */
  readonly looks: number
  /** A write is refused, throttled, lost before or after it acted. */
  readonly writes: number
  /** An export or import ends badly. */
  readonly work: number
  /** The most milliseconds for which a list or a GET lags behind a write. */
  readonly lagMs: number
  /** The provider shows a word nobody knows. */
  readonly unknown: number
}

/** How a piece of work at the provider ends. */
export type Outcome =
  | 'good'
  | 'nothing'
  | 'empty'
  | 'damaged'
  | 'truncated'
  | 'error'
  | 'invalid-data'
  | 'vanished'
  | 'small'

/** A snapshot as it really is. */
export interface Row {
  readonly id: string
  readonly backend: Backend
  readonly zone: Zone
  readonly project: string
  name: string
  tags: readonly string[]
  sizeBytes: number
  readonly createdAt: number
  readonly volume: string | null
  readonly isForeign: boolean
  /** Until when it is being made, and what comes of it. */
  readonly workUntil: number
  readonly outcome: Outcome
  /** From when a GET, from when a list shows it. */
  readonly getFrom: number
  readonly listFrom: number
  /** Until when the provider refuses to delete it. */
  readonly usedUntil: number
  /** Whether what it was imported from was a good image all the time. */
  isSound: boolean
  readonly from: string | null
  /** Until when lists go on showing it; null while it exists. */
  goneListedUntil: number | null
}

/** An object as it really is. */
export interface Stored {
  readonly key: string
  readonly bytes: number
  readonly etag: string
  readonly content: 'none' | 'good' | 'damaged' | 'truncated'
  readonly isForeign: boolean
}

interface Export {
  readonly source: string
  readonly key: string
  readonly until: number
  readonly outcome: Outcome
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** The provider's true state in virtual time. Lookers and writers stand in their own files. */
export class FakeCloud {
  readonly rows = new Map<string, Row>()
  readonly objects = new Map<string, Stored>()
  readonly chance: Chance
  weather: Weather
  exports: Export[] = []
  /** Writes that are still on the wire although their sender has given up. */
  onTheWire: { readonly at: number; readonly arrive: () => void }[] = []
  /** What the migration must never touch and did. */
  readonly crimes: string[] = []
  creates = 0
  #ids = 0
  readonly #clock: () => number
  /** The past moment in which something just happens that nobody watched. */
  #asOf: number | null = null

  constructor(chance: Chance, weather: Weather, clock: () => number) {
    this.chance = chance
    this.weather = weather
    this.#clock = clock
  }

  now(): number {
    return this.#asOf ?? this.#clock()
  }

  newId(): string {
    // Ids say nothing about age: the order of making must not help anybody.
    this.#ids++
    return `${(this.chance.roll() * 1e9) | 0}-${this.#ids}`
  }

  /** Lets everything happen that is due. */
  settle(): void {
    const now = this.now()
    const arrived = this.onTheWire.filter(({ at }) => at <= now)
    this.onTheWire = this.onTheWire.filter(({ at }) => at > now)
    for (const { at, arrive } of arrived) {
      this.#asOf = at
      arrive()
      this.#asOf = null
    }
    const ended = this.exports.filter(({ until }) => until <= now)
    this.exports = this.exports.filter(({ until }) => until > now)
    for (const one of ended) this.#land(one)
    for (const row of this.rows.values()) {
      const isGone = row.outcome === 'vanished' && row.workUntil <= now
      if (isGone && row.goneListedUntil === null) row.goneListedUntil = now
      // An import reads its image to the end: whoever removes it earlier spoils the copy.
      if (row.from !== null && row.workUntil > now && this.objects.get(row.from)?.content !== 'good')
        row.isSound = false
    }
  }

  #land({ key, outcome }: Export): void {
    if (outcome === 'good' || outcome === 'damaged' || outcome === 'truncated')
      this.put(key, 1000 + this.chance.between(1, 1e6), outcome)
    else if (outcome === 'nothing') this.objects.delete(key)
  }

  put(key: string, length: number, content: Stored['content'], isForeign = false): void {
    this.objects.set(key, {
      key,
      bytes: length,
      etag: `etag-${this.chance.between(1, 1e9)}`,
      content,
      isForeign,
    })
  }

  isExporting(id: string): boolean {
    return this.exports.some(({ source }) => source === id)
  }

  /** How long a piece of work takes: minutes, and now and then longer than anybody is patient. */
  #workMs(): number {
    const isStuck = this.chance.happens(this.weather.work / 4)
    return isStuck ? this.chance.between(HOUR, 8 * HOUR) : this.chance.between(5_000, 20 * MINUTE)
  }

  startExport(source: string, key: string, backend: Backend): void {
    const outcome = this.chance.happens(this.weather.work)
      ? this.chance.pick(['nothing', 'empty', 'damaged', 'truncated'] as const)
      : 'good'
    const until = this.now() + this.#workMs()
    if (backend === 'instance') this.put(key, 0, 'none')
    this.exports.push({ source, key, until, outcome })
  }

  /** Makes a snapshot; it is shown once its lags are over. */
  make(
    parts: Pick<Row, 'backend' | 'zone' | 'project' | 'name' | 'tags' | 'sizeBytes' | 'volume' | 'from'>,
  ): Row {
    this.creates++
    const now = this.now()
    const outcome = this.chance.happens(this.weather.work)
      ? this.chance.pick(['error', 'invalid-data', 'vanished', 'small'] as const)
      : 'good'
    const isUsed = this.chance.happens(this.weather.writes / 4)
    const row: Row = {
      ...parts,
      id: this.newId(),
      createdAt: now,
      isForeign: false,
      workUntil: now + this.#workMs(),
      outcome,
      sizeBytes: outcome === 'small' ? parts.sizeBytes - 512 : parts.sizeBytes,
      getFrom: now + (this.chance.happens(0.2) ? this.chance.between(0, this.weather.lagMs) : 0),
      listFrom: now + this.chance.between(0, this.weather.lagMs),
      usedUntil: isUsed ? now + this.chance.between(0, 300 * MINUTE) : 0,
      isSound: parts.from === null || this.objects.get(parts.from)?.content === 'good',
      goneListedUntil: null,
    }
    this.rows.set(row.id, row)
    return row
  }

  exists(row: Row): boolean {
    return row.goneListedUntil === null
  }

  stateOf(row: Row): SnapshotState {
    const now = this.now()
    if (this.chance.happens(this.weather.unknown)) return { kind: 'unknown', word: 'rebalancing' }
    if (this.isExporting(row.id)) return { kind: 'exporting', word: 'exporting' }
    if (row.workUntil > now) return { kind: 'pending', word: 'importing' }
    if (row.outcome === 'error' || row.outcome === 'invalid-data')
      return { kind: row.outcome, word: row.outcome, details: null }
    return {
      kind: row.usedUntil > now && row.backend === 'block' ? 'in-use' : 'available',
      word: 'available',
    }
  }

  seen(row: Row): SnapshotSeen {
    const { backend, zone, id, name, project, tags, createdAt, volume } = row
    return {
      ...{ backend, zone, id, name, project, tags, createdAt },
      type: backend === 'instance' ? 'l_ssd' : 'sbs',
      sizeBytes: bytes(row.sizeBytes),
      state: this.stateOf(row),
      volume: volume === null ? null : { id: volume, name: 'a volume' },
    }
  }
}

/** A failed call as an adapter tells it. */
export function failureOf(kind: CloudFailureKind, call: string, nothing: boolean): CloudFailure {
  return { kind, call, status: null, words: `${kind} here`, requestId: null, nothing, retryAfterMs: null }
}
