import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { inflateRawSync } from 'node:zlib'
import {
  type ByteSource,
  type Disk,
  digestOf,
  digestOfDisk,
  type Extent,
  guestContent,
  judgeHeader,
} from '@snapferry/qcow2'
import type { Collection } from '../store.ts'
import type { Blobs, Draft } from './blobs.ts'
import { fillSeeded, type Range, type SeededData, seededRanges } from './seeded-disk.ts'
import { type Segments, withSegments } from './segments.ts'

/** What a disk holds, without its size: nothing, a generator's data, or a file of extents one after another. */
export type Content = { id: string; digests: Record<string, string> } & (
  | { kind: 'blank' }
  | { kind: 'seeded'; seed: number; ranges: Range[] }
  | { kind: 'file'; ranges: Range[]; blob: string }
)

/** A guest disk of a snapshot or volume: a content, seen at a size in bytes (what lies beyond the content reads as zeros). */
export interface DiskRef {
  content: string
  sizeBytes: number
}

/** All disks of the emulator. */
export interface Disks {
  blank(sizeBytes: number): DiskRef
  seeded(sizeBytes: number, data: SeededData): DiskRef
  /**
   * Reads a whole QCOW2 image and gives its disk to `take`, which puts it into a record before anything can collect it.
   * Throws qcow2's ImageError for an image that cannot be read.
   */
  fromImage(image: Segments, take: (disk: DiskRef) => void): Promise<void>
  use<T>(disk: DiskRef, act: (disk: Disk) => Promise<T>): Promise<T>
  /** Allocated bytes, which is what exports and imports take time for. */
  dataBytes(disk: DiskRef): number
  /** SHA-256 of the guest-visible content (qcow2's canonical form), as hex. */
  digest(disk: DiskRef): Promise<string>
  /** Removes contents that none of `used` names. */
  collect(used: ReadonlySet<string>): void
}

const BLANK = 'blank'

/** Opens the disks kept in `contents`, whose files lie in `blobs`. */
export function openDisks(contents: Collection<Content>, blobs: Blobs): Disks {
  for (const content of contents.all()) if (content.kind === 'file') blobs.hold(content.blob)
  const contentOf = (disk: DiskRef): Content => {
    const content = contents.get(disk.content)
    if (content === undefined) throw new Error(`no content ${disk.content}`)
    return content
  }
  const use = <T>(disk: DiskRef, act: (disk: Disk) => Promise<T>) =>
    openDisk(contentOf(disk), disk.sizeBytes, blobs, act)
  const digest = async (disk: DiskRef) => {
    const known = contentOf(disk).digests[disk.sizeBytes]
    if (known !== undefined) return known
    const made = await use(disk, (opened) => digestOfDisk(opened, sha256()))
    const content = contentOf(disk)
    contents.put({ ...content, digests: { ...content.digests, [disk.sizeBytes]: made } })
    return made
  }
  return {
    blank: (sizeBytes) => refTo(contents, { id: BLANK, digests: {}, kind: 'blank' }, sizeBytes),
    seeded(sizeBytes, data) {
      const ranges = seededRanges(sizeBytes, data)
      const id = `seeded-${createHash('sha256')
        .update(JSON.stringify([data.seed, ranges]))
        .digest('hex')}`
      return refTo(contents, { id, digests: {}, kind: 'seeded', seed: data.seed, ranges }, sizeBytes)
    },
    fromImage: (image, take) =>
      withSegments(blobs, image, (source) => readImage(source, contents, blobs, take)),
    use,
    dataBytes: (disk) => rangesOf(contentOf(disk)).reduce((sum, range) => sum + range.length, 0),
    digest,
    collect(used) {
      for (const content of contents.all()) {
        if (used.has(content.id)) continue
        contents.remove(content.id)
        if (content.kind === 'file') blobs.release(content.blob)
      }
    },
  }
}

function refTo(contents: Collection<Content>, content: Content, sizeBytes: number): DiskRef {
  if (contents.get(content.id) === undefined) contents.put(content)
  return { content: content.id, sizeBytes }
}

function rangesOf(content: Content): readonly Range[] {
  return content.kind === 'blank' ? [] : content.ranges
}

function sha256() {
  const hash = createHash('sha256')
  return { update: (bytes: Uint8Array) => void hash.update(bytes), hex: () => hash.digest('hex') }
}

/** One pass: extents go to a draft file and to the digest; a content that is known already keeps its old file. */
async function readImage(
  source: ByteSource,
  contents: Collection<Content>,
  blobs: Blobs,
  take: (disk: DiskRef) => void,
): Promise<void> {
  const sizeBytes = judgeHeader(await source.read(0, 65_536)).sizeBytes ?? 0
  const draft = await blobs.draft()
  const ranges: Range[] = []
  try {
    const digest = await digestOf(sizeBytes, kept(guestContent(source, inflate), draft, ranges), sha256())
    const known = contents.all().find((content) => content.digests[sizeBytes] === digest)
    if (known !== undefined) {
      take({ content: known.id, sizeBytes })
      return await draft.drop()
    }
    const { blob } = await draft.keep()
    const digests = { [sizeBytes]: digest }
    take(refTo(contents, { id: `guest-${digest}`, digests, kind: 'file', ranges, blob }, sizeBytes))
  } catch (cause) {
    await draft.drop()
    throw cause
  }
}

async function* kept(extents: AsyncIterable<Extent>, draft: Draft, ranges: Range[]): AsyncGenerator<Extent> {
  for await (const extent of extents) {
    await draft.write(extent.bytes)
    const last = ranges.at(-1)
    if (last !== undefined && last.offset + last.length === extent.offset) last.length += extent.bytes.length
    else ranges.push({ offset: extent.offset, length: extent.bytes.length })
    yield extent
  }
}

function inflate(deflated: Uint8Array, sizeMax: number): Uint8Array {
  return inflateRawSync(deflated, { maxOutputLength: sizeMax })
}

async function openDisk<T>(
  content: Content,
  sizeBytes: number,
  blobs: Blobs,
  act: (disk: Disk) => Promise<T>,
): Promise<T> {
  const ranges = rangesOf(content)
  const file = content.kind === 'file' ? await open(blobs.pathOf(content.blob), 'r') : null
  const fill = async (part: Uint8Array, offset: number, fileOffset: number) => {
    if (content.kind === 'seeded') fillSeeded(part, offset, content.seed)
    else await file?.read(part, 0, part.length, fileOffset)
  }
  const read = async (offset: number, length: number) => {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, sizeBytes - offset)))
    let fileStart = 0
    for (const range of ranges) {
      const from = Math.max(offset, range.offset)
      const to = Math.min(offset + bytes.length, range.offset + range.length)
      if (from < to)
        await fill(bytes.subarray(from - offset, to - offset), from, fileStart + from - range.offset)
      fileStart += range.length
    }
    return bytes
  }
  try {
    return await act({ sizeBytes, ranges, read })
  } finally {
    await file?.close()
  }
}
