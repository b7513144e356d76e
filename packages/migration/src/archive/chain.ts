import { bad, good, type Result } from '../result.ts'
import type { ArchiveLine } from './line.ts'
import { type BadText, type Head, type Link, type Manifest, readManifest } from './manifest.ts'
import { type Part, partName, readPartName } from './part.ts'

/** In which way a chain is broken. */
export type BreakWhy = 'missing' | 'altered' | 'truncated' | 'not-gzip' | 'reordered' | 'forged' | 'foreign'

/** The first place at which a chain is broken. */
export interface Break {
  /** The part that is not as it was written. */
  readonly name: string
  readonly why: BreakWhy
  readonly text: string
}

/** The compressed lines of a part, as found. `damage`: why nothing could be read of them. */
export interface DataSeen {
  readonly sha256: string
  readonly bytes: number
  readonly content: Content | { readonly damage: 'truncated' | 'not-gzip' | 'unreadable' }
}

/** What stands in the lines of a part. */
export interface Content {
  readonly head: Result<Head, BadText>
  readonly plainBytes: number
  readonly lines: Readonly<Record<ArchiveLine['kind'], number>>
  /** What is wrong with the first line that is none, with its number; null when all are good. */
  readonly badLine: string | null
}

/** One place of the archive, as found. */
export interface PartSeen extends Part {
  readonly manifest: { readonly text: string; readonly sha256: string } | null
  /** null when the object is not there. */
  readonly data: DataSeen | null
}

/** What goes before a part: the part before it, and which names there are at all. */
export interface Before {
  readonly previous: Link | null
  readonly hasManifest: (name: string) => boolean
}

/**
 * Whether one part is as it was written and follows the one before it. Parts are judged in their order; the first break is the
 * answer, and says which part it is about: a part whose manifest was replaced is known by the part after it.
 */
export function judgePart(seen: PartSeen, before: Before, install: string): Result<Manifest, Break> {
  const name = partName(seen)
  if (seen.manifest === null) return broken(name, 'missing', 'its manifest is not there')
  const read = readManifest(seen.manifest.text, install)
  if (!read.ok) return broken(name, read.failure.why, read.failure.text)
  const manifest = read.value
  if (manifest.day !== seen.day || manifest.part !== seen.part)
    return broken(name, 'reordered', `its manifest is that of ${partName(manifest)}`)
  const place = judgePlace(manifest, before)
  if (place !== null) return bad(place)
  if (seen.data === null) return broken(name, 'missing', 'its lines are not there')
  return judgeData(manifest, seen.data)
}

/** Whether the newest part is the one that somebody remembers; null when it is. */
export function judgeHead(head: Link | null, remembered: Link | null): Break | null {
  if (remembered === null || head?.sha256 === remembered.sha256) return null
  const { name } = remembered
  if (head?.name === name)
    return { name, why: 'forged', text: 'its manifest is not the one that is remembered' }
  const last = head === null ? 'nothing is there' : `the newest part is ${head.name}`
  return { name, why: 'missing', text: `it is remembered as the newest part, but ${last}` }
}

function broken(name: string, why: BreakWhy, text: string): Result<never, Break> {
  return bad({ name, why, text })
}

/** The link to the part before: it must name it and its manifest's hash. */
function judgePlace(manifest: Manifest, { previous, hasManifest }: Before): Break | null {
  const name = partName(manifest)
  const link = manifest.previous
  if (link === null)
    return previous === null
      ? firstIsPart1(manifest)
      : { name, why: 'forged', text: `it begins a chain of its own, although ${previous.name} is before it` }
  if (readPartName(link.name) === null)
    return { name, why: 'forged', text: 'it follows something that is no part of an archive' }
  if (link.name !== previous?.name) {
    if (!hasManifest(link.name))
      return { name: link.name, why: 'missing', text: `${name} follows it, but its manifest is not there` }
    return {
      name,
      why: 'reordered',
      text: `it follows ${link.name}, but stands after ${previous?.name ?? 'nothing'}`,
    }
  }
  return link.sha256 === previous.sha256
    ? null
    : { name: link.name, why: 'forged', text: `its manifest is not the one that ${name} follows` }
}

function firstIsPart1(manifest: Manifest): Break | null {
  if (manifest.part === 1) return null
  return {
    name: manifest.day,
    why: 'missing',
    text: `${partName(manifest)} is there, but not the first part`,
  }
}

function judgeData(manifest: Manifest, data: DataSeen): Result<Manifest, Break> {
  const name = partName(manifest)
  const { content } = data
  const isSame = data.sha256 === manifest.sha256
  const damage = 'damage' in content ? content.damage : null
  if (!isSame && damage === 'not-gzip') return broken(name, damage, 'its lines are no gzip')
  if (!isSame && damage === 'truncated' && data.bytes < manifest.bytes)
    return broken(name, damage, 'its lines end in the middle of the compressed data')
  if (!isSame) return broken(name, 'altered', 'its lines are not those that its manifest was written for')
  // From here the manifest describes these very bytes: what does not fit was written by somebody else than us.
  if ('damage' in content)
    return broken(name, 'forged', 'its manifest was written for something that is no archive')
  if (!content.head.ok) return broken(name, content.head.failure.why, content.head.failure.text)
  if (content.badLine !== null) return broken(name, 'forged', content.badLine)
  const head = content.head.value
  const fits =
    head.day === manifest.day &&
    head.part === manifest.part &&
    JSON.stringify(head.previous) === JSON.stringify(manifest.previous) &&
    content.plainBytes === manifest.plainBytes &&
    data.bytes === manifest.bytes &&
    Object.entries(content.lines).every(
      ([kind, count]) => manifest.lines[kind as ArchiveLine['kind']] === count,
    )
  return fits ? good(manifest) : broken(name, 'forged', 'its manifest does not say what its lines are')
}
