import {
  type ArchiveLine,
  type ArchiveStore,
  type Break,
  comparePlaces,
  type Day,
  dataName,
  judgeHead,
  judgePart,
  type Link,
  type Manifest,
  manifestName,
  type Part,
  partName,
  readObjectName,
} from '@snapferry/migration'
import { fromStore } from './archive-trouble.ts'
import { unpackPart } from './part-bytes.ts'
import { sha256 } from './sha256.ts'

/** One part that is as it was written. */
export interface GoodPart {
  readonly manifest: Manifest
  readonly lines: readonly ArchiveLine[]
  /** What the next part must follow. */
  readonly link: Link
}

/** How a walk along a chain ended. */
export interface Walked {
  readonly parts: number
  /** The newest part that is as it was written; null when there is none. */
  readonly head: Link | null
  /** The first place at which the chain is broken; null when it is whole. */
  readonly broken: Break | null
  /** Lines without a manifest after the newest part: whoever wrote them was stopped there, and the next run goes on. */
  readonly unsealed: string | null
  /** Objects that are none of ours. */
  readonly strange: readonly string[]
}

/** What is at a store: the parts that have something, in order, and what is none of ours. */
export interface Names {
  readonly parts: readonly Part[]
  readonly hasManifest: (name: string) => boolean
  readonly strange: readonly string[]
}

/** Lists a store. Throws `ArchiveTrouble`. */
export async function namesOf(store: ArchiveStore): Promise<Names> {
  const names = await fromStore(`the archive in ${store.place} cannot be listed`, store.list())
  const parts = new Map<string, Part>()
  const manifests = new Set<string>()
  const strange: string[] = []
  for (const name of names) {
    const object = readObjectName(name)
    if (object === null) strange.push(name)
    else {
      parts.set(partName(object), { day: object.day, part: object.part })
      if (object.is === 'manifest') manifests.add(partName(object))
    }
  }
  return {
    parts: [...parts.values()].toSorted(comparePlaces),
    hasManifest: (name) => manifests.has(name),
    strange: strange.toSorted(),
  }
}

/** How far and against what a chain is read. */
export interface WalkOptions {
  readonly install: string
  /** Nothing after this day is looked at. */
  readonly through?: Day | null
  /** The newest part as somebody remembers it; not asked with `through`. */
  readonly remembered?: Link | null
  /** Told of each good part, oldest first, and awaited: one part is in memory at a time. */
  readonly onPart?: (part: GoodPart) => Promise<void> | void
}

/** Walks a chain from its beginning, part by part, to its end or its first break. Throws `ArchiveTrouble`. */
export async function walkChain(store: ArchiveStore, o: WalkOptions): Promise<Walked> {
  const names = await namesOf(store)
  const through = o.through ?? null
  const parts = names.parts.filter(({ day }) => through === null || day <= through)
  let head: Link | null = null
  let unsealed: string | null = null
  const ended = (broken: Break | null, count: number): Walked => ({
    ...{ parts: count, head, broken, unsealed, strange: names.strange },
  })
  for (const [at, place] of parts.entries()) {
    const isLast = at === names.parts.length - 1
    if (isLast && !names.hasManifest(partName(place))) {
      unsealed = partName(place)
      break
    }
    const read = await readPart(store, place, { install: o.install, previous: head, names })
    if ('broken' in read) return ended(read.broken, at)
    await o.onPart?.(read)
    head = read.link
  }
  const broken = through === null ? judgeHead(head, o.remembered ?? null) : null
  return ended(broken, parts.length - (unsealed === null ? 0 : 1))
}

async function readPart(
  store: ArchiveStore,
  place: Part,
  o: { readonly install: string; readonly previous: Link | null; readonly names: Names },
): Promise<GoodPart | { readonly broken: Break }> {
  const cannot = `${partName(place)} cannot be read`
  const manifestBytes = await fromStore(cannot, store.get(manifestName(place)))
  const dataBytes = await fromStore(cannot, store.get(dataName(place)))
  const manifest =
    manifestBytes === null
      ? null
      : { text: Buffer.from(manifestBytes).toString('utf8'), sha256: sha256(manifestBytes) }
  const unpacked = dataBytes === null ? null : await unpackPart(dataBytes, o.install)
  const judged = judgePart(
    { ...place, manifest, data: unpacked?.seen ?? null },
    { previous: o.previous, hasManifest: o.names.hasManifest },
    o.install,
  )
  if (!judged.ok) return { broken: judged.failure }
  const link = { name: partName(place), sha256: manifest?.sha256 ?? '' }
  return { manifest: judged.value, lines: unpacked?.lines ?? [], link }
}
