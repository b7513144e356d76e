import { randomUUID } from 'node:crypto'
import type { Call } from '../http/call.ts'
import type { Reference, Snapshot } from '../snapshot.ts'
import type { Volume } from '../volume.ts'
import { dueMs } from '../work/due.ts'
import { makeSnapshot } from '../work/new-snapshot.ts'
import type { World } from '../world.ts'
import { resourceName } from './find-own.ts'
import { preconditionFailed, transientState } from './refusals.ts'

const BEGINS_AS = { instance: 'snapshotting', block: 'creating' } as const

/** Takes a snapshot of the volume. On Instance it is available at once when the server is powered off, as recorded. */
export function takeSnapshot(
  world: World,
  call: Call,
  volume: Volume,
  wanted: { name: string; tags: string[]; projectId: string; public: boolean },
): Snapshot {
  const { api, zone } = volume
  refuseBusyVolume(world, volume)
  const isCold = api === 'instance' && volume.server !== null && !volume.server.running
  const bytes = world.disks.dataBytes(volume.disk)
  const due = dueMs(world, { api, kind: 'snapshot', bytes, outcome: call.outcome })
  return makeSnapshot(world, call, {
    ...wanted,
    api,
    zone,
    state: isCold ? 'available' : BEGINS_AS[api],
    disk: volume.disk,
    kind: api === 'block' ? 'sbs' : volume.kind,
    volume: { id: volume.id, name: volume.name },
    references: api === 'block' ? [creatingReference(world)] : [],
    work: isCold ? null : { kind: 'take', dueMs: due, outcome: call.outcome },
  })
}

/** Whether a snapshot of the volume is being taken. */
export function isBeingTaken(world: World, volume: Volume): boolean {
  return world.snapshots.all().some((one) => one.work?.kind === 'take' && one.volume?.id === volume.id)
}

/** What Block shows as long as a snapshot is `creating`. */
export function creatingReference(world: World): Reference {
  return {
    id: randomUUID(),
    productResourceType: 'internal',
    productResourceId: '00000000-0000-0000-0000-000000000000',
    type: 'unknown_type',
    status: 'attached',
    createdMs: world.clock.nowMs(),
  }
}

function refuseBusyVolume(world: World, volume: Volume): void {
  const resource = resourceName(volume.api, 'volume')
  if (volume.readyMs !== null) throw transientState(volume.api, resource, volume.id, volume.state)
  if (volume.state === 'error') {
    throw preconditionFailed(
      volume.api,
      'resource_not_usable',
      'Volume is in error, no snapshot can be taken',
    )
  }
  if (world.switches.takeWhileTaking !== 'accept' && isBeingTaken(world, volume)) {
    throw transientState(volume.api, resource, volume.id, 'snapshotting')
  }
}
