import { type HeaderExtension, listExtensions } from './header-extension.ts'
import type { Rule } from './rule.ts'

/**
 * The fields of a QCOW2 header (QEMU's docs/interop/qcow2.txt, all big endian). Offsets and sizes are bytes
 * and safe integers. A version 2 header has no feature fields: they read as zero, with 16-bit refcounts.
 */
export interface Header {
  readonly version: 2 | 3
  readonly backingFileOffset: number
  readonly backingFileSize: number
  /** log2 of the cluster size in bytes, 9 to 21. */
  readonly clusterBits: number
  /** The size of the disk that a guest sees, in bytes. */
  readonly sizeBytes: number
  /** 0 none, 1 AES, 2 LUKS. */
  readonly cryptMethod: number
  /** Entries of the L1 table, 8 bytes each. As written in the file: not to be trusted before judgeHeader. */
  readonly l1Size: number
  readonly l1TableOffset: number
  readonly refcountTableOffset: number
  /** Clusters of the refcount table. As written in the file: not to be trusted before judgeHeader. */
  readonly refcountTableClusters: number
  readonly snapshotCount: number
  readonly snapshotTableOffset: number
  readonly incompatibleFeatures: bigint
  readonly compatibleFeatures: bigint
  readonly autoclearFeatures: bigint
  /** log2 of the width of one refcount in bits. */
  readonly refcountOrder: number
  readonly headerLength: number
  /** 0 zlib, 1 zstd. */
  readonly compressionType: number
  /** As far as the bytes given to parseHeader reach. */
  readonly extensions: readonly HeaderExtension[]
}

/** A header, or the rule that its bytes break and a sentence with the place. */
export type ParsedHeader = { ok: true; header: Header } | { ok: false; broken: Rule; text: string }

/** Bytes from the start of an image that are enough for every field of `Header` but the extensions. */
export const HEADER_BYTES = 112

const VERSION_2_BYTES = 72
const VERSION_3_BYTES = 104
const MAGIC = 0x514649fb
const CLUSTER_BITS_MIN = 9
const CLUSTER_BITS_MAX = 21

/** Reads a header from the first bytes of an image (112 are enough). Never throws, whatever the bytes. */
export function parseHeader(bytes: Uint8Array): ParsedHeader {
  if (bytes.length === 0) return broken('empty', 'the image has no bytes')
  if (!beginsWithMagic(bytes)) return broken('not-qcow2', 'byte 0 does not begin with the magic "QFI\\xfb"')
  if (bytes.length < VERSION_2_BYTES) return cutShort(bytes.length, VERSION_2_BYTES)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const version = view.getUint32(4)
  if (version !== 2 && version !== 3) {
    return broken('not-qcow2', `byte 4 gives version ${version}; 2 and 3 are known`)
  }
  const clusterBits = view.getUint32(20)
  if (clusterBits < CLUSTER_BITS_MIN || clusterBits > CLUSTER_BITS_MAX) {
    return broken('not-qcow2', `byte 20 gives clusters of 2^${clusterBits} bytes; 2^9 to 2^21 are possible`)
  }
  if (version === 2) return assemble(view, { version, clusterBits, headerLength: VERSION_2_BYTES })
  if (bytes.length < VERSION_3_BYTES) return cutShort(bytes.length, VERSION_3_BYTES)
  const headerLength = view.getUint32(100)
  if (headerLength < VERSION_3_BYTES || headerLength > 2 ** clusterBits) {
    return broken(
      'not-qcow2',
      `byte 100 gives a header of ${headerLength} bytes; ${VERSION_3_BYTES} to one cluster are possible`,
    )
  }
  const needed = Math.min(headerLength, HEADER_BYTES)
  if (bytes.length < needed) return cutShort(bytes.length, needed)
  return assemble(view, { version, clusterBits, headerLength })
}

type Frame = Pick<Header, 'version' | 'clusterBits' | 'headerLength'>

function assemble(view: DataView, frame: Frame): ParsedHeader {
  const unsafe = unsafeField(view)
  if (unsafe !== null) return unsafe
  const extended = frame.version === 3
  const header: Header = {
    ...frame,
    backingFileOffset: wide(view, 8),
    backingFileSize: view.getUint32(16),
    sizeBytes: wide(view, 24),
    cryptMethod: view.getUint32(32),
    l1Size: view.getUint32(36),
    l1TableOffset: wide(view, 40),
    refcountTableOffset: wide(view, 48),
    refcountTableClusters: view.getUint32(56),
    snapshotCount: view.getUint32(60),
    snapshotTableOffset: wide(view, 64),
    incompatibleFeatures: extended ? view.getBigUint64(72) : 0n,
    compatibleFeatures: extended ? view.getBigUint64(80) : 0n,
    autoclearFeatures: extended ? view.getBigUint64(88) : 0n,
    refcountOrder: extended ? view.getUint32(96) : 4,
    compressionType: frame.headerLength > VERSION_3_BYTES ? view.getUint8(104) : 0,
    extensions: listExtensions(view, frame.headerLength, 2 ** frame.clusterBits),
  }
  return { ok: true, header }
}

/** The 8-byte fields, where they stand, and what a value that no file or disk can have says of the image. */
const WIDE_FIELDS: readonly { at: number; name: string; rule: Rule }[] = [
  { at: 8, name: 'the backing file name', rule: 'backing-chain' },
  { at: 24, name: 'the end of the disk', rule: 'too-large' },
  { at: 40, name: 'the L1 table', rule: 'not-qcow2' },
  { at: 48, name: 'the refcount table', rule: 'not-qcow2' },
  { at: 64, name: 'the snapshot table', rule: 'not-qcow2' },
]

function unsafeField(view: DataView): ParsedHeader | null {
  for (const { at, name, rule } of WIDE_FIELDS) {
    if (wide(view, at) > Number.MAX_SAFE_INTEGER) {
      return broken(rule, `byte ${at} puts ${name} at ${view.getBigUint64(at)}, beyond any disk`)
    }
  }
  return null
}

function wide(view: DataView, at: number): number {
  return view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4)
}

function beginsWithMagic(bytes: Uint8Array): boolean {
  const magic = [MAGIC >>> 24, (MAGIC >>> 16) & 0xff, (MAGIC >>> 8) & 0xff, MAGIC & 0xff]
  return magic.every((byte, at) => at >= bytes.length || bytes[at] === byte)
}

function cutShort(length: number, needed: number): ParsedHeader {
  return broken('truncated', `the image ends at byte ${length}, inside its header of ${needed} bytes`)
}

function broken(rule: Rule, text: string): ParsedHeader {
  return { ok: false, broken: rule, text }
}
