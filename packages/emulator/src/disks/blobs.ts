import { createHash } from 'node:crypto'
import { createReadStream, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'

/** Bytes that never change, named by their SHA-256; equal bytes are kept once and go when the last holder lets go. */
export interface Blob {
  blob: string
  sizeBytes: number
}

/** Bytes on their way into the store. */
export interface Draft {
  write(chunk: Uint8Array): Promise<void>
  /** Puts the bytes into the store. The caller then holds the blob once and must release it, or give the hold to a record. */
  keep(): Promise<Blob>
  drop(): Promise<void>
}

/** The store of all bytes, as files in one folder. */
export interface Blobs {
  draft(): Promise<Draft>
  hold(blob: string): void
  release(blob: string): void
  has(blob: string): boolean
  pathOf(blob: string): string
  /** Bytes `from` to `to`, both included. The file is opened before this returns, so a later release does not matter. */
  stream(blob: string, range: { from: number; to: number }): Readable
  /** Removes what no one holds: leftovers of a killed process. Call once, after every record has taken its holds. */
  sweep(): void
}

/** Opens the folder. Nothing is held yet: records take their holds first, then `sweep`. */
export function openBlobs(folder: string): Blobs {
  mkdirSync(folder, { recursive: true })
  const holders = new Map<string, number>()
  const pathOf = (blob: string) => join(folder, blob)
  const hold = (blob: string) => void holders.set(blob, (holders.get(blob) ?? 0) + 1)
  let drafts = 0
  return {
    draft: () => openDraft(pathOf(`draft-${process.pid}-${drafts++}`), pathOf, hold),
    hold,
    release(blob) {
      const left = (holders.get(blob) ?? 0) - 1
      if (left > 0) return void holders.set(blob, left)
      holders.delete(blob)
      rmSync(pathOf(blob), { force: true })
    },
    has: (blob) => holders.has(blob),
    pathOf,
    stream(blob, range) {
      const fd = openSync(pathOf(blob), 'r')
      return createReadStream('', { fd, start: range.from, end: range.to, highWaterMark: 1 << 20 })
    },
    sweep() {
      for (const name of readdirSync(folder)) if (!holders.has(name)) rmSync(join(folder, name))
    },
  }
}

/** Writes a stream of chunks as one blob; what was written is dropped when the stream fails. */
export async function writeBlob(
  blobs: Blobs,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<Blob> {
  const draft = await blobs.draft()
  try {
    for await (const chunk of chunks) await draft.write(chunk)
  } catch (cause) {
    await draft.drop()
    throw cause
  }
  return draft.keep()
}

/** Small chunks are gathered to this many bytes before they go to the file. */
const GATHERED_BYTES = 262_144

async function openDraft(
  path: string,
  pathOf: (blob: string) => string,
  hold: (blob: string) => void,
): Promise<Draft> {
  const hash = createHash('sha256')
  const file = await open(path, 'w')
  const gathered = Buffer.allocUnsafe(GATHERED_BYTES)
  let gatheredBytes = 0
  let sizeBytes = 0
  const flush = async () => {
    if (gatheredBytes > 0) await file.writeFile(gathered.subarray(0, gatheredBytes))
    gatheredBytes = 0
  }
  return {
    async write(chunk) {
      hash.update(chunk)
      sizeBytes += chunk.length
      if (gatheredBytes + chunk.length > GATHERED_BYTES) await flush()
      if (chunk.length > GATHERED_BYTES) return file.writeFile(chunk)
      // Copied: whoever yields chunks may use their memory again for the next one.
      gathered.set(chunk, gatheredBytes)
      gatheredBytes += chunk.length
    },
    async keep() {
      await flush()
      await file.close()
      const blob = hash.digest('hex')
      // Held before the rename: a release of the same bytes in between must not remove the new file.
      hold(blob)
      await rename(path, pathOf(blob))
      return { blob, sizeBytes }
    },
    async drop() {
      await file.close()
      await rm(path, { force: true })
    },
  }
}
