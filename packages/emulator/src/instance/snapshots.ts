import { requireProject } from '../api/authenticate.ts'
import { type Fields, readFields } from '../api/fields.ts'
import { existing, findOwnSnapshot, lookForSnapshot, lookForVolume } from '../api/find-own.ts'
import { emptyAnswer, jsonAnswer } from '../api/json-answer.ts'
import { removeSnapshot } from '../api/remove-snapshot.ts'
import { startExport } from '../api/start-export.ts'
import { requireQuota, startImport } from '../api/start-import.ts'
import { takeSnapshot } from '../api/take-snapshot.ts'
import { turnState } from '../api/turn-state.ts'
import type { Answer } from '../http/answer.ts'
import { type Call, principalOf } from '../http/call.ts'
import type { Snapshot } from '../snapshot.ts'
import type { World } from '../world.ts'
import { filterListed, listAnswer } from './list.ts'
import { projectField } from './project-field.ts'
import { dummyTask, instanceSnapshot, objectUrl } from './wire.ts'

/** GET /snapshots: body without a total, oldest first. */
export function listSnapshots(world: World, call: Call): Answer {
  const volume = call.query.get('base_volume_id')
  const nowMs = world.clock.nowMs()
  const inZone = world.snapshots.all().filter((one) => one.api === 'instance' && one.zone === call.zone)
  const listed = filterListed(world, call, inZone, 'instance_snapshot')
    .filter((one) => one.listedFromMs <= nowMs)
    .filter((one) => volume === null || one.volume?.id === volume)
  return listAnswer(call, 'snapshots', listed, instanceSnapshot)
}

/** GET /snapshots/{id} */
export function getSnapshot(world: World, call: Call): Answer {
  const snapshot = turnState(world, call, findOwnSnapshot(world, call, 'instance', 'read'))
  return jsonAnswer('instance', 200, { snapshot: instanceSnapshot(snapshot) })
}

/** PATCH /snapshots/{id}: name and tags; the modification date moves. */
export async function patchSnapshot(world: World, call: Call): Promise<Answer> {
  const found = lookForSnapshot(world, call, 'instance', 'write')
  const fields = readFields(call, 'instance')
  const name = fields.text('name')
  const tags = fields.texts('tags')
  fields.check()
  const snapshot = existing(found, 'instance', 'snapshot', call.resourceId)
  const changes = { name: name ?? snapshot.name, tags: tags ?? snapshot.tags }
  const changed = world.snapshots.put({ ...snapshot, ...changes, changedMs: world.clock.nowMs() })
  return jsonAnswer('instance', 200, { snapshot: instanceSnapshot(changed) })
}

/** DELETE /snapshots/{id}: gone at once. */
export function deleteSnapshot(world: World, call: Call): Answer {
  removeSnapshot(world, call, 'instance')
  return emptyAnswer()
}

/** POST /snapshots/{id}/export: 202, a dummy task, and an empty object where the image will be. */
export async function exportSnapshot(world: World, call: Call): Promise<Answer> {
  const snapshot = await startExport(world, call, 'instance')
  const startedMs = world.clock.nowMs()
  await world.clock.latency(world.durations.instance.answerExportMs)
  const place = snapshot.work?.kind === 'export' ? snapshot.work : { bucket: '', key: '' }
  const from = `/snapshots/${snapshot.id}/export`
  const result = objectUrl(snapshot.zone, place)
  return jsonAnswer('instance', 202, { task: dummyTask({ from, result, startedMs, zone: snapshot.zone }) })
}

/** POST /snapshots: from a volume, or from an image when `bucket` is there. */
export async function createSnapshot(world: World, call: Call): Promise<Answer> {
  const fields = readFields(call, 'instance')
  const isImport = fields.has('bucket') || fields.has('key')
  const wanted = commonFields(call, fields)
  const asked = { action: 'write', resource: 'instance_snapshot' }
  requireProject('instance', principalOf(call), wanted.projectId || undefined, asked)
  const snapshot = isImport
    ? await importFrom(world, call, fields, wanted)
    : takeFrom(world, call, fields, wanted)
  return created(snapshot)
}

type Common = ReturnType<typeof commonFields>

function commonFields(call: Call, fields: Fields) {
  return {
    name: fields.text('name') ?? 'snp-emulated-snapshot',
    tags: fields.texts('tags') ?? [],
    projectId: projectField(call, fields) ?? '',
    kind: fields.oneOf('volume_type', ['unknown_volume_type', 'l_ssd']),
  }
}

async function importFrom(world: World, call: Call, fields: Fields, wanted: Common): Promise<Snapshot> {
  const bucket = fields.text('bucket', 'required') ?? ''
  const key = fields.text('key', 'required') ?? ''
  const sizeBytes = fields.bytes('size')
  if (fields.has('volume_id'))
    fields.complain('volume_id', 'constraint', 'volume_id cannot be used with bucket and key')
  fields.check()
  const { name, tags, projectId } = wanted
  const zone = call.zone ?? ''
  const image = { zone, bucket, key, name, tags, projectId, sizeBytes, kind: 'l_ssd' }
  const snapshot = await startImport(world, call, 'instance', image, { state: 'importing', references: [] })
  await world.clock.latency(world.durations.instance.answerImportMs)
  return snapshot
}

function takeFrom(world: World, call: Call, fields: Fields, wanted: Common): Snapshot {
  const id = fields.uuid('volume_id', 'required') ?? ''
  const volume = lookForVolume(world, call, 'instance', { id, action: 'read' })
  // A Block volume is no "unknown volume" here: its type is what Instance complains about.
  const isBlock = world.volumes.get(id)?.api === 'block'
  if (isBlock) fields.complain('volume_type', 'constraint', 'volume_type is not a valid value')
  fields.check()
  const found = existing(volume, 'instance', 'volume', id)
  requireQuota(world, 'instance', {
    projectId: wanted.projectId,
    sizeBytes: found.disk.sizeBytes,
    snapshots: 1,
  })
  const { name, tags, projectId } = wanted
  return takeSnapshot(world, call, found, { name, tags, projectId, public: false })
}

function created(snapshot: Snapshot): Answer {
  const { id, zone, createdMs } = snapshot
  const task = dummyTask({ from: '/snapshots', result: `snapshots/${id}`, startedMs: createdMs, zone })
  return jsonAnswer('instance', 201, { snapshot: instanceSnapshot(snapshot), task })
}
