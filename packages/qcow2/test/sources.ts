import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { ByteSource, Image } from '../src/index.ts'

/** An image in memory. */
export function memoryImage(bytes: Uint8Array): ByteSource {
  return {
    length: bytes.length,
    async read(offset, length) {
      return bytes.slice(offset, offset + length)
    },
  }
}

/** An image in a file, closed with `using`. */
export function fileImage(path: string): ByteSource & Disposable {
  const file = openSync(path, 'r')
  return {
    length: fstatSync(file).size,
    async read(offset, length) {
      const bytes = new Uint8Array(length)
      return bytes.subarray(0, readSync(file, bytes, 0, length, offset))
    },
    [Symbol.dispose]() {
      closeSync(file)
    },
  }
}

/** What was asked of a source, to see that no length inside the image decides over our memory. */
export interface Watched extends ByteSource {
  largestBytes: number
  totalBytes: number
  reads: number
}

export function watched(source: ByteSource): Watched {
  const seen: Watched = {
    length: source.length,
    largestBytes: 0,
    totalBytes: 0,
    reads: 0,
    async read(offset, length) {
      seen.reads++
      seen.largestBytes = Math.max(seen.largestBytes, length)
      seen.totalBytes += length
      return source.read(offset, length)
    },
  }
  return seen
}

export async function bytesOf(image: Image): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of image.chunks()) chunks.push(chunk)
  return new Uint8Array(Buffer.concat(chunks))
}
