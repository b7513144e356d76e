import { checkRanges, type Disk } from './disk.ts'
import { L1_BYTES_MAX } from './judge.ts'

/** The size of a cluster in images we write, in bytes: 64 KiB, as the provider's own exports have. */
export const CLUSTER_BYTES = 65_536

/** Guest clusters that one L2 table maps, and entries of any table that fit one cluster. */
export const ENTRIES_PER_CLUSTER = CLUSTER_BYTES / 8

/** Clusters that one refcount block counts, at 16 bits each. */
export const REFCOUNTS_PER_BLOCK = CLUSTER_BYTES / 2

/** Consecutive guest clusters with data; `ordinal` is the place of the first among all clusters with data. */
export interface DataRun {
  readonly first: number
  readonly count: number
  readonly ordinal: number
}

/** Where everything lies in an image we write. Places and counts are in clusters. */
export interface Layout {
  readonly sizeBytes: number
  readonly l1Entries: number
  readonly refcountTable: { readonly at: number; readonly count: number }
  readonly refcountBlocks: { readonly at: number; readonly count: number }
  readonly l1Table: { readonly at: number; readonly count: number }
  /** The L1 entries that have an L2 table, ascending; their tables lie in this order from `l2At` on. */
  readonly l2Indexes: readonly number[]
  readonly l2At: number
  readonly dataAt: number
  readonly dataRuns: readonly DataRun[]
  readonly clusterCount: number
}

/**
 * Lays out an image: header, refcount table, refcount blocks, L1 table, L2 tables, data, without a gap.
 * Throws a RangeError on a disk that cannot be one (size not a multiple of 512, ranges outside or overlapping).
 */
export function layoutOf(disk: Disk): Layout {
  checkSize(disk.sizeBytes)
  checkRanges(disk)
  const dataRuns = dataRunsOf(disk)
  const l2Indexes = l2IndexesOf(dataRuns)
  const l1Entries = Math.ceil(disk.sizeBytes / (CLUSTER_BYTES * ENTRIES_PER_CLUSTER))
  const l1Count = Math.ceil(l1Entries / ENTRIES_PER_CLUSTER)
  const dataCount = dataRuns.reduce((sum, run) => sum + run.count, 0)
  const refcounts = refcountClusters(1 + l1Count + l2Indexes.length + dataCount)
  const l1At = 1 + refcounts.table + refcounts.blocks
  const l2At = l1At + l1Count
  const dataAt = l2At + l2Indexes.length
  return {
    sizeBytes: disk.sizeBytes,
    l1Entries,
    refcountTable: { at: 1, count: refcounts.table },
    refcountBlocks: { at: 1 + refcounts.table, count: refcounts.blocks },
    l1Table: { at: l1At, count: l1Count },
    l2Indexes,
    l2At,
    dataAt,
    dataRuns,
    clusterCount: dataAt + dataCount,
  }
}

function checkSize(sizeBytes: number): void {
  const sizeBytesMax = (L1_BYTES_MAX / 8) * CLUSTER_BYTES * ENTRIES_PER_CLUSTER
  if (Number.isSafeInteger(sizeBytes) && sizeBytes > 0 && sizeBytes % 512 === 0 && sizeBytes <= sizeBytesMax)
    return
  throw new RangeError(
    `not the size of a disk: ${sizeBytes} bytes; a multiple of 512 up to ${sizeBytesMax} is`,
  )
}

/** The guest clusters that the ranges touch; ranges that meet in a cluster share it. */
function dataRunsOf({ ranges }: Disk): readonly DataRun[] {
  const runs: DataRun[] = []
  for (const { offset, length } of ranges) {
    const last = runs.at(-1)
    const begin = Math.floor(offset / CLUSTER_BYTES)
    const end = Math.ceil((offset + length) / CLUSTER_BYTES)
    const lastEnd = last === undefined ? -1 : last.first + last.count
    if (last !== undefined && begin <= lastEnd) {
      runs[runs.length - 1] = { ...last, count: Math.max(lastEnd, end) - last.first }
    } else {
      runs.push({
        first: begin,
        count: end - begin,
        ordinal: last === undefined ? 0 : last.ordinal + last.count,
      })
    }
  }
  return runs
}

function l2IndexesOf(dataRuns: readonly DataRun[]): readonly number[] {
  const indexes: number[] = []
  for (const { first, count } of dataRuns) {
    const end = Math.floor((first + count - 1) / ENTRIES_PER_CLUSTER)
    for (let index = Math.floor(first / ENTRIES_PER_CLUSTER); index <= end; index++) {
      if (indexes.at(-1) !== index) indexes.push(index)
    }
  }
  return indexes
}

/** The refcount structures count themselves too, so their size is found by growing it until it is enough. */
function refcountClusters(others: number): { table: number; blocks: number } {
  let blocks = 1
  let table = 1
  for (;;) {
    const blocksNeeded = Math.ceil((others + table + blocks) / REFCOUNTS_PER_BLOCK)
    const tableNeeded = Math.ceil(blocksNeeded / ENTRIES_PER_CLUSTER)
    if (blocksNeeded === blocks && tableNeeded === table) return { table, blocks }
    blocks = blocksNeeded
    table = tableNeeded
  }
}
