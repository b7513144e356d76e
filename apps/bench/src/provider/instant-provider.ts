import type { Looks, SnapshotSeen, Writes } from '@snapferry/migration'
import { openInstantImages } from './instant-images.ts'
import { openInstantSnapshots } from './instant-snapshots.ts'

/** A provider in memory that answers at once and finishes at once, and remembers what was done to it. */
export interface InstantProvider {
  readonly looks: Looks
  readonly writes: Writes
  /** Puts a source there, before anything starts. */
  seed(row: SnapshotSeen): void
  /** Every snapshot there is, sources and copies. */
  snapshots(): readonly SnapshotSeen[]
  /** Every object there is in the bucket. */
  keys(): readonly string[]
}

/** Opens an empty provider: one bucket, both snapshot APIs. */
export function openInstantProvider(): InstantProvider {
  const images = openInstantImages()
  const instance = openInstantSnapshots('instance', images)
  const block = openInstantSnapshots('block', images)
  return {
    looks: { instance: instance.looks, block: block.looks, images: images.looks, judge: images.judge },
    writes: { instance: instance.writes, block: block.writes, images: images.writes },
    seed: (row) => (row.backend === 'block' ? block : instance).seed(row),
    snapshots: () => [...instance.all(), ...block.all()],
    keys: images.keys,
  }
}
