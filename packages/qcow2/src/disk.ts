import { READ_BYTES_MAX } from './byte-source.ts'

/** One run of guest data: `bytes` starts at guest offset `offset` (bytes from the start of the disk). */
export interface Extent {
  readonly offset: number
  readonly bytes: Uint8Array
}

/** A stretch of a disk, in bytes. */
export interface Range {
  readonly offset: number
  readonly length: number
}

/**
 * A disk by its extents, never by its zeros: whatever `ranges` leaves out reads as zeros. Ranges ascend and do
 * not overlap. `read` is only asked for bytes inside one range, at most 1 MiB at a time, and returns all of them.
 */
export interface Disk {
  readonly sizeBytes: number
  readonly ranges: readonly Range[]
  read(offset: number, length: number): Promise<Uint8Array>
}

/** A disk's content in ascending extents of at most 1 MiB. */
export async function* extentsOf(disk: Disk): AsyncGenerator<Extent> {
  for (const range of disk.ranges) {
    const end = range.offset + range.length
    for (let at = range.offset; at < end; at += READ_BYTES_MAX) {
      yield { offset: at, bytes: await readDisk(disk, at, Math.min(READ_BYTES_MAX, end - at)) }
    }
  }
}

/** Reads from a disk and throws when it breaks its promise to return all the bytes. */
export async function readDisk(disk: Disk, offset: number, length: number): Promise<Uint8Array> {
  const bytes = await disk.read(offset, length)
  if (bytes.length !== length) {
    throw new RangeError(`the disk returned ${bytes.length} of ${length} bytes at byte ${offset}`)
  }
  return bytes
}

/** Throws a RangeError, naming the range, unless all ranges ascend, do not overlap and lie inside the disk. */
export function checkRanges({ sizeBytes, ranges }: Disk): void {
  let end = 0
  for (const { offset, length } of ranges) {
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || length < 1) {
      throw new RangeError(`not a range of a disk: ${length} bytes at byte ${offset}`)
    }
    if (offset < end)
      throw new RangeError(`the range at byte ${offset} begins before byte ${end}, where one ends`)
    end = offset + length
    if (end > sizeBytes)
      throw new RangeError(`the range at byte ${offset} ends behind the disk's ${sizeBytes} bytes`)
  }
}
