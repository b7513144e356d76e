import {
  bad,
  good,
  type Result,
  type SnapshotSeen,
  type SnapshotState,
  type VolumeSeen,
} from '@snapferry/migration'
import { type Static, Type } from 'typebox'
import { checkOf } from './json-reader.ts'
import { checkValues } from './wire-values.ts'

/** A snapshot of the Instance API, as far as we read it. The server writes `error_details`, the SDKs say `error_reason`. */
const InstanceSnapshot = Type.Object({
  id: Type.String({ minLength: 1 }),
  name: Type.String(),
  volume_type: Type.String(),
  creation_date: Type.String(),
  project: Type.String(),
  size: Type.Number(),
  state: Type.String(),
  tags: Type.Array(Type.String()),
  zone: Type.String(),
  base_volume: Type.Optional(
    Type.Union([Type.Null(), Type.Object({ id: Type.String(), name: Type.Optional(Type.String()) })]),
  ),
  error_details: Type.Optional(Type.Union([Type.Null(), Type.String()])),
  error_reason: Type.Optional(Type.Union([Type.Null(), Type.String()])),
})
type InstanceSnapshot = Static<typeof InstanceSnapshot>

const InstanceVolume = Type.Object({
  id: Type.String({ minLength: 1 }),
  name: Type.String(),
  volume_type: Type.String(),
  creation_date: Type.String(),
  project: Type.String(),
  size: Type.Number(),
  state: Type.String(),
  tags: Type.Array(Type.String()),
  zone: Type.String(),
})
type InstanceVolume = Static<typeof InstanceVolume>

/** A row of the list. */
export const checkInstanceSnapshot = checkOf(InstanceSnapshot)
/** `{"snapshot": {…}}` of GET, POST and PATCH. */
export const checkInstanceSnapshotAnswer = checkOf(Type.Object({ snapshot: InstanceSnapshot }))
/** `{"volume": {…}}`. */
export const checkInstanceVolumeAnswer = checkOf(Type.Object({ volume: InstanceVolume }))
/** `{"snapshots": […]}`; the total is the header X-Total-Count. Rows are read one by one. */
export const checkInstanceList = checkOf(Type.Object({ snapshots: Type.Array(Type.Unknown()) }))
/** `{"task": {…}}` of an export; the task itself is a dummy since July 2026. */
export const checkInstanceExport = checkOf(Type.Object({ task: Type.Object({}) }))

/** The snapshot in our words. */
export function readInstanceSnapshot(wire: InstanceSnapshot): Result<SnapshotSeen, string> {
  const values = checkValues({ ...wire, created: wire.creation_date })
  if (!values.ok) return values
  if (wire.volume_type !== 'l_ssd') return bad(otherType(wire.volume_type))
  const { zone, sizeBytes, createdAt } = values.value
  return good({
    backend: 'instance',
    zone,
    id: wire.id,
    name: wire.name,
    type: 'l_ssd',
    project: wire.project,
    sizeBytes,
    state: stateOf(wire.state, wire.error_details ?? wire.error_reason ?? null),
    tags: wire.tags,
    createdAt,
    volume: wire.base_volume == null ? null : { id: wire.base_volume.id, name: wire.base_volume.name ?? '' },
  })
}

function readInstanceVolume(wire: InstanceVolume): Result<VolumeSeen, string> {
  const values = checkValues({ ...wire, created: wire.creation_date })
  if (!values.ok) return values
  if (wire.volume_type !== 'l_ssd') return bad(otherType(wire.volume_type))
  return good({
    backend: 'instance',
    zone: values.value.zone,
    id: wire.id,
    name: wire.name,
    type: 'l_ssd',
    project: wire.project,
    sizeBytes: values.value.sizeBytes,
    state: volumeStateOf(wire.state),
    tags: wire.tags,
  })
}

/** What is there: a thing that can be exchanged, or why it cannot be. */
export type Shown<T> = { readonly seen: T } | { readonly unfit: string }

/** The snapshot of an answer; `scratch` and the closed `b_ssd` and `unified` are there, but cannot be carried. */
export function showInstanceSnapshot(wire: {
  snapshot: InstanceSnapshot
}): Result<Shown<SnapshotSeen>, string> {
  return show(wire.snapshot, readInstanceSnapshot)
}

/** The volume of an answer, likewise. */
export function showInstanceVolume(wire: { volume: InstanceVolume }): Result<Shown<VolumeSeen>, string> {
  return show(wire.volume, readInstanceVolume)
}

function show<W extends { volume_type: string }, T>(
  wire: W,
  read: (wire: W) => Result<T, string>,
): Result<Shown<T>, string> {
  if (wire.volume_type !== 'l_ssd') return good({ unfit: otherType(wire.volume_type) })
  const seen = read(wire)
  return seen.ok ? good({ seen: seen.value }) : seen
}

function otherType(type: string): string {
  return `volume_type ${type.slice(0, 40)} cannot be exported or imported: only l_ssd can`
}

function stateOf(word: string, details: string | null): SnapshotState {
  switch (word) {
    case 'available':
      return { kind: 'available', word }
    case 'snapshotting':
    case 'importing':
      return { kind: 'pending', word }
    case 'exporting':
      return { kind: 'exporting', word }
    case 'error':
      return { kind: 'error', word, details }
    case 'invalid_data':
      return { kind: 'invalid-data', word, details }
    default:
      return { kind: 'unknown', word }
  }
}

const VOLUME_PENDING = new Set(['snapshotting', 'fetching', 'saving', 'attaching', 'resizing', 'hotsyncing'])

function volumeStateOf(word: string): SnapshotState {
  if (word === 'available') return { kind: 'available', word }
  if (word === 'error') return { kind: 'error', word, details: null }
  return { kind: VOLUME_PENDING.has(word) ? 'pending' : 'unknown', word }
}
