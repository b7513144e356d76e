import { collectContents } from '../api/remove-snapshot.ts'
import type { Snapshot } from '../snapshot.ts'
import type { Volume } from '../volume.ts'
import { scheduleWork } from '../work/schedule.ts'
import type { World } from '../world.ts'
import { BadWish } from './bad-wish.ts'
import { snapshotFingerprint, volumeFingerprint } from './fingerprint.ts'

/** What an admin does to a snapshot or volume behind everybody's back. Seeded things count as unchanged afterwards. */
export interface WantedTurn {
  id: string
  state?: string
  errorDetails?: string | null
  name?: string
  tags?: string[]
  sizeBytes?: number
  /** Ends what it is busy with now, also when it is stuck. */
  finish?: boolean
  /** Removes it, as its owner would. */
  gone?: boolean
}

/** Turns the thing as wished. */
export async function turn(world: World, wanted: WantedTurn): Promise<void> {
  const { id } = wanted
  const snapshot = world.snapshots.get(id)
  const volume = world.volumes.get(id)
  if (snapshot === undefined && volume === undefined)
    throw new BadWish(`there is no snapshot or volume ${id}`)
  if (wanted.gone === true) {
    world.snapshots.remove(id)
    world.volumes.remove(id)
    world.seeded.remove(id)
    collectContents(world)
  } else if (snapshot !== undefined) await turnSnapshot(world, snapshot, wanted)
  else if (volume !== undefined) turnVolume(world, volume, wanted)
}

async function turnSnapshot(world: World, snapshot: Snapshot, wanted: WantedTurn): Promise<void> {
  const turned = world.snapshots.put({
    ...turnedCommon(world, snapshot, wanted),
    errorDetails: wanted.errorDetails === undefined ? snapshot.errorDetails : wanted.errorDetails,
    references: wanted.state === undefined || wanted.state === 'in_use' ? snapshot.references : [],
    work: wanted.state === undefined ? snapshot.work : null,
  })
  const seeded = world.seeded.get(snapshot.id)
  if (seeded !== undefined) world.seeded.put({ ...seeded, fingerprint: snapshotFingerprint(turned) })
  if (wanted.finish !== true || turned.work === null) return
  const dueMs = world.clock.nowMs()
  const outcome = turned.work.outcome?.kind.startsWith('stuck-') ? null : turned.work.outcome
  scheduleWork(world, world.snapshots.put({ ...turned, work: { ...turned.work, dueMs, outcome } }))
  await world.clock.settle()
}

function turnVolume(world: World, volume: Volume, wanted: WantedTurn): void {
  const turned = world.volumes.put(turnedCommon(world, volume, wanted))
  const seeded = world.seeded.get(volume.id)
  if (seeded !== undefined) world.seeded.put({ ...seeded, fingerprint: volumeFingerprint(turned) })
}

function turnedCommon<T extends Snapshot | Volume>(world: World, thing: T, wanted: WantedTurn): T {
  const sizeBytes = wanted.sizeBytes ?? thing.disk.sizeBytes
  // A content does not end before its data: a smaller disk starts empty.
  const disk = sizeBytes < thing.disk.sizeBytes ? world.disks.blank(sizeBytes) : { ...thing.disk, sizeBytes }
  return {
    ...thing,
    state: wanted.state ?? thing.state,
    name: wanted.name ?? thing.name,
    tags: wanted.tags ?? thing.tags,
    disk,
    changedMs: world.clock.nowMs(),
  }
}
