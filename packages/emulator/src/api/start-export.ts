import { type Call, madeByCall, principalOf } from '../http/call.ts'
import type { Snapshot } from '../snapshot.ts'
import { dueMs } from '../work/due.ts'
import { putPlaceholder } from '../work/finish-export.ts'
import { scheduleWork } from '../work/schedule.ts'
import type { World } from '../world.ts'
import { type Fields, readFields } from './fields.ts'
import { existing, lookForSnapshot, resourceName } from './find-own.ts'
import { type Dialect, preconditionFailed, transientState } from './refusals.ts'
import { checkBucket } from './staging.ts'

/** Above this a snapshot cannot go to a bucket, in bytes: 1 TB. */
const EXPORT_BYTES_MAX = 1_000_000_000_000

const READY: Record<Dialect, readonly string[]> = { instance: ['available'], block: ['available', 'in_use'] }

/** Checks an export and starts it; answers the snapshot as it is then. */
export async function startExport(world: World, call: Call, dialect: Dialect): Promise<Snapshot> {
  const found = lookForSnapshot(world, call, dialect, 'write')
  const { bucket, key } = stagingFields(readFields(call, dialect))
  const snapshot = existing(found, dialect, 'snapshot', call.resourceId)
  const principal = principalOf(call)
  refuseBusy(world, dialect, snapshot)
  if (snapshot.disk.sizeBytes > EXPORT_BYTES_MAX) {
    throw preconditionFailed(dialect, 'resource_not_usable', 'Snapshots above 1 TB cannot be exported', 400)
  }
  checkBucket(
    world,
    { dialect, zone: snapshot.zone, bucket, key, principal, projectId: snapshot.projectId },
    's3:PutObject',
  )
  const madeBy = madeByCall(call)
  const hasPlaceholder = world.switches[dialect === 'instance' ? 'instancePlaceholder' : 'blockPlaceholder']
  if (hasPlaceholder && world.buckets.get(bucket) !== undefined)
    putPlaceholder(world, { bucket, key }, madeBy)
  const bytes = world.disks.dataBytes(snapshot.disk)
  const due = dueMs(world, { api: dialect, kind: 'export', bytes, outcome: call.outcome })
  const exporting = world.snapshots.put({
    ...snapshot,
    state: 'exporting',
    changedMs: world.clock.nowMs(),
    work: {
      kind: 'export',
      dueMs: due,
      outcome: call.outcome,
      bucket,
      key,
      madeBy,
      backTo: snapshot.work?.kind === 'export' ? snapshot.work.backTo : snapshot.state,
      policyName: principal.credential.policyName,
    },
  })
  scheduleWork(world, exporting)
  return exporting
}

/** `bucket` and `key`, both needed. */
export function stagingFields(fields: Fields): { bucket: string; key: string } {
  const bucket = fields.text('bucket', 'required')
  const key = fields.text('key', 'required')
  fields.check()
  return { bucket: bucket ?? '', key: key ?? '' }
}

function refuseBusy(world: World, dialect: Dialect, snapshot: Snapshot): void {
  if (READY[dialect].includes(snapshot.state)) return
  const resource = resourceName(dialect, 'snapshot')
  if (snapshot.state === 'exporting') {
    if (world.switches.exportWhileExporting === 'accept') return
    if (world.switches.exportWhileExporting === 'precondition') {
      throw preconditionFailed(dialect, 'resource_not_usable', 'Snapshot is being exported')
    }
  }
  if (snapshot.work !== null) throw transientState(dialect, resource, snapshot.id, snapshot.state)
  throw preconditionFailed(
    dialect,
    'resource_not_usable',
    `Snapshot is ${snapshot.state}, it cannot be exported`,
  )
}
