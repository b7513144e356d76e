import type { DiskRef } from '../disks/disks.ts'
import { type WrittenImage, writeImage } from '../disks/write-image.ts'
import type { Damage, OutcomeFault } from '../faults/fault.ts'
import type { MadeBy } from '../made-by.ts'
import {
  EMPTY_ETAG,
  findObject,
  IMAGE_CONTENT_TYPE,
  type ObjectPlace,
  objectBytes,
  plainHeaders,
  putObject,
  removeObject,
} from '../objects.ts'
import type { Snapshot, Work } from '../snapshot.ts'
import type { World } from '../world.ts'
import { ended, endState } from './end-state.ts'
import { mayStage } from './may-stage.ts'

type ExportWork = Extract<Work, { kind: 'export' }>

const MIB = 1_048_576

/** Recorded part sizes: Instance uploads 128 MiB parts, Block 5 MiB ones. */
const PART_BYTES = { instance: 128 * MIB, block: 5 * MIB } as const

/** The final object was last modified 0.3 to 1.4 s before the state flipped, in five recordings. */
const BEFORE_FLIP_MS = 500

/** The image appears, complete or as the fault says, and then the snapshot leaves `exporting`. */
export async function finishExport(
  world: World,
  snapshot: Snapshot,
  work: ExportWork,
  dueMs: number,
): Promise<void> {
  const { outcome, bucket, key } = work
  if (outcome?.kind === 'export-leaves-nothing' || !mayStage(world, snapshot, work, 's3:PutObject')) {
    const left = findObject(world, { bucket, key })
    if (left !== undefined && objectBytes(left) === 0) removeObject(world, { bucket, key })
  } else if (outcome?.kind === 'export-leaves-placeholder') {
    if (findObject(world, { bucket, key }) === undefined) putPlaceholder(world, { bucket, key }, work.madeBy)
  } else {
    const image = await writeImage(
      world,
      diskFor(world, snapshot, outcome),
      PART_BYTES[snapshot.api],
      spoilingOf(outcome),
    )
    putImage(world, snapshot, work, {
      ...image,
      changedMs: Math.max(snapshot.changedMs, dueMs - BEFORE_FLIP_MS),
    })
  }
  // Read again: a name or tag may have changed while the image was written.
  const now = world.snapshots.get(snapshot.id)
  if (now !== undefined) world.snapshots.put(ended(now, dueMs, endState(outcome, work.backTo)))
}

/** The 0-byte object that an Instance export puts under the key at once, over whatever was there. */
export function putPlaceholder(world: World, place: ObjectPlace, madeBy: MadeBy): void {
  putObject(world, {
    ...place,
    ...plainHeaders(IMAGE_CONTENT_TYPE),
    segments: [],
    etag: EMPTY_ETAG,
    checksums: {},
    changedMs: world.clock.nowMs(),
    exportedFrom: null,
    restoredMs: null,
    madeBy,
  })
}

function putImage(
  world: World,
  snapshot: Snapshot,
  work: ExportWork,
  image: WrittenImage & { changedMs: number },
) {
  const { bucket, key, madeBy } = work
  // Recorded: a Block image small enough for one PUT is called octet-stream.
  const small = snapshot.api === 'block' && !image.etag.includes('-')
  const headers = plainHeaders(small ? 'application/octet-stream' : IMAGE_CONTENT_TYPE)
  putObject(world, {
    bucket,
    key,
    ...headers,
    ...image,
    checksums: {},
    exportedFrom: snapshot.kind,
    restoredMs: null,
    madeBy,
  })
}

function diskFor(world: World, snapshot: Snapshot, outcome: OutcomeFault | null): DiskRef {
  return outcome?.kind === 'export-zeroed-image' ? world.disks.blank(snapshot.disk.sizeBytes) : snapshot.disk
}

const DAMAGE_OF: Partial<Record<OutcomeFault['kind'], Damage>> = {
  'export-bad-image': 'garbage',
  'export-zstd': 'zstd',
  'export-encrypted': 'encrypted',
  'export-backing': 'backing',
}

function spoilingOf(outcome: OutcomeFault | null): { damage: Damage | null; cutBytes: number } {
  const cutBytes = outcome?.kind === 'export-truncated' ? outcome.bytes : 0
  const named = outcome?.kind === 'export-bad-image' ? outcome.as : undefined
  return { damage: named ?? (outcome === null ? null : (DAMAGE_OF[outcome.kind] ?? null)), cutBytes }
}
