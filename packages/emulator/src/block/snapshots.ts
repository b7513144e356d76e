import { requireProject } from '../api/authenticate.ts'
import { readFields } from '../api/fields.ts'
import { existing, findOwnSnapshot, lookForSnapshot, lookForVolume } from '../api/find-own.ts'
import { emptyAnswer, jsonAnswer } from '../api/json-answer.ts'
import { removeSnapshot } from '../api/remove-snapshot.ts'
import { startExport } from '../api/start-export.ts'
import { requireQuota, startImport } from '../api/start-import.ts'
import { creatingReference, takeSnapshot } from '../api/take-snapshot.ts'
import { turnState } from '../api/turn-state.ts'
import type { Answer } from '../http/answer.ts'
import { type Call, principalOf } from '../http/call.ts'
import type { Snapshot } from '../snapshot.ts'
import type { World } from '../world.ts'
import { blockList, filterBlock } from './list.ts'
import { versionOf } from './version.ts'
import { blockSnapshot } from './wire.ts'

/** GET /snapshots: the total is in the body. */
export function listSnapshots(world: World, call: Call): Answer {
  const nowMs = world.clock.nowMs()
  const volume = call.query.get('volume_id')
  const inZone = world.snapshots.all().filter((one) => one.api === 'block' && one.zone === call.zone)
  const listed = filterBlock(call, inZone, 'snapshot')
    .filter((one) => one.listedFromMs <= nowMs)
    .filter((one) => volume === null || one.volume?.id === volume)
  return blockList(call, 'snapshots', listed, (one) => blockSnapshot(world, one, versionOf(call)))
}

/** GET /snapshots/{id} */
export function getSnapshot(world: World, call: Call): Answer {
  return oneSnapshot(world, call, turnState(world, call, findOwnSnapshot(world, call, 'block', 'read')))
}

/** PATCH /snapshots/{id} */
export async function patchSnapshot(world: World, call: Call): Promise<Answer> {
  const found = lookForSnapshot(world, call, 'block', 'write')
  const fields = readFields(call, 'block')
  const name = fields.text('name')
  const tags = fields.texts('tags')
  const isPublic = fields.flag('public')
  fields.check()
  const snapshot = existing(found, 'block', 'snapshot', call.resourceId)
  const changes = {
    name: name ?? snapshot.name,
    tags: tags ?? snapshot.tags,
    public: isPublic ?? snapshot.public,
  }
  return oneSnapshot(
    world,
    call,
    world.snapshots.put({ ...snapshot, ...changes, changedMs: world.clock.nowMs() }),
  )
}

/** DELETE /snapshots/{id}: gone at once. */
export function deleteSnapshot(world: World, call: Call): Answer {
  removeSnapshot(world, call, 'block')
  return emptyAnswer()
}

/** POST /snapshots/{id}/export-to-object-storage: 200 with the snapshot, slowly. */
export async function exportSnapshot(world: World, call: Call): Promise<Answer> {
  const snapshot = await startExport(world, call, 'block')
  await world.clock.latency(world.durations.block.answerExportMs)
  return oneSnapshot(world, call, snapshot)
}

/** POST /snapshots: of a volume. */
export async function createSnapshot(world: World, call: Call): Promise<Answer> {
  const fields = readFields(call, 'block')
  const principal = principalOf(call)
  const projectId = fields.uuid('project_id') ?? principal.projectId
  requireProject('block', principal, projectId, { action: 'write', resource: 'snapshot' })
  const id = fields.uuid('volume_id', 'required') ?? ''
  const name = fields.text('name') ?? 'snp-emulated-snapshot'
  const tags = fields.texts('tags') ?? []
  const isPublic = fields.flag('public') ?? false
  const found = lookForVolume(world, call, 'block', { id, action: 'read' })
  fields.check()
  const volume = existing(found, 'block', 'volume', id)
  requireQuota(world, 'block', { projectId, sizeBytes: volume.disk.sizeBytes, snapshots: 1 })
  return oneSnapshot(
    world,
    call,
    takeSnapshot(world, call, volume, { name, tags, projectId, public: isPublic }),
  )
}

/** POST /snapshots/import-from-object-storage: `creating`, with the image's size already known. */
export async function importSnapshot(world: World, call: Call): Promise<Answer> {
  const fields = readFields(call, 'block')
  const principal = principalOf(call)
  const projectId = fields.uuid('project_id') ?? principal.projectId
  requireProject('block', principal, projectId, { action: 'write', resource: 'snapshot' })
  const wanted = {
    zone: call.zone ?? '',
    bucket: fields.text('bucket', 'required') ?? '',
    key: fields.text('key', 'required') ?? '',
    name: fields.text('name', 'required') ?? '',
    tags: fields.texts('tags') ?? [],
    projectId,
    sizeBytes: fields.bytes('size'),
    kind: 'sbs',
  }
  fields.check()
  const shape = { state: 'creating', references: [creatingReference(world)] }
  const snapshot = await startImport(world, call, 'block', wanted, shape)
  await world.clock.latency(world.durations.block.answerImportMs)
  return oneSnapshot(world, call, snapshot)
}

function oneSnapshot(world: World, call: Call, snapshot: Snapshot): Answer {
  return jsonAnswer('block', 200, blockSnapshot(world, snapshot, versionOf(call)))
}
