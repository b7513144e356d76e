import type { MigrationId } from '@snapferry/migration'
import type { Row } from '../cloud/things.ts'
import { GOOD } from '../weather/weather.ts'
import type { World } from '../world.ts'

/** What somebody may take away behind our back. */
export type Taken = 'source' | 'copy' | 'image'

/** Somebody removes a thing of a migration, unless the provider works on it; false when there was none. */
export function takeAway(world: World, id: MigrationId, what: Taken): boolean {
  const { cloud, memory, witness } = world
  const record = memory.rows.get(id)?.record
  if (record === undefined) return false
  if (what === 'image') {
    const key = [...cloud.objects.values()].find(
      (stored) => !stored.isForeign && stored.key.includes(id),
    )?.key
    if (key === undefined) return false
    cloud.drop(key)
  } else {
    const row = [...cloud.rows.values()].find((one) => isMeant(one, id, record.plan.source, what))
    if (row === undefined || cloud.isExporting(row.id) || row.workUntil > cloud.now) return false
    cloud.remove(row)
  }
  const note = witness.note(id)
  note.meddled.add(what)
  note.open.push(witness.happened(id, `somebody removes the ${what}`, 'any'))
  return true
}

function isMeant(row: Row, id: MigrationId, source: { kind: string; id?: string }, what: Taken): boolean {
  if (row.goneAt !== null) return false
  if (what === 'source') return source.kind === 'snapshot' && row.id === source.id
  return row.by === id && row.image !== null
}

/** Somebody else exports a source by hand; false when it is being exported already. */
export function exportByHand(world: World, sourceId: string, forMs: number): boolean {
  const { cloud, witness, memory } = world
  const row = cloud.rows.get(sourceId)
  if (row === undefined || row.goneAt !== null || cloud.isExporting(sourceId)) return false
  cloud.startExport(row, 'theirs/by-hand.qcow2', { ...GOOD, tookMs: forMs }, true)
  for (const note of world.notes.values()) {
    const source = memory.rows.get(note.id)?.record.plan.source
    if (source?.kind === 'snapshot' && source.id === sourceId && note.endedAt === null)
      note.open.push(witness.happened(note.id, 'somebody else exports the source', 'any'))
  }
  return true
}
