import type { Backend, Region, Zone } from '../ids.ts'
import type { SnapshotSeen } from '../seen.ts'
import { markOfKey, markOfTags, type OurMark } from './our-mark.ts'
import type { BucketPlace, SweepPlace } from './place.ts'

/** A thing that a sweep saw: where it is, how large it is, since when it is there, and whose it says it is. */
export type SweptThing = {
  /** The id of a snapshot, or the key of an image or upload. */
  readonly id: string
  readonly bytes: number
  /** When it was made or last written, milliseconds since 1970 on the provider's clock; null when it does not say. */
  readonly at: number | null
  /** null: not this installation's. */
  readonly mark: OurMark | null
} & (
  | {
      readonly what: 'snapshot'
      readonly backend: Backend
      readonly zone: Zone
      readonly name: string
      /** Whether it was imported, as copies are; a snapshot that was taken has a volume. */
      readonly imported: boolean
    }
  | { readonly what: 'image'; readonly region: Region; readonly bucket: string }
  | { readonly what: 'upload'; readonly region: Region; readonly bucket: string; readonly uploadId: string }
)

/** An object as a listing of a sweep shows it. */
export interface ObjectFound {
  readonly key: string
  readonly bytes: number
  readonly writtenAt?: number
}

/** An unfinished upload: its parts are paid for until somebody aborts it. */
export interface UploadFound {
  readonly key: string
  readonly uploadId: string
  /** Of the parts that have come. */
  readonly bytes: number
  /** Milliseconds since 1970; null when the provider did not say. */
  readonly startedAt: number | null
}

/** A snapshot as a thing of a sweep. */
export function snapshotThing(seen: SnapshotSeen, install: string): SweptThing {
  const { id, backend, zone, name, sizeBytes, createdAt, tags, volume } = seen
  const mark = markOfTags(tags, install)
  return {
    ...{ what: 'snapshot', id, backend, zone, name, bytes: sizeBytes, at: createdAt, mark },
    imported: volume === null,
  }
}

/** An object as a thing of a sweep. */
export function imageThing(found: ObjectFound, at: BucketPlace, install: string): SweptThing {
  const { region, bucket, prefix } = at
  const mark = markOfKey(found.key, { prefix, install })
  return {
    what: 'image',
    id: found.key,
    region,
    bucket,
    bytes: found.bytes,
    at: found.writtenAt ?? null,
    mark,
  }
}

/** An unfinished upload as a thing of a sweep. */
export function uploadThing(found: UploadFound, at: BucketPlace, install: string): SweptThing {
  const { region, bucket, prefix } = at
  const { key, uploadId, bytes, startedAt } = found
  const mark = markOfKey(key, { prefix, install })
  return { what: 'upload', id: key, uploadId, region, bucket, bytes, at: startedAt, mark }
}

/** The thing as one text, the same at every sweep. */
export function thingText(thing: SweptThing): string {
  switch (thing.what) {
    case 'snapshot':
      return `snapshot/${thing.backend}/${thing.zone}/${thing.id}`
    case 'image':
      return `image/${thing.region}/${thing.bucket}/${thing.id}`
    case 'upload':
      return `upload/${thing.region}/${thing.bucket}/${thing.id}#${thing.uploadId}`
  }
}

/** Whether the text of a thing says that it is in this place. */
export function isTextOf(text: string, place: SweepPlace): boolean {
  if (place.kind === 'snapshots') return text.startsWith(`snapshot/${place.backend}/${place.zone}/`)
  return ['image', 'upload'].some((what) => text.startsWith(`${what}/${place.region}/${place.bucket}/`))
}

/** The shelves of a bucket that hold images of an installation. */
export function shelvesOf({ prefix }: BucketPlace, install: string): readonly string[] {
  return [`${prefix}/${install}/work/`, `${prefix}/${install}/keep/`]
}

/** The ids of the snapshots among things that carry a mark of ours. */
export function markedSnapshots(things: readonly SweptThing[]): readonly string[] {
  return things.filter(({ what, mark }) => what === 'snapshot' && mark !== null).map(({ id }) => id)
}
