import type { Answer } from '../ports.ts'
import type { SnapshotSeen } from '../seen.ts'
import type { BucketPlace, SnapshotsPlace } from './place.ts'
import type { ObjectFound, UploadFound } from './swept.ts'

/** What a sweep may ask the provider: only lists. An implementation is opened with the service and stops with it. */
export interface SweepLooks {
  /** Every snapshot of a project in a zone that carries a mark of some installation of Snapferry: the caller tells whose. */
  marked(at: SnapshotsPlace): Answer<readonly SnapshotSeen[]>
  /** Every object under a prefix. */
  objects(at: BucketPlace, prefix: string): Answer<readonly ObjectFound[]>
  /** Every unfinished upload under a prefix, with the bytes of its parts. */
  uploads(at: BucketPlace, prefix: string): Answer<readonly UploadFound[]>
}
