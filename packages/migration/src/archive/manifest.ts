import { bad, good, type Result } from '../result.ts'
import { canonicalJson } from './canonical.ts'
import { isDay } from './day.ts'
import { type ArchiveLine, LINE_KINDS, parsed } from './line.ts'
import type { Part } from './part.ts'

/** The form of an archive: a reader of another one says so instead of guessing. */
export const ARCHIVE_FORMAT = 1

/** The part before, as the next one remembers it: this is the chain. */
export interface Link {
  readonly name: string
  /** SHA-256 of its manifest, 64 hex digits. */
  readonly sha256: string
}

/**
 * What is said of one part. It follows from the bytes of the part and from the part before it, and from nothing else: whoever
 * finds lines without a manifest writes the same one as the process that was killed there.
 */
export interface Manifest extends Part {
  readonly format: typeof ARCHIVE_FORMAT
  readonly install: string
  /** Of the compressed lines, 64 hex digits. */
  readonly sha256: string
  readonly bytes: number
  readonly plainBytes: number
  readonly lines: Readonly<Record<ArchiveLine['kind'], number>>
  readonly previous: Link | null
}

/** The first line of every part: a part knows by itself where it belongs. */
export interface Head extends Part {
  readonly kind: 'archive'
  readonly format: typeof ARCHIVE_FORMAT
  readonly install: string
  readonly previous: Link | null
}

/** The text of a manifest, as it is written and hashed: canonical JSON and a newline. */
export function manifestText(manifest: Manifest): string {
  return `${canonicalJson(manifest)}\n`
}

/** The text of the first line of a part, without its newline. */
export function headText(head: Head): string {
  return canonicalJson(head)
}

/** What is wrong with a text that should be a manifest or a head: not ours, or changed by somebody. */
export interface BadText {
  readonly why: 'foreign' | 'forged'
  readonly text: string
}

/** A manifest from its text: only what `manifestText` writes, byte by byte, is one. */
export function readManifest(text: string, install: string): Result<Manifest, BadText> {
  const value = parsed(text)
  if (value === null) return bad({ why: 'forged', text: 'its manifest is no JSON object' })
  const place = readPlace(value, install)
  if (!place.ok) return place
  const { bytes, plainBytes, sha256, lines } = value
  const counts =
    typeof lines === 'object' && lines !== null ? (lines as Readonly<Record<string, unknown>>) : {}
  const isWhole =
    [bytes, plainBytes, ...LINE_KINDS.map((kind) => counts[kind])].every(isCount) && isSha256(sha256)
  const manifest = value as unknown as Manifest
  if (!isWhole || text !== manifestText(manifest))
    return bad({ why: 'forged', text: 'its manifest is not as this program writes one' })
  return good(manifest)
}

/** The first line of a part from its text. */
export function readHead(text: string, install: string): Result<Head, BadText> {
  const value = parsed(text)
  if (value?.['kind'] !== 'archive')
    return bad({ why: 'foreign', text: 'its first line is not that of an archive' })
  const place = readPlace(value, install)
  return place.ok ? good(value as unknown as Head) : place
}

function readPlace(value: Readonly<Record<string, unknown>>, install: string): Result<null, BadText> {
  const { format, day, part, previous } = value
  if (format !== ARCHIVE_FORMAT)
    return bad({
      why: 'foreign',
      text: `it has format ${JSON.stringify(format)?.slice(0, 20) ?? 'none'}, this program reads format ${ARCHIVE_FORMAT}`,
    })
  if (value['install'] !== install)
    return bad({
      why: 'foreign',
      text: `it belongs to the installation ${JSON.stringify(value['install'])?.slice(0, 40) ?? 'nobody'}, not to "${install}"`,
    })
  const isPlaced = typeof day === 'string' && isDay(day) && isCount(part) && isLink(previous)
  return isPlaced ? good(null) : bad({ why: 'forged', text: 'it does not say which part of which day it is' })
}

function isLink(value: unknown): boolean {
  if (value === null) return true
  if (typeof value !== 'object') return false
  const { name, sha256 } = value as Readonly<Record<string, unknown>>
  return typeof name === 'string' && isSha256(sha256)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isSha256(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
}
