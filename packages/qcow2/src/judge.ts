import { type Header, parseHeader } from './header.ts'
import { type Rule, sentenceOf, wordsFor } from './rule.ts'

/**
 * What the importer would say to an image. `words` are the provider's exact words for its three documented
 * refusals, else null; `text` is our own sentence with the rule, the place and the fix.
 */
export type Judgement =
  | { good: true; header: Header; sizeBytes: number }
  | { good: false; rule: Rule; words: string | null; text: string; sizeBytes: number | null }

/** The smallest disk the importer takes, in bytes: 1 GB, decimal as the provider counts. */
export const IMPORT_SIZE_BYTES_MIN = 1_000_000_000

/** The largest disk the importer takes, in bytes: 1 TB, decimal as the provider counts, so 1 TiB is refused. */
export const IMPORT_SIZE_BYTES_MAX = 1_000_000_000_000

/** QEMU's own bound on an L1 table, 32 MiB (block/qcow2.h): enough for 1 TB from clusters of 2 KiB up. */
export const L1_BYTES_MAX = 33_554_432

/** QEMU's own bound on a refcount table, 8 MiB (block/qcow2.h). */
export const REFCOUNT_TABLE_BYTES_MAX = 8_388_608

/** The importer's rules on a header, from the first bytes of an image (112 are enough). Never throws. */
export function judgeHeader(bytes: Uint8Array): Judgement {
  const parsed = parseHeader(bytes)
  if (!parsed.ok) return refuse(parsed.broken, sentenceOf(parsed.broken, parsed.text), null)
  const { header } = parsed
  for (const check of [brokenFeature, brokenSize, brokenTable]) {
    const finding = check(header)
    if (finding !== null)
      return refuse(finding.rule, sentenceOf(finding.rule, finding.text), header.sizeBytes)
  }
  return { good: true, header, sizeBytes: header.sizeBytes }
}

/** A refusal with the provider's words filled in. `sizeBytes` is null when it could not be read. */
export function refuse(rule: Rule, text: string, sizeBytes: number | null): Judgement {
  return { good: false, rule, words: wordsFor(rule), text, sizeBytes }
}

/** Entries of an L1 table that reach the end of the disk; each covers clusterBytes² / 8 bytes of it. */
export function l1EntriesFor(header: Header): number {
  return Math.ceil(header.sizeBytes / 2 ** (2 * header.clusterBits - 3))
}

interface Finding {
  readonly rule: Rule
  readonly text: string
}

const DIRTY = 1n
const CORRUPT = 2n
const DATA_FILE = 4n
const COMPRESSION = 8n
const EXTENDED_L2 = 16n
const KNOWN = DIRTY | CORRUPT | DATA_FILE | COMPRESSION | EXTENDED_L2

/** The provider's own three come first, so that an image with several defects is refused in its words. */
function brokenFeature(header: Header): Finding | null {
  const bits = header.incompatibleFeatures
  if (header.cryptMethod !== 0)
    return { rule: 'encrypted', text: `byte 32 gives method ${header.cryptMethod}` }
  const compression = brokenCompression(header)
  if (compression !== null) return compression
  if (header.backingFileOffset !== 0) {
    return { rule: 'backing-chain', text: `byte 8 names a backing file at byte ${header.backingFileOffset}` }
  }
  if (bits & DATA_FILE) return { rule: 'external-data-file', text: 'bit 2 at byte 72 is set' }
  if (bits & CORRUPT) return { rule: 'corrupt', text: 'bit 1 at byte 72 is set: its last user found damage' }
  if (bits & DIRTY) return { rule: 'dirty', text: 'bit 0 at byte 72 is set: it was not closed' }
  if (bits & ~KNOWN)
    return { rule: 'unknown-feature', text: `byte 72 holds unknown bits ${hex(bits & ~KNOWN)}` }
  // The importer does not say that it reads subclusters, and a reader that ignores them reads wrong bytes.
  if (bits & EXTENDED_L2) return { rule: 'extended-l2', text: 'bit 4 at byte 72 is set' }
  return null
}

function brokenCompression(header: Header): Finding | null {
  const rule = 'unsupported-compression'
  if (header.compressionType !== 0) return { rule, text: `byte 104 gives type ${header.compressionType}` }
  if (header.incompatibleFeatures & COMPRESSION) return { rule, text: 'bit 3 at byte 72 is set' }
  return null
}

function brokenSize({ sizeBytes }: Header): Finding | null {
  const text = `byte 24 gives a disk of ${sizeBytes} bytes`
  if (sizeBytes < IMPORT_SIZE_BYTES_MIN) return { rule: 'too-small', text }
  if (sizeBytes > IMPORT_SIZE_BYTES_MAX) return { rule: 'too-large', text }
  if (sizeBytes % 512 !== 0) return { rule: 'not-multiple-of-512', text }
  return null
}

/** Counts and places of the tables: QEMU refuses to open an image that breaks one of these. */
function brokenTable(header: Header): Finding | null {
  const clusterBytes = 2 ** header.clusterBits
  const rule = 'corrupt'
  if (header.refcountOrder > 6)
    return { rule, text: `byte 96 gives refcounts of 2^${header.refcountOrder} bits` }
  if (header.l1Size * 8 > L1_BYTES_MAX) return { rule, text: `byte 36 gives ${header.l1Size} L1 entries` }
  if (header.l1Size < l1EntriesFor(header)) {
    return { rule, text: `byte 36 gives ${header.l1Size} L1 entries, ${l1EntriesFor(header)} are needed` }
  }
  if (header.l1TableOffset === 0 || header.l1TableOffset % clusterBytes !== 0) {
    return { rule, text: `byte 40 puts the L1 table at byte ${header.l1TableOffset}` }
  }
  const refcountClusters = header.refcountTableClusters
  if (refcountClusters === 0 || refcountClusters * clusterBytes > REFCOUNT_TABLE_BYTES_MAX) {
    return { rule, text: `byte 56 gives a refcount table of ${refcountClusters} clusters` }
  }
  if (header.refcountTableOffset === 0 || header.refcountTableOffset % clusterBytes !== 0) {
    return { rule, text: `byte 48 puts the refcount table at byte ${header.refcountTableOffset}` }
  }
  return null
}

function hex(bits: bigint): string {
  return `0x${bits.toString(16)}`
}
