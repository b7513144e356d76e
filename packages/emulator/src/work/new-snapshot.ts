import { randomUUID } from 'node:crypto'
import type { DiskRef } from '../disks/disks.ts'
import { type Call, madeByCall } from '../http/call.ts'
import { organizationOf } from '../principals.ts'
import type { Snapshot, Work } from '../snapshot.ts'
import type { World } from '../world.ts'
import { scheduleWork } from './schedule.ts'

/** What the two APIs say about a snapshot to be made; the rest is the same for both. */
export interface NewSnapshot {
  api: Snapshot['api']
  zone: string
  name: string
  tags: string[]
  projectId: string
  state: string
  disk: DiskRef
  kind: string
  volume: Snapshot['volume']
  references: Snapshot['references']
  public: boolean
  work: Work | null
}

/** How long a thing just made is not found by its id, when the fault says nothing else, in ms. */
const HIDDEN_MS = 3_000

/** Makes the snapshot, starts its work, and notes it as made by the call. */
export function makeSnapshot(world: World, call: Call, wanted: NewSnapshot): Snapshot {
  const nowMs = world.clock.nowMs()
  const hiddenMs = call.outcome?.kind === 'not-found-after-create' ? (call.outcome.forMs ?? HIDDEN_MS) : 0
  const snapshot = world.snapshots.put({
    ...wanted,
    id: randomUUID(),
    organizationId: organizationOf(wanted.projectId, world.credentials),
    errorDetails: null,
    createdMs: nowMs,
    changedMs: nowMs,
    listedFromMs: nowMs + world.switches.listLagMs,
    foundFromMs: nowMs + hiddenMs,
    madeBy: madeByCall(call),
  })
  call.madeIds.push(snapshot.id)
  scheduleWork(world, snapshot)
  return snapshot
}
