import {
  type ArchiveStore,
  type Day,
  dataName,
  dayAfter,
  dayOf,
  endOfDay,
  type Head,
  type Link,
  lineText,
  type Manifest,
  manifestName,
  manifestText,
  PARTS_MAX,
  partName,
  readManifest,
  readPartName,
} from '@snapferry/migration'
import type { ArchiveSource } from './archive-source.ts'
import { ArchiveTrouble, fromStore } from './archive-trouble.ts'
import { describePart, type PartPlace, packPart, type Unpacked, unpackPart } from './part-bytes.ts'
import { namesOf } from './read-chain.ts'
import { sha256 } from './sha256.ts'

/** Lines of one part before it is compressed; a longer line has a part of its own. */
export const PART_BYTES_MAX = 8 * 1024 * 1024

/** What archiving is told. */
export interface WriteOptions {
  readonly store: ArchiveStore
  readonly source: ArchiveSource
  readonly install: string
  /** The one clock, milliseconds since 1970. */
  readonly now: number
  /** The last day to write; today's is written as far as it has come, and goes on in further parts. */
  readonly until: Day
  /** Between two parts: gives up there. What was written is whole. */
  readonly signal: AbortSignal
  /** Told of each part that was written, read back and remembered. */
  readonly onPart?: (manifest: Manifest) => void
  readonly partBytesMax?: number
}

/** What came of it. */
export interface Written {
  readonly parts: number
  readonly head: Link | null
  /** False when the signal came first. */
  readonly isWhole: boolean
}

/**
 * Brings an archive up to a day: for each day that is missing at least one part, in their order. Whatever was left by a process
 * that was killed is finished first: lines without a manifest get theirs, and what was never read back is. Throws
 * `ArchiveTrouble` when the archive is not the one that is remembered, or something lies in the way; then nothing was changed.
 */
export async function writeArchive(o: WriteOptions): Promise<Written> {
  let head = await resume(o)
  let parts = 0
  let day = head === null ? await firstDay(o) : dayOfLink(head)
  while (day <= o.until) {
    const wrote = await writeDay(o, day, head)
    head = wrote.head
    parts += wrote.parts
    if (!wrote.isWhole) return { parts, head, isWhole: false }
    day = dayAfter(day)
  }
  return { parts, head, isWhole: true }
}

function dayOfLink({ name }: Link): Day {
  const part = readPartName(name)
  if (part === null) throw new ArchiveTrouble(`${name} is no part of an archive`)
  return part.day
}

async function firstDay({ source, until }: WriteOptions): Promise<Day> {
  const oldestMs = await source.oldestMs()
  const oldest = oldestMs === null ? until : dayOf(oldestMs)
  return oldest < until ? oldest : until
}

/** The newest part of the archive, after everything that was written and never read back is settled. */
async function resume(o: WriteOptions): Promise<Link | null> {
  const { store, source, install } = o
  const names = await namesOf(store)
  const sealed = names.parts.filter((part) => names.hasManifest(partName(part)))
  const remembered = await source.head()
  const from =
    remembered === null ? sealed.length - 1 : sealed.findIndex((part) => partName(part) === remembered.name)
  if (remembered !== null && from === -1)
    throw new ArchiveTrouble(
      `the archive in ${store.place} has no part ${remembered.name}, which is remembered as written: put it back, or begin a new chain with "pnpm archive export --anew"`,
    )
  let head: Link | null = remembered
  for (const part of sealed.slice(Math.max(0, from))) {
    const { manifest, link } = await manifestOf(store, part, install)
    if (link.name === remembered?.name) {
      if (link.sha256 !== remembered.sha256)
        throw new ArchiveTrouble(
          `the manifest of ${link.name} in ${store.place} is not the one that is remembered: look at it with "pnpm archive verify"`,
        )
    } else await settle(o, manifest, link)
    head = link
  }
  return head
}

async function manifestOf(store: ArchiveStore, part: Parameters<typeof manifestName>[0], install: string) {
  const name = partName(part)
  const bytes = await fromStore(`${name} cannot be read`, store.get(manifestName(part)))
  if (bytes === null) throw new ArchiveTrouble(`the manifest of ${name} in ${store.place} is gone`)
  const manifest = readManifest(Buffer.from(bytes).toString('utf8'), install)
  if (!manifest.ok) throw new ArchiveTrouble(`${name} in ${store.place}: ${manifest.failure.text}`)
  return { manifest: manifest.value, link: { name, sha256: sha256(bytes) } }
}

/** Writes parts of one day until nothing of it is left; a day that is over gets one at least. */
async function writeDay(o: WriteOptions, day: Day, before: Link | null): Promise<Written> {
  const untilMs = Math.min(endOfDay(day), o.now)
  const isOver = endOfDay(day) <= o.now
  let head = before
  let parts = 0
  for (let isFull = true; isFull; ) {
    isFull = false
    for await (const lines of bundles(o, untilMs)) {
      if (o.signal.aborted) return { parts, head, isWhole: false }
      const place = placeAfter(head, day, o.install)
      const wrote = await writePart(o, place, lines)
      head = wrote.link
      parts++
      // Lines that another process left there: what was gathered here is gathered anew without them.
      isFull = !wrote.isOurs
      if (isFull) break
    }
  }
  const isMissing = head === null || dayOfLink(head) < day
  // A chain begins with something to keep; from then on no day is without a part.
  if (isMissing && isOver && head !== null && !o.signal.aborted) {
    head = (await writePart(o, placeAfter(head, day, o.install), [])).link
    parts++
  }
  return { parts, head, isWhole: true }
}

function placeAfter(head: Link | null, day: Day, install: string): PartPlace {
  const last = head === null ? null : readPartName(head.name)
  const part = last?.day === day ? last.part + 1 : 1
  if (part > PARTS_MAX) throw new ArchiveTrouble(`${day} has ${PARTS_MAX} parts already`)
  return { day, part, install, previous: head }
}

/** The lines that are fresh, in bundles of a part each. */
async function* bundles(o: WriteOptions, untilMs: number): AsyncIterable<readonly string[]> {
  const bytesMax = o.partBytesMax ?? PART_BYTES_MAX
  let lines: string[] = []
  let bytes = 0
  for await (const line of o.source.fresh(untilMs)) {
    const text = lineText(line)
    const more = Buffer.byteLength(text) + 1
    if (lines.length > 0 && bytes + more > bytesMax) {
      yield lines
      lines = []
      bytes = 0
    }
    lines.push(text)
    bytes += more
  }
  if (lines.length > 0) yield lines
}

/**
 * Lines first, then their manifest, then the look at both: only what was read back counts as archived. Lines that lie there
 * already were left by a process that was killed: they are taken as they are.
 */
async function writePart(
  o: WriteOptions,
  place: PartPlace,
  lines: readonly string[],
): Promise<{ readonly link: Link; readonly isOurs: boolean }> {
  const name = partName(place)
  const bytes = await packPart(place, lines)
  const put = await fromStore(`${name} cannot be written`, o.store.putIfAbsent(dataName(place), bytes))
  const unpacked = await readBack(o, place)
  if (put === 'written' && unpacked.seen.sha256 !== sha256(bytes))
    throw new ArchiveTrouble(`${name} was written to ${o.store.place}, but something else was read back`)
  const manifest = describePart(place, unpacked.seen)
  const text = manifestText(manifest)
  const putManifest = o.store.putIfAbsent(manifestName(place), Buffer.from(text))
  await fromStore(`the manifest of ${name} cannot be written`, putManifest)
  const there = await manifestOf(o.store, place, o.install)
  if (there.link.sha256 !== sha256(text))
    throw new ArchiveTrouble(`another manifest than ours lies at ${name} in ${o.store.place}`)
  await o.source.archived(unpacked.lines)
  await o.source.remember(there.link)
  o.onPart?.(manifest)
  return { link: there.link, isOurs: unpacked.seen.sha256 === sha256(bytes) }
}

/** The lines at a place, which must be a whole part of exactly this place. */
async function readBack(o: WriteOptions, place: PartPlace): Promise<Unpacked> {
  const name = partName(place)
  const bytes = await fromStore(`${name} cannot be read back`, o.store.get(dataName(place)))
  if (bytes === null) throw new ArchiveTrouble(`${name} was written to ${o.store.place} and is not there`)
  const unpacked = await unpackPart(bytes, o.install)
  const { content } = unpacked.seen
  const inTheWay = (why: string): never => {
    throw new ArchiveTrouble(
      `${dataName(place)} in ${o.store.place} is in the way: ${why}; move it away, it has no manifest`,
    )
  }
  if ('damage' in content) return inTheWay('it cannot be read')
  if (!content.head.ok) return inTheWay(content.head.failure.text)
  if (content.badLine !== null) return inTheWay(content.badLine)
  return isAt(content.head.value, place)
    ? unpacked
    : inTheWay('it was written for another place of the chain')
}

function isAt(head: Head, place: PartPlace): boolean {
  return (
    head.day === place.day &&
    head.part === place.part &&
    head.previous?.name === place.previous?.name &&
    head.previous?.sha256 === place.previous?.sha256
  )
}

/** A part that was sealed by somebody who did not come to remember it: read back now. */
async function settle(o: WriteOptions, manifest: Manifest, link: Link): Promise<void> {
  const bytes = await fromStore(`${link.name} cannot be read back`, o.store.get(dataName(manifest)))
  if (bytes === null || sha256(bytes) !== manifest.sha256)
    throw new ArchiveTrouble(
      `the lines of ${link.name} in ${o.store.place} are not those of its manifest: look at it with "pnpm archive verify"`,
    )
  const { lines } = await unpackPart(bytes, o.install)
  await o.source.archived(lines)
  await o.source.remember(link)
}
