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
import { filterListed, listAnswer } from './list.ts'
import { projectField } from './project-field.ts'
import { instanceVolume } from './wire.ts'

/** GET /volumes */
export function listVolumes(world: World, call: Call): Answer {
  const type = call.query.get('volume_type')
  const inZone = world.volumes.all().filter((one) => one.api === 'instance' && one.zone === call.zone)
  const listed = filterListed(world, call, inZone, 'instance_volume').filter(
    (one) => type === null || one.kind === type,
  )
  return listAnswer(call, 'volumes', listed, (volume) => instanceVolume(volume, isBeingTaken(world, volume)))
}

/** GET /volumes/{id} */
export function getVolume(world: World, call: Call): Answer {
  return oneVolume(world, findOwnVolume(world, call, 'instance', 'read'), 200)
}

/** PATCH /volumes/{id} */
export async function patchVolume(world: World, call: Call): Promise<Answer> {
  return oneVolume(world, await changeVolume(world, call, 'instance'), 200)
}

/** DELETE /volumes/{id} */
export function deleteVolume(world: World, call: Call): Answer {
  removeVolume(world, call, 'instance')
  return emptyAnswer()
}

/** POST /volumes: of a size, or from a snapshot. Answers with a Location. */
export async function createVolume(world: World, call: Call): Promise<Answer> {
  const fields = readFields(call, 'instance')
  const projectId = projectField(call, fields)
  requireProject('instance', principalOf(call), projectId, { action: 'write', resource: 'instance_volume' })
  const name = fields.text('name') ?? 'vol-emulated-volume'
  const tags = fields.texts('tags') ?? []
  const kind = fields.oneOf('volume_type', ['l_ssd', 'scratch']) ?? 'l_ssd'
  const base = fields.uuid('base_snapshot')
  const sizeBytes = fields.bytes('size')
  if (base === undefined && sizeBytes === undefined) fields.complain('size', 'required', 'size is required')
  fields.check()
  const known = base === undefined ? undefined : world.snapshots.get(base)
  const snapshot = known?.api === 'instance' && known.zone === call.zone ? known : undefined
  const disk =
    base === undefined
      ? world.disks.blank(sizeBytes ?? 0)
      : diskFrom(existing(snapshot, 'instance', 'snapshot', base), sizeBytes)
  const wanted = { name, tags, projectId: projectId ?? '', kind, disk, parentSnapshotId: base ?? null }
  const volume = makeVolume(world, call, 'instance', wanted)
  const answer = oneVolume(world, volume, 201)
  const location = `https://api.scaleway.com/instance/v1/zones/${volume.zone}/volumes/${volume.id}`
  return { ...answer, headers: { ...answer.headers, Location: location } }
}

function oneVolume(world: World, volume: Volume, status: number): Answer {
  return jsonAnswer('instance', status, { volume: instanceVolume(volume, isBeingTaken(world, volume)) })
}
