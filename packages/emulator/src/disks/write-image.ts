import { imageOf } from '@snapferry/qcow2'
import type { Damage } from '../faults/fault.ts'
import { openEtagMeter } from '../s3/etag.ts'
import { type Blob, type Blobs, writeBlob } from './blobs.ts'
import { cutAfter, DAMAGE, patched } from './damage.ts'
import type { DiskRef, Disks } from './disks.ts'

/** A picture of a disk in the blob store, held once for the caller. */
export interface WrittenImage {
  segments: Blob[]
  etag: string
}

/** How a picture is to differ from a good one. */
export interface Spoiling {
  damage: Damage | null
  /** Bytes to leave away at the end. */
  cutBytes: number
}

/** Writes a disk as QCOW2 (version 3, 64 KiB clusters). `partBytes` is the part size its ETag shows. */
export async function writeImage(
  { disks, blobs }: { disks: Disks; blobs: Blobs },
  disk: DiskRef,
  partBytes: number,
  spoiling: Spoiling,
): Promise<WrittenImage> {
  return disks.use(disk, async (opened) => {
    const image = imageOf(opened)
    const meter = openEtagMeter(partBytes)
    const whole = patched(image.chunks(), spoiling.damage === null ? [] : DAMAGE[spoiling.damage])
    const wanted = cutAfter(whole, Math.max(0, image.lengthBytes - spoiling.cutBytes))
    const blob = await writeBlob(blobs, metered(wanted, meter.update))
    return { segments: [blob], etag: meter.etag() }
  })
}

async function* metered(chunks: AsyncIterable<Uint8Array>, pass: (chunk: Uint8Array) => void) {
  for await (const chunk of chunks) {
    pass(chunk)
    yield chunk
  }
}
