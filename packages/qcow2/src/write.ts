import { type Disk, readDisk } from './disk.ts'
import { HEADER_BYTES } from './header.ts'
import {
  CLUSTER_BYTES,
  type DataRun,
  ENTRIES_PER_CLUSTER,
  type Layout,
  layoutOf,
  REFCOUNTS_PER_BLOCK,
} from './layout.ts'

/** An image about to be written: its length is known before its first byte. */
export interface Image {
  readonly lengthBytes: number
  /** The image's bytes in file order, at most 1 MiB at a time. May be called again: each call starts anew. */
  chunks(): AsyncGenerator<Uint8Array>
}

/**
 * The QCOW2 image of a disk: version 3, 64 KiB clusters, 16-bit refcounts, no compression, each cluster that a
 * range touches written once, clean to `qemu-img check`. Throws a RangeError on a disk that cannot be one.
 */
export function imageOf(disk: Disk): Image {
  const layout = layoutOf(disk)
  return {
    lengthBytes: layout.clusterCount * CLUSTER_BYTES,
    async *chunks() {
      yield headerCluster(layout)
      yield* refcountTable(layout)
      yield* refcountBlocks(layout)
      yield* l1Table(layout)
      yield* l2Tables(layout)
      yield* data(disk, layout)
    },
  }
}

function headerCluster(layout: Layout): Uint8Array {
  const bytes = new Uint8Array(CLUSTER_BYTES)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, 0x514649fb)
  view.setUint32(4, 3)
  view.setUint32(20, Math.log2(CLUSTER_BYTES))
  view.setBigUint64(24, BigInt(layout.sizeBytes))
  view.setUint32(36, layout.l1Entries)
  view.setBigUint64(40, BigInt(layout.l1Table.at * CLUSTER_BYTES))
  view.setBigUint64(48, BigInt(layout.refcountTable.at * CLUSTER_BYTES))
  view.setUint32(56, layout.refcountTable.count)
  view.setUint32(96, 4)
  view.setUint32(100, HEADER_BYTES)
  return bytes
}

function* refcountTable({ refcountTable: table, refcountBlocks: blocks }: Layout): Generator<Uint8Array> {
  for (let from = 0; from < table.count * ENTRIES_PER_CLUSTER; from += ENTRIES_PER_CLUSTER) {
    const view = emptyTable()
    for (let index = 0; index < ENTRIES_PER_CLUSTER && from + index < blocks.count; index++) {
      setEntry(view, index, blocks.at + from + index, 0)
    }
    yield bytesOf(view)
  }
}

function* refcountBlocks({ refcountBlocks: blocks, clusterCount }: Layout): Generator<Uint8Array> {
  for (let index = 0; index < blocks.count; index++) {
    const view = emptyTable()
    const counted = Math.min(REFCOUNTS_PER_BLOCK, clusterCount - index * REFCOUNTS_PER_BLOCK)
    for (let at = 0; at < counted; at++) view.setUint16(at * 2, 1)
    yield bytesOf(view)
  }
}

/** Bit 63 of an L1 or L2 entry: the refcount of what it points to is exactly 1. */
const COPIED = 0x8000_0000

function* l1Table({ l1Table: table, l2Indexes, l2At }: Layout): Generator<Uint8Array> {
  let ordinal = 0
  for (let from = 0; from < table.count * ENTRIES_PER_CLUSTER; from += ENTRIES_PER_CLUSTER) {
    const view = emptyTable()
    for (; ordinal < l2Indexes.length; ordinal++) {
      const index = (l2Indexes[ordinal] ?? 0) - from
      if (index >= ENTRIES_PER_CLUSTER) break
      setEntry(view, index, l2At + ordinal, COPIED)
    }
    yield bytesOf(view)
  }
}

function* l2Tables({ l2Indexes, dataAt, dataRuns }: Layout): Generator<Uint8Array> {
  let current = 0
  for (const l2Index of l2Indexes) {
    const view = emptyTable()
    const from = l2Index * ENTRIES_PER_CLUSTER
    const end = from + ENTRIES_PER_CLUSTER
    for (let run = dataRuns[current]; run !== undefined && run.first < end; run = dataRuns[current]) {
      const runEnd = run.first + run.count
      for (let cluster = Math.max(run.first, from); cluster < Math.min(runEnd, end); cluster++) {
        setEntry(view, cluster - from, dataAt + run.ordinal + cluster - run.first, COPIED)
      }
      // A run that goes on in the next table is looked at again there.
      if (runEnd > end) break
      current++
    }
    yield bytesOf(view)
  }
}

/** 16 clusters of 64 KiB are the 1 MiB that a disk is asked for at most. */
const CLUSTERS_PER_CHUNK = 16

async function* data(disk: Disk, { dataRuns }: Layout): AsyncGenerator<Uint8Array> {
  let current = 0
  for (const run of dataRuns) {
    for (const chunk of chunksOf(run)) {
      const bytes = new Uint8Array(chunk.length)
      const end = chunk.offset + chunk.length
      for (
        let range = disk.ranges[current];
        range !== undefined && range.offset < end;
        range = disk.ranges[current]
      ) {
        const from = Math.max(range.offset, chunk.offset)
        const rangeEnd = range.offset + range.length
        bytes.set(await readDisk(disk, from, Math.min(rangeEnd, end) - from), from - chunk.offset)
        // A range that goes on in the next chunk is looked at again there.
        if (rangeEnd > end) break
        current++
      }
      yield bytes
    }
  }
}

function* chunksOf({ first, count }: DataRun): Generator<{ offset: number; length: number }> {
  for (let at = 0; at < count; at += CLUSTERS_PER_CHUNK) {
    const length = Math.min(CLUSTERS_PER_CHUNK, count - at) * CLUSTER_BYTES
    yield { offset: (first + at) * CLUSTER_BYTES, length }
  }
}

function emptyTable(): DataView {
  return new DataView(new ArrayBuffer(CLUSTER_BYTES))
}

function setEntry(view: DataView, index: number, cluster: number, flags: number): void {
  const offset = cluster * CLUSTER_BYTES
  view.setUint32(index * 8, (Math.floor(offset / 2 ** 32) | flags) >>> 0)
  view.setUint32(index * 8 + 4, offset % 2 ** 32)
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer)
}
