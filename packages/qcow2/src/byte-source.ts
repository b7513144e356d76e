import { breach, type ImageError } from './image-error.ts'

/**
 * Random access to an image's bytes. `length` is the image's own length in bytes; `read` takes an offset and
 * a length in bytes and may return fewer bytes only at the end of the image. Calls never overlap in time.
 */
export interface ByteSource {
  readonly length: number
  read(offset: number, length: number): Promise<Uint8Array>
}

/** The longest single read this package asks of a source, in bytes: 1 MiB. */
export const READ_BYTES_MAX = 1_048_576

/**
 * Reads exactly `length` bytes, in pieces of at most `READ_BYTES_MAX`.
 * Callers pass lengths they have capped; a range that leaves the image is an ImageError 'truncated' before
 * anything is allocated, and so is a source that ends earlier than it said.
 */
export async function readWhole(image: ByteSource, offset: number, length: number): Promise<Uint8Array> {
  if (offset + length > image.length) throw outside(offset, length, image.length)
  if (length <= READ_BYTES_MAX) return readPiece(image, offset, length)
  const whole = new Uint8Array(length)
  for (let done = 0; done < length; done += READ_BYTES_MAX) {
    const pieceLength = Math.min(READ_BYTES_MAX, length - done)
    whole.set(await readPiece(image, offset + done, pieceLength), done)
  }
  return whole
}

async function readPiece(image: ByteSource, offset: number, length: number): Promise<Uint8Array> {
  const bytes = await image.read(offset, length)
  if (bytes.length < length) throw outside(offset, length, offset + bytes.length)
  return bytes.length === length ? bytes : bytes.subarray(0, length)
}

function outside(offset: number, length: number, end: number): ImageError {
  return breach(
    'truncated',
    `the image ends at byte ${end}, but ${length} bytes are needed from byte ${offset}`,
  )
}
