import { BLOCK_BYTES, nonZeroBlocks } from './block.ts'
import type { ByteSource } from './byte-source.ts'
import { checkRanges, type Disk, type Extent, extentsOf } from './disk.ts'
import { contentBehind, type Inflate, openImage } from './read.ts'

/** A streaming SHA-256, injected: `update` must not keep `bytes`, which are used again; `hex` ends it. */
export interface Hash {
  update(bytes: Uint8Array): void
  hex(): string
}

/**
 * The digest of a disk's content in its canonical form. For each aligned 4096-byte block that is not all zero,
 * ascending: its offset as 8 bytes big endian, then its 4096 bytes (the last block padded with zeros); at the
 * end the disk's size as 8 bytes big endian. Equal content and size give equal digests, however laid out.
 * Throws a RangeError on extents that do not ascend, overlap or leave the disk.
 */
export async function digestOf(
  sizeBytes: number,
  extents: AsyncIterable<Extent> | Iterable<Extent>,
  hash: Hash,
): Promise<string> {
  const record = new Uint8Array(8 + BLOCK_BYTES)
  const view = new DataView(record.buffer)
  for await (const { offset, bytes } of nonZeroBlocks(extents, sizeBytes)) {
    for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
      view.setBigUint64(0, BigInt(offset + at))
      record.set(bytes.subarray(at, at + BLOCK_BYTES), 8)
      hash.update(record)
    }
  }
  view.setBigUint64(0, BigInt(sizeBytes))
  hash.update(record.subarray(0, 8))
  return hash.hex()
}

/** The digest of the disk inside an image. Throws an ImageError when the image breaks a rule. */
export async function digestOfImage(
  image: ByteSource,
  { inflate, hash }: { inflate: Inflate; hash: Hash },
): Promise<string> {
  const header = await openImage(image)
  return digestOf(header.sizeBytes, contentBehind(image, header, inflate), hash)
}

/** The digest of a disk that is still to be written into an image. */
export async function digestOfDisk(disk: Disk, hash: Hash): Promise<string> {
  checkRanges(disk)
  return digestOf(disk.sizeBytes, extentsOf(disk), hash)
}
