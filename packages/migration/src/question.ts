import type { CloudFailure } from './cloud-failure.ts'
import type { Backend, Region, Zone } from './ids.ts'
import type { ObjectPlace, Place } from './ports.ts'
import type { Result } from './result.ts'
import type { BucketSeen, ImageJudged, ImageSeen, ObjectSeen, SnapshotSeen, VolumeSeen } from './seen.ts'

/** A snapshot or volume whose API may not be known yet: null asks Instance first and, on 404, Block. */
export interface OwnerLook extends Place {
  readonly backend: Backend | null
}

/** Every snapshot with exactly this tag. */
export interface TagLook {
  readonly backend: Backend
  readonly zone: Zone
  readonly project: string
  readonly tag: string
}

/** One snapshot, and once it is good those that carry the same tag. */
export interface RowLook extends Place {
  readonly backend: Backend
  readonly siblings: TagLook | null
}

/** Every object under the own prefix of a migration. */
export interface PrefixLook {
  readonly region: Region
  readonly bucket: string
  readonly prefix: string
}

/** What a tick wants to know before it decides. Each slot is one look; an empty question needs no look. */
export interface Question {
  readonly source?: OwnerLook
  readonly volume?: OwnerLook
  readonly bucket?: { readonly region: Region; readonly bucket: string }
  readonly object?: ObjectPlace
  readonly images?: PrefixLook
  readonly judgement?: ObjectPlace
  readonly row?: RowLook
  readonly tagged?: TagLook
  readonly proven?: TagLook
  readonly rows?: readonly RowLook[]
  readonly late?: readonly TagLook[]
}

/** A snapshot with those that carry the same tag. */
export interface RowSeen {
  readonly row: SnapshotSeen | null
  readonly siblings: readonly SnapshotSeen[]
}

type Look<T> = Result<T, CloudFailure>

/** What was seen, slot by slot. */
export interface Seen {
  readonly source?: Look<SnapshotSeen | null>
  readonly volume?: Look<VolumeSeen | null>
  readonly bucket?: Look<BucketSeen | null>
  readonly object?: Look<ObjectSeen | null>
  readonly images?: Look<readonly ImageSeen[]>
  readonly judgement?: Look<ImageJudged | null>
  readonly row?: Look<RowSeen>
  readonly tagged?: Look<readonly SnapshotSeen[]>
  readonly proven?: Look<readonly SnapshotSeen[]>
  readonly rows?: Look<readonly (SnapshotSeen | null)[]>
  readonly late?: Look<readonly SnapshotSeen[]>
}

/** Whether a snapshot is finished and usable: Block shows one that an image uses as `in_use`. */
export function isGood(row: SnapshotSeen): boolean {
  return row.state.kind === 'available' || row.state.kind === 'in-use'
}

/** Whether a question calls the APIs of a zone; Object Storage is the region's. */
export function asksZone(question: Question, zone: string): boolean {
  const { source, volume, row, tagged, proven, rows = [], late = [] } = question
  return [source, volume, row, tagged, proven, ...rows, ...late].some((look) => look?.zone === zone)
}
