import { open } from 'node:fs/promises'
import type { ByteSource } from '@snapferry/qcow2'
import type { Blob, Blobs } from './blobs.ts'

/** An object's bytes: one blob, or the parts of a multipart upload one after another. */
export type Segments = readonly Blob[]

/** Length of them all, in bytes. */
export function segmentsBytes(segments: Segments): number {
  return segments.reduce((sum, segment) => sum + segment.sizeBytes, 0)
}

/** Takes one hold on each segment. */
export function holdSegments(blobs: Blobs, segments: Segments): void {
  for (const segment of segments) blobs.hold(segment.blob)
}

/** Gives the holds back. */
export function releaseSegments(blobs: Blobs, segments: Segments): void {
  for (const segment of segments) blobs.release(segment.blob)
}

/** Streams bytes `from` to `to`, both included; the bytes stay until the stream ends, whatever is deleted meanwhile. */
export function streamSegments(
  blobs: Blobs,
  segments: Segments,
  range: { from: number; to: number },
): AsyncGenerator<Uint8Array> {
  holdSegments(blobs, segments)
  return streamHeld(blobs, segments, range)
}

async function* streamHeld(
  blobs: Blobs,
  segments: Segments,
  range: { from: number; to: number },
): AsyncGenerator<Uint8Array> {
  let start = 0
  try {
    for (const segment of segments) {
      const from = Math.max(range.from - start, 0)
      const to = Math.min(range.to - start, segment.sizeBytes - 1)
      if (from <= to) yield* blobs.stream(segment.blob, { from, to })
      start += segment.sizeBytes
    }
  } finally {
    releaseSegments(blobs, segments)
  }
}

/** Lets `use` read the bytes at random; files are open, and held, only while it runs. */
export async function withSegments<T>(
  blobs: Blobs,
  segments: Segments,
  use: (source: ByteSource) => Promise<T>,
): Promise<T> {
  holdSegments(blobs, segments)
  const length = segmentsBytes(segments)
  const files = await Promise.all(segments.map((segment) => open(blobs.pathOf(segment.blob), 'r')))
  const read = async (offset: number, wanted: number) => {
    const bytes = new Uint8Array(Math.max(0, Math.min(wanted, length - offset)))
    let start = 0
    for (const [at, segment] of segments.entries()) {
      const from = Math.max(offset, start)
      const to = Math.min(offset + bytes.length, start + segment.sizeBytes)
      if (from < to) await files[at]?.read(bytes, from - offset, to - from, from - start)
      start += segment.sizeBytes
    }
    return bytes
  }
  try {
    return await use({ length, read })
  } finally {
    await Promise.all(files.map((file) => file.close()))
    releaseSegments(blobs, segments)
  }
}
