import type { Backend, Bytes, CopyType, Region, Zone } from './ids.ts'

/** How a snapshot is, in our words; `word` is the provider's. An unknown word is waited on, never success, never failure. */
export type SnapshotState =
  | {
      readonly kind: 'available' | 'in-use' | 'pending' | 'exporting' | 'deleting' | 'locked'
      readonly word: string
    }
  | { readonly kind: 'error' | 'invalid-data'; readonly word: string; readonly details: string | null }
  | { readonly kind: 'unknown'; readonly word: string }

/** A snapshot as the provider shows it. */
export interface SnapshotSeen {
  readonly backend: Backend
  readonly zone: Zone
  readonly id: string
  readonly name: string
  readonly type: CopyType
  readonly project: string
  readonly sizeBytes: Bytes
  readonly state: SnapshotState
  readonly tags: readonly string[]
  /** When it was created there, milliseconds since 1970. */
  readonly createdAt: number
  /** The volume it was taken of; null for an import. */
  readonly volume: { readonly id: string; readonly name: string } | null
}

/** A volume as the provider shows it. */
export interface VolumeSeen {
  readonly backend: Backend
  readonly zone: Zone
  readonly id: string
  readonly name: string
  readonly type: CopyType
  readonly project: string
  readonly sizeBytes: Bytes
  readonly state: SnapshotState
  readonly tags: readonly string[]
}

/** A bucket as Object Storage shows it. */
export interface BucketSeen {
  readonly bucket: string
  readonly region: Region
  /** The project that owns it, or null when the ACL could not be read. */
  readonly project: string | null
  /** With versions, a deleted object is still paid for. */
  readonly versioned: boolean
  /** With a lock, an object cannot be deleted in time. */
  readonly locked: boolean
}

/** One object as a listing or a HEAD shows it. */
export interface ObjectSeen {
  readonly key: string
  /** 0 is the placeholder of an export that was accepted. */
  readonly bytes: number
  readonly etag: string
  /** When it was last written, milliseconds since 1970 in whole seconds; missing when the provider did not say. */
  readonly writtenAt?: number
  /** GLACIER objects cannot be read before they are restored. */
  readonly frozen: boolean
}

/** One object under our prefix, with the look at its header when it has one. */
export interface ImageSeen extends ObjectSeen {
  /** `none` for 0 bytes; `bad` when the header is not one the importer accepts. */
  readonly header: 'none' | 'good' | 'bad'
}

/** The judgement of an image by its header and tables. */
export type ImageJudged =
  | { readonly good: true; readonly bytes: number; readonly etag: string; readonly sizeBytes: Bytes }
  | {
      readonly good: false
      /** The importer's rule that it breaks. */
      readonly rule: string
      readonly text: string
      /** The provider's exact words for this rule, when it has some. */
      readonly words: string | null
      readonly bytes: number
    }
