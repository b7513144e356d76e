import { createHash } from 'node:crypto'
import type { Blob } from './disks/blobs.ts'
import type { MadeBy } from './made-by.ts'

/** What a writer says about an object, kept word for word. */
export interface ObjectHeaders {
  contentType: string
  storageClass: string
  /** User metadata: lower-case names without `x-amz-meta-`. */
  metadata: Record<string, string>
  /** Other headers kept with the object, such as cache-control and content-disposition. */
  kept: Record<string, string>
  tags: Record<string, string>
}

/** An object; its id is the hash of bucket and key, so that an overwrite replaces one file in one step. */
export interface StoredObject extends ObjectHeaders {
  id: string
  bucket: string
  key: string
  segments: Blob[]
  /** Without quotes. */
  etag: string
  /** Full-object checksums that were sent along, by algorithm (`crc32`), base64. */
  checksums: Record<string, string>
  changedMs: number
  /** Volume type the image was exported from; null for everything else. */
  exportedFrom: string | null
  /** While GLACIER: when a restored copy is readable (emulated ms), or null. */
  restoredMs: number | null
  madeBy: MadeBy
}

/** The id of the object at that place. */
export function objectId(place: { bucket: string; key: string }): string {
  return createHash('sha256').update(`${place.bucket}/${place.key}`).digest('hex')
}

/** A multipart upload that is not finished. */
export interface Upload extends ObjectHeaders {
  id: string
  bucket: string
  key: string
  startedMs: number
  parts: Record<string, Part>
  madeBy: MadeBy
}

/** A part of an upload. */
export interface Part {
  blob: Blob
  etag: string
  changedMs: number
}
