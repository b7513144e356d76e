import {
  good,
  type Result,
  type SnapshotSeen,
  type SnapshotState,
  type VolumeSeen,
} from '@snapferry/migration'
import { type Static, Type } from 'typebox'
import { checkOf } from './json-reader.ts'
import { checkValues } from './wire-values.ts'

/** A snapshot of the Block API, as far as we read it. It has no error field at all. */
const BlockSnapshot = Type.Object({
  id: Type.String({ minLength: 1 }),
  name: Type.String(),
  size: Type.Number(),
  project_id: Type.String(),
  created_at: Type.String(),
  status: Type.String(),
  tags: Type.Array(Type.String()),
  zone: Type.String(),
  parent_volume: Type.Optional(
    Type.Union([Type.Null(), Type.Object({ id: Type.String(), name: Type.Optional(Type.String()) })]),
  ),
})
type BlockSnapshot = Static<typeof BlockSnapshot>

const BlockVolume = Type.Object({
  id: Type.String({ minLength: 1 }),
  name: Type.String(),
  size: Type.Number(),
  project_id: Type.String(),
  created_at: Type.String(),
  status: Type.String(),
  tags: Type.Array(Type.String()),
  zone: Type.String(),
})
type BlockVolume = Static<typeof BlockVolume>

/** A snapshot: the whole answer of GET, POST and PATCH, and a row of the list. Objects are never wrapped. */
export const checkBlockSnapshot = checkOf(BlockSnapshot)
/** A volume. */
export const checkBlockVolume = checkOf(BlockVolume)
/** `{"snapshots": […], "total_count": n}`. Rows are read one by one. */
export const checkBlockList = checkOf(
  Type.Object({ snapshots: Type.Array(Type.Unknown()), total_count: Type.Integer({ minimum: 0 }) }),
)

/** The snapshot in our words; null when it only is remembered there as `deleted`. */
export function readBlockSnapshot(wire: BlockSnapshot): Result<SnapshotSeen | null, string> {
  const values = checkValues({ ...wire, created: wire.created_at })
  if (!values.ok) return values
  if (wire.status === 'deleted') return good(null)
  const { zone, sizeBytes, createdAt } = values.value
  return good({
    backend: 'block',
    zone,
    id: wire.id,
    name: wire.name,
    // Classes `sbs` and `bssd` (migrated from the closed b_ssd) both export as usual and come back as `sbs`.
    type: 'sbs',
    project: wire.project_id,
    sizeBytes,
    state: stateOf(wire.status),
    tags: wire.tags,
    createdAt,
    volume:
      wire.parent_volume == null ? null : { id: wire.parent_volume.id, name: wire.parent_volume.name ?? '' },
  })
}

/** The volume in our words; null when it only is remembered there as `deleted`. */
export function readBlockVolume(wire: BlockVolume): Result<VolumeSeen | null, string> {
  const values = checkValues({ ...wire, created: wire.created_at })
  if (!values.ok) return values
  if (wire.status === 'deleted') return good(null)
  return good({
    backend: 'block',
    zone: values.value.zone,
    id: wire.id,
    name: wire.name,
    type: 'sbs',
    project: wire.project_id,
    sizeBytes: values.value.sizeBytes,
    state: stateOf(wire.status),
    tags: wire.tags,
  })
}

/** `resizing`, `snapshotting` and `updating` are words of volumes only. `unknown_status` stays unknown. */
function stateOf(word: string): SnapshotState {
  switch (word) {
    case 'available':
    case 'exporting':
    case 'deleting':
    case 'locked':
      return { kind: word, word }
    case 'in_use':
      return { kind: 'in-use', word }
    case 'creating':
    case 'resizing':
    case 'snapshotting':
    case 'updating':
      return { kind: 'pending', word }
    case 'error':
      return { kind: 'error', word, details: null }
    default:
      return { kind: 'unknown', word }
  }
}
