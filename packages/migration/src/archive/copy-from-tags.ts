import type { Copy } from '../copy.ts'
import { isUuid } from '../ids.ts'
import { OUR_TAG, type Source } from '../plan.ts'
import type { SnapshotSeen } from '../seen.ts'
import { markOfTags } from '../sweep/our-mark.ts'

/** A field of a copy that its tags do not tell. */
export type LostField = 'from' | 'source' | 'provenAt'

/** A copy as its tags and its row tell it, and what they do not tell. The name is the one it has now. */
export interface CopyFromTags {
  readonly copy: Copy
  readonly lost: readonly LostField[]
}

/** Builds the catalogue's entry anew from a snapshot that carries our mark of a copy; null when it carries none. */
export function copyFromTags(seen: SnapshotSeen, install: string): CopyFromTags | null {
  const mark = markOfTags(seen.tags, install)
  if (mark?.kind !== 'copy') return null
  const volume = uuidOf(seen.tags, 'volume')
  const source = sourceOf(uuidOf(seen.tags, 'source'), volume)
  const verified = timeOf(seen.tags, 'verified')
  const copy: Copy = {
    id: seen.id,
    backend: seen.backend,
    zone: seen.zone,
    project: seen.project,
    type: seen.type,
    sizeBytes: seen.sizeBytes,
    name: seen.name,
    migration: mark.migration,
    source,
    from: null,
    volume,
    takenAt: timeOf(seen.tags, 'taken'),
    provenAt: verified ?? seen.createdAt,
  }
  const lost: LostField[] = ['from']
  if (source === null) lost.push('source')
  if (verified === null) lost.push('provenAt')
  return { copy, lost }
}

/** A snapshot has a tag of its own; a volume is told as the one the data is of; an image is not told. */
function sourceOf(snapshot: string | null, volume: string | null): Source | null {
  if (snapshot !== null) return { kind: 'snapshot', id: snapshot }
  return volume === null ? null : { kind: 'volume', id: volume }
}

function tagOf(tags: readonly string[], name: string): string | null {
  const prefix = `${OUR_TAG}${name}=`
  return tags.find((tag) => tag.startsWith(prefix))?.slice(prefix.length) ?? null
}

function uuidOf(tags: readonly string[], name: string): string | null {
  const text = tagOf(tags, name)
  return text !== null && isUuid(text) ? text : null
}

function timeOf(tags: readonly string[], name: string): number | null {
  const text = tagOf(tags, name)
  const ms = text === null ? Number.NaN : Date.parse(text)
  return Number.isNaN(ms) ? null : ms
}
