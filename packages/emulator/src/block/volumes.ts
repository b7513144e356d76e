import { requireProject } from '../api/authenticate.ts'
import { changeVolume, removeVolume } from '../api/change-volume.ts'
import { readFields } from '../api/fields.ts'
import { existing, findOwnVolume } from '../api/find-own.ts'
import { emptyAnswer, jsonAnswer } from '../api/json-answer.ts'
import { diskFrom, makeVolume } from '../api/make-volume.ts'
import { isBeingTaken } from '../api/take-snapshot.ts'
import type { Answer } from '../http/answer.ts'
import { type Call, principalOf } from '../http/call.ts'
import type { Volume } from '../volume.ts'
import type { World } from '../world.ts'
import { blockList, filterBlock } from './list.ts'
import { versionOf } from './version.ts'
import { blockVolume } from './wire.ts'

/** GET /volumes */
export function listVolumes(world: World, call: Call): Answer {
  const ids = call.query.getAll('volume_ids')
  const type = call.query.get('volume_type')
  const inZone = world.volumes.all().filter((one) => one.api === 'block' && one.zone === call.zone)
  const listed = filterBlock(call, inZone, 'volume')
    .filter((one) => ids.length === 0 || ids.includes(one.id))
    .filter((one) => type === null || one.kind === type)
  return blockList(call, 'volumes', listed, (one) =>
    blockVolume(one, isBeingTaken(world, one), versionOf(call)),
  )
}

/** GET /volumes/{id} */
export function getVolume(world: World, call: Call): Answer {
  return oneVolume(world, call, findOwnVolume(world, call, 'block', 'read'))
}

/** PATCH /volumes/{id} */
export async function patchVolume(world: World, call: Call): Promise<Answer> {
  return oneVolume(world, call, await changeVolume(world, call, 'block'))
}

/** DELETE /volumes/{id} */
export function deleteVolume(world: World, call: Call): Answer {
  removeVolume(world, call, 'block')
  return emptyAnswer()
}

/** POST /volumes: empty, or from a snapshot. */
export async function createVolume(world: World, call: Call): Promise<Answer> {
  const fields = readFields(call, 'block')
  const principal = principalOf(call)
  const projectId = fields.uuid('project_id') ?? principal.projectId
  requireProject('block', principal, projectId, { action: 'write', resource: 'volume' })
  const name = fields.text('name') ?? 'vol-emulated-volume'
  const tags = fields.texts('tags') ?? []
  const iops = fields.number('perf_iops') ?? 5_000
  if (iops !== 5_000 && iops !== 15_000)
    fields.complain('perf_iops', 'constraint', 'perf_iops must be 5000 or 15000')
  const empty = fields.inner('from_empty')
  const from = fields.inner('from_snapshot')
  if (empty === undefined && from === undefined)
    fields.complain('from_empty', 'required', 'from_empty or from_snapshot is required')
  const sizeBytes = (from ?? empty)?.bytes('size')
  if (from === undefined && sizeBytes === undefined) fields.complain('size', 'required', 'size is required')
  const base = from?.uuid('snapshot_id', 'required')
  fields.check()
  const known = base === undefined ? undefined : world.snapshots.get(base)
  const snapshot = known?.api === 'block' && known.zone === call.zone ? known : undefined
  const disk =
    base === undefined
      ? world.disks.blank(sizeBytes ?? 0)
      : diskFrom(existing(snapshot, 'block', 'snapshot', base), sizeBytes)
  const kind = iops === 15_000 ? 'sbs_15k' : 'sbs_5k'
  return oneVolume(
    world,
    call,
    makeVolume(world, call, 'block', { name, tags, projectId, kind, disk, parentSnapshotId: base ?? null }),
  )
}

function oneVolume(world: World, call: Call, volume: Volume): Answer {
  return jsonAnswer('block', 200, blockVolume(volume, isBeingTaken(world, volume), versionOf(call)))
}
