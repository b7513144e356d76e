import { READ_BYTES_MAX } from './byte-source.ts'
import type { Header } from './header.ts'
import { breach } from './image-error.ts'
import { offsetIn, type TablePiece } from './table.ts'

/** Guest bytes that lie together in the image; lengths and offsets in bytes. A compressed run is one cluster. */
export interface ClusterRun {
  readonly kind: 'raw' | 'compressed'
  readonly guestOffset: number
  readonly guestLength: number
  readonly hostOffset: number
  /** For a compressed run the most its deflate stream can take, counted in sectors by the entry. */
  readonly hostLength: number
}

const COMPRESSED = 0x4000_0000
const ZERO = 1

/**
 * The runs that a piece of an L2 table maps, ascending; holes, zero clusters and what lies behind the end of
 * the disk are left out. `firstCluster` is the guest cluster of the table's entry 0.
 * Neighbouring raw clusters are joined up to 1 MiB, so that small clusters do not cost a read each.
 */
export function* clusterRuns(header: Header, piece: TablePiece, firstCluster: number): Generator<ClusterRun> {
  const clusterBytes = 2 ** header.clusterBits
  const clusterCount = Math.ceil(header.sizeBytes / clusterBytes) - firstCluster - piece.first
  const count = Math.min(piece.count, clusterCount)
  let open: ClusterRun | null = null
  for (let index = 0; index < count; index++) {
    const guestOffset = (firstCluster + piece.first + index) * clusterBytes
    const run: ClusterRun | null = runOf(header, piece.view, index, guestOffset)
    if (run === null) continue
    const joined: ClusterRun | null = open === null ? run : join(open, run)
    if (joined === null && open !== null) yield open
    open = joined ?? run
  }
  if (open !== null) yield open
}

/** Two runs as one, or null when something lies between them or one read could not fetch both. */
function join(open: ClusterRun, run: ClusterRun): ClusterRun | null {
  const length = open.guestLength + run.guestLength
  if (open.kind !== 'raw' || run.kind !== 'raw' || length > READ_BYTES_MAX) return null
  if (open.guestOffset + open.guestLength !== run.guestOffset) return null
  if (open.hostOffset + open.hostLength !== run.hostOffset) return null
  return { ...open, guestLength: length, hostLength: length }
}

function runOf(header: Header, view: DataView, index: number, guestOffset: number): ClusterRun | null {
  const clusterBytes = 2 ** header.clusterBits
  if (view.getUint32(index * 8) & COMPRESSED) return compressedRun(header, view, index, guestOffset)
  if (view.getUint32(index * 8 + 4) & ZERO) {
    if (header.version === 2) throw breach('corrupt', `a version 2 image marks zeros at ${guestOffset}`)
    return null
  }
  const hostOffset = offsetIn(view, index)
  if (hostOffset === 0) return null
  if (hostOffset % clusterBytes !== 0) {
    throw breach('corrupt', `guest byte ${guestOffset} is mapped to byte ${hostOffset}, inside a cluster`)
  }
  return { kind: 'raw', guestOffset, guestLength: clusterBytes, hostOffset, hostLength: clusterBytes }
}

/** Of the low 62 bits the upper clusterBits - 8 count the sectors after the first, the others are the offset. */
function compressedRun(header: Header, view: DataView, index: number, guestOffset: number): ClusterRun {
  const entry = view.getBigUint64(index * 8)
  const offsetBits = BigInt(62 - (header.clusterBits - 8))
  const hostOffset = Number(BigInt.asUintN(Number(offsetBits), entry))
  const sectors = Number(BigInt.asUintN(62, entry) >> offsetBits) + 1
  return {
    kind: 'compressed',
    guestOffset,
    guestLength: 2 ** header.clusterBits,
    hostOffset,
    hostLength: sectors * 512 - (hostOffset % 512),
  }
}
