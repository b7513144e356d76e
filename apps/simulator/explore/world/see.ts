import {
  type Backend,
  type Bytes,
  backendOf,
  bytes,
  good,
  type ImageJudged,
  type ImageSeen,
  isGood,
  type ObjectSeen,
  type OwnerLook,
  type Place,
  type Question,
  type RowLook,
  type RowSeen,
  type Seen,
  type SnapshotSeen,
  type SnapshotState,
  type TagLook,
  typeOf,
  type VolumeSeen,
} from '@snapferry/migration'
import { type Cloud, isExporting, objectOf, type Row, type Stored, shownRow } from './cloud.ts'
import {
  BUCKET,
  DISK_BYTES,
  FOREIGN_ROW,
  FROM,
  PROJECT,
  REGION,
  type Scene,
  SOURCE_SNAPSHOT,
  SOURCE_VOLUME,
  TO,
  USERS_KEY,
} from './scene.ts'

const SMALL_BYTES: Bytes = bytes(DISK_BYTES - 512)

/** Answers a question in one go, as `observe` would over ports: same slots, same values. No look fails here. */
export function see(question: Question, cloud: Cloud, scene: Scene): Seen {
  const { source, volume, bucket, object, images, judgement, row, tagged, proven, rows, late } = question
  const seen: { -readonly [Slot in keyof Seen]: Seen[Slot] } = {}
  if (source) seen.source = good(byOwner(source, (backend) => find(cloud, scene, backend, source)))
  if (volume) seen.volume = good(byOwner(volume, (backend) => findVolume(scene, backend, volume)))
  if (bucket) seen.bucket = good(OUR_BUCKET)
  if (object) seen.object = good(head(cloud, scene, object.key))
  if (images) seen.images = good(listed(cloud, images.prefix))
  if (judgement) seen.judgement = good(judged(cloud, scene, judgement.key))
  if (row) seen.row = good(rowSeen(cloud, scene, row))
  if (tagged) seen.tagged = good(taggedBy(cloud, scene, tagged))
  if (proven) seen.proven = good(taggedBy(cloud, scene, proven))
  if (rows) seen.rows = good(rows.map((one) => find(cloud, scene, one.backend, one)))
  if (late) seen.late = good(late.flatMap((one) => taggedBy(cloud, scene, one)))
  return seen
}

const OUR_BUCKET = { bucket: BUCKET, region: REGION, project: PROJECT, versioned: false, locked: false }

function byOwner<T>({ backend }: OwnerLook, ask: (backend: Backend) => T | null): T | null {
  return backend === null ? (ask('instance') ?? ask('block')) : ask(backend)
}

/** Where a snapshot of ours is: its backend and its zone follow from what it is. */
export function placeOf({ what }: Row, { first, backend }: Scene): { backend: Backend; zone: typeof TO } {
  if (what === 'taken-snapshot') return { backend, zone: FROM }
  return { backend: first.plan.copy.type === null ? backend : backendOf(first.plan.copy.type), zone: TO }
}

/** GET of one snapshot: ours, the source, or the foreign one. */
export function find(cloud: Cloud, scene: Scene, backend: Backend, at: Place): SnapshotSeen | null {
  const row = shownRow(cloud, at.id)
  if (row !== null) {
    const place = placeOf(row, scene)
    return place.backend === backend && place.zone === at.zone ? shown(row, cloud, scene) : null
  }
  if (backend !== scene.backend) return null
  if (at.id === FOREIGN_ROW && at.zone === TO) return foreignRow(scene)
  const isSource = at.id === SOURCE_SNAPSHOT && at.zone === FROM && scene.source === 'snapshot'
  return isSource ? sourceRow(cloud, scene) : null
}

function common({ backend }: Scene) {
  return { backend, type: typeOf(backend), project: PROJECT, sizeBytes: DISK_BYTES }
}

function sourceRow(cloud: Cloud, scene: Scene): SnapshotSeen {
  const state: SnapshotState = isExporting(cloud, SOURCE_SNAPSHOT) ? EXPORTING : AVAILABLE
  const ours = { zone: FROM, id: SOURCE_SNAPSHOT, name: 'web-root', tags: ['blue'], createdAt: 1 }
  return { ...common(scene), ...ours, state, volume: { id: SOURCE_VOLUME, name: 'web-root' } }
}

/** It has our name and a tag that is nearly ours. */
function foreignRow(scene: Scene): SnapshotSeen {
  const tags = [`snapferry:wip=her.${scene.first.id}.1`, `snapferry:wip=here.${scene.first.id}.`]
  const theirs = { zone: TO, id: FOREIGN_ROW, name: 'web-root', tags, createdAt: 1 }
  return { ...common(scene), ...theirs, state: AVAILABLE, volume: null }
}

const AVAILABLE = { kind: 'available', word: 'available' } as const
const EXPORTING = { kind: 'exporting', word: 'exporting' } as const
const PENDING = { kind: 'pending', word: 'creating' } as const
const BROKEN = { kind: 'error', word: 'error', details: null } as const

/** A snapshot of ours as the provider shows it. */
export function shown(row: Row, cloud: Cloud, scene: Scene): SnapshotSeen {
  const { id, what, tags, createdAt, isSmall } = row
  const place = placeOf(row, scene)
  return {
    ...place,
    id,
    name: what === 'copy' ? 'web-root' : `snapferry-${scene.first.id}`,
    type: typeOf(place.backend),
    project: PROJECT,
    sizeBytes: isSmall ? SMALL_BYTES : DISK_BYTES,
    state: stateOf(row, cloud),
    tags,
    createdAt,
    volume: what === 'copy' ? null : { id: SOURCE_VOLUME, name: 'web-root' },
  }
}

function stateOf({ id, work }: Row, cloud: Cloud): SnapshotState {
  if (work === 'running') return PENDING
  if (work === 'error') return BROKEN
  return isExporting(cloud, id) ? EXPORTING : AVAILABLE
}

/** GET of the volume. */
export function findVolume(scene: Scene, backend: Backend, { id, zone }: Place): VolumeSeen | null {
  if (backend !== scene.backend || id !== SOURCE_VOLUME || zone !== FROM) return null
  return { ...common(scene), zone, id, name: 'web-root', state: AVAILABLE, tags: ['blue'] }
}

/** Every snapshot that carries exactly this tag. */
export function taggedBy(
  cloud: Cloud,
  scene: Scene,
  by: Pick<TagLook, 'backend' | 'zone' | 'project' | 'tag'>,
): readonly SnapshotSeen[] {
  const found: SnapshotSeen[] = []
  for (const row of cloud.rows) {
    if (row.hiddenUntil !== null || !row.tags.includes(by.tag)) continue
    const { backend, zone } = placeOf(row, scene)
    if (backend === by.backend && zone === by.zone && by.project === PROJECT)
      found.push(shown(row, cloud, scene))
  }
  return found
}

function rowSeen(cloud: Cloud, scene: Scene, look: RowLook): RowSeen {
  const row = find(cloud, scene, look.backend, look)
  if (row === null || look.siblings === null || !isGood(row)) return { row, siblings: [] }
  return { row, siblings: taggedBy(cloud, scene, look.siblings) }
}

/** An object of ours or the user's image. */
export function stored(cloud: Cloud, { source }: Scene, key: string): Omit<Stored, 'isLate'> | null {
  if (key === USERS_KEY) return source === 'image' ? USERS_IMAGE : null
  return objectOf(cloud, key)
}

const USERS_IMAGE = { key: USERS_KEY, bytes: 1_000, etag: 'etag-0', content: 'good' } as const

/** HEAD of one object. */
export function head(cloud: Cloud, scene: Scene, key: string): ObjectSeen | null {
  const object = stored(cloud, scene, key)
  return object === null ? null : { key, bytes: object.bytes, etag: object.etag, frozen: false }
}

/** Every object under our prefix, with the look at its header. */
export function listed({ objects }: Cloud, prefix: string): readonly ImageSeen[] {
  return objects
    .filter(({ key }) => key.startsWith(prefix))
    .map(({ key, bytes: length, etag, content }) => {
      const header = length === 0 ? 'none' : content === 'damaged' ? 'bad' : 'good'
      return { key, bytes: length, etag, frozen: false, header }
    })
}

/** The judgement of an image by its header and tables; null when there is nothing to judge. */
export function judged(cloud: Cloud, scene: Scene, key: string): ImageJudged | null {
  const object = stored(cloud, scene, key)
  if (object === null || object.bytes === 0) return null
  const { bytes: length, etag, content } = object
  if (content === 'good') return { good: true, bytes: length, etag, sizeBytes: DISK_BYTES }
  return { good: false, rule: 'truncated', text: 'Its end is missing.', words: null, bytes: length }
}
