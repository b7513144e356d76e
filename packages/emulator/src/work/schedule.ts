import type { Snapshot } from '../snapshot.ts'
import type { Volume } from '../volume.ts'
import type { World } from '../world.ts'
import { finishExport } from './finish-export.ts'
import { finishImport } from './finish-import.ts'
import { finishTake } from './finish-take.ts'
import { noteEnd } from './work-end.ts'

/** Sets the alarm for what the snapshot is busy with; one that is stuck gets none. */
export function scheduleWork(world: World, { id, work }: Snapshot): void {
  if (work === null || work.dueMs === null) return
  world.clock.alarm(work.dueMs, (dueMs) => finishWork(world, id, dueMs))
}

/** Sets the alarm for a volume that is still being created. */
export function scheduleVolume(world: World, { id, readyMs }: Volume): void {
  if (readyMs === null) return
  world.clock.alarm(readyMs, async (dueMs) => {
    const volume = world.volumes.get(id)
    if (volume?.readyMs === dueMs)
      world.volumes.put({ ...volume, state: 'available', readyMs: null, changedMs: dueMs })
  })
}

/** After a restart: everything that was under way goes on. */
export function resumeWork(world: World): void {
  for (const snapshot of world.snapshots.all()) scheduleWork(world, snapshot)
  for (const volume of world.volumes.all()) scheduleVolume(world, volume)
}

/** Ends what the snapshot is busy with, if it still is. */
async function finishWork(world: World, id: string, dueMs: number): Promise<void> {
  const snapshot = world.snapshots.get(id)
  if (snapshot?.work?.dueMs !== dueMs) return
  noteEnd(world.ends, { id, kind: snapshot.work.kind, endedMs: dueMs })
  switch (snapshot.work.kind) {
    case 'take':
      return finishTake(world, snapshot, dueMs)
    case 'export':
      return finishExport(world, snapshot, snapshot.work, dueMs)
    case 'import':
      return finishImport(world, snapshot, snapshot.work, dueMs)
  }
}
