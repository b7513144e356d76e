import type { CloudFailure } from './cloud-failure.ts'
import type { Backend, Bytes, MigrationId, Region, Zone } from './ids.ts'
import type { Item } from './ledger.ts'
import type { Result } from './result.ts'
import type { BucketSeen, ImageJudged, ImageSeen, ObjectSeen, SnapshotSeen, VolumeSeen } from './seen.ts'

/** What a call to the provider comes back with. */
export type Answer<T> = Promise<Result<T, CloudFailure>>

/** Where one thing of a backend is. */
export interface Place {
  readonly zone: Zone
  readonly id: string
}

/** Where one object is. */
export interface ObjectPlace {
  readonly region: Region
  readonly bucket: string
  readonly key: string
}

/** Whose thing a delete names: the tags and key prefixes of this one migration are derived from it. */
export interface Owner {
  readonly install: string
  readonly prefix: string
  readonly migration: MigrationId
}

/** How a removal ended: it is gone (now or already), or it does not carry our mark and was not touched. */
export type Removal = 'gone' | 'not-ours'

/** Looking at snapshots and volumes of one backend. An implementation is opened with the service and stops with it. */
export interface SnapshotLooks {
  readonly backend: Backend
  /** One snapshot; null when the provider says 404. */
  find(at: Place): Answer<SnapshotSeen | null>
  /** One volume; null when the provider says 404. */
  findVolume(at: Place): Answer<VolumeSeen | null>
  /** Every snapshot that carries exactly this tag in this zone and project, every page, filtered again by us. */
  tagged(by: {
    readonly zone: Zone
    readonly project: string
    readonly tag: string
  }): Answer<readonly SnapshotSeen[]>
}

/** Writing to one backend. */
export interface SnapshotWrites {
  takeSnapshot(order: SnapshotOrder): Answer<SnapshotSeen>
  startExport(order: ExportOrder): Answer<null>
  startImport(order: ImportOrder): Answer<SnapshotSeen>
  /** Reads the snapshot, takes `drop` (a prefix) out of its tags, adds `add` at the end and writes the whole list. Safe to repeat. */
  retag(order: RetagOrder): Answer<null>
  /** Re-reads and deletes only what carries our exact tag and stands in a ledger; 404 is `gone`. */
  removeOurs(item: Item, owner: Owner): Answer<Removal>
}

/** A snapshot of a volume. */
export interface SnapshotOrder {
  readonly zone: Zone
  readonly volume: string
  readonly name: string
  readonly project: string
  readonly tags: readonly string[]
}

/** An export into the bucket of the zone's region. */
export interface ExportOrder extends Place {
  readonly bucket: string
  readonly key: string
}

/** An import from a bucket of the zone's region. */
export interface ImportOrder {
  readonly zone: Zone
  readonly bucket: string
  readonly key: string
  readonly name: string
  readonly project: string
  readonly tags: readonly string[]
  readonly sizeBytes: Bytes
}

/** New tags for a thing of ours. */
export interface RetagOrder extends Place {
  readonly drop: string
  readonly add: readonly string[]
}

/** Looking into Object Storage. */
export interface ImageLooks {
  bucket(at: { readonly region: Region; readonly bucket: string }): Answer<BucketSeen | null>
  /** Every object under the prefix, every page. */
  list(at: {
    readonly region: Region
    readonly bucket: string
    readonly prefix: string
  }): Answer<readonly ObjectSeen[]>
  /** One object; null when it is not there. */
  head(at: ObjectPlace): Answer<ObjectSeen | null>
  /** Bytes `from` to `from + length`; null when the object is not there or is empty. */
  read(
    at: ObjectPlace,
    from: number,
    length: number,
  ): Answer<{ readonly data: Uint8Array; readonly bytes: number; readonly etag: string } | null>
}

/** Writing to Object Storage: only deletes, only ours. */
export interface ImageWrites {
  removeOurs(item: Item, owner: Owner): Answer<Removal>
}

/** Judging an image, by ranged reads of its header and tables. */
export interface ImageJudge {
  /** null when the object is not there or has 0 bytes. */
  judge(at: ObjectPlace): Answer<ImageJudged | null>
  /** Only the header of each object of ours under the prefix that has bytes. */
  images(at: {
    readonly region: Region
    readonly bucket: string
    readonly prefix: string
  }): Answer<readonly ImageSeen[]>
}

/** Everything a tick may look at. */
export interface Looks {
  readonly instance: SnapshotLooks
  readonly block: SnapshotLooks
  readonly images: ImageLooks
  readonly judge: ImageJudge
}

/** Everything a tick may write with; see `WritesFor`. */
export interface Writes {
  readonly instance: SnapshotWrites
  readonly block: SnapshotWrites
  readonly images: ImageWrites
}

/**
 * The send guard. The adapter asks `permit` at the moment of sending, after every wait of its own: false means the
 * intent is too old, nothing is sent, and the answer is `stopped` with `nothing: true`.
 */
export type WritesFor = (permit: () => boolean) => Writes
