import { type Plan, zone } from '../../src/index.ts'
import type { FakeCloud, Row } from './fake-cloud.ts'
import { DISK_BYTES } from './fake-ports.ts'

/** What stands there before we come, ours to read and nobody's to touch. */
export function settleForeigners(cloud: FakeCloud, plan: Plan): void {
  const { source, backend } = plan
  const foreign = (id: string, zone_: Row['zone'], backend_: Row['backend'], tags: string[]): Row => ({
    ...{
      id,
      backend: backend_,
      zone: zone_,
      project: 'project',
      name: 'web-root',
      tags,
      sizeBytes: DISK_BYTES,
    },
    ...{
      createdAt: 1,
      volume: 'a-volume',
      isForeign: true,
      workUntil: 0,
      outcome: 'good',
      getFrom: 0,
      listFrom: 0,
    },
    ...{ usedUntil: 0, isSound: true, from: null, goneListedUntil: null },
  })
  const rows = [
    foreign('other-1', zone('fr-par-2'), 'block', ['snapferry:copy=elsewhere.mig_x']),
    foreign('other-2', zone('fr-par-2'), 'instance', ['blue']),
  ]
  if (source.kind === 'snapshot')
    rows.push(foreign(source.id, zone('fr-par-1'), backend ?? 'block', ['blue', 'snapferry:copy=old.mig_y']))
  for (const row of rows) cloud.rows.set(row.id, row)
  cloud.put('theirs/disk.qcow2', 5_000, 'good', true)
  cloud.put('snapferry/here/work/mig_other/1.qcow2', 5_000, 'good', true)
}

/** Everything that is not ours, as one text. */
export function foreignOf(cloud: FakeCloud, plan: Plan): string {
  const sourceId = plan.source.kind === 'snapshot' ? plan.source.id : ''
  const rows = [...cloud.rows.values()].filter(({ isForeign }) => isForeign)
  const kept = rows.map(({ id, tags, name, goneListedUntil }) => ({
    id,
    tags,
    name,
    gone: id !== sourceId && goneListedUntil !== null,
  }))
  const objects = [...cloud.objects.values()].filter(({ isForeign }) => isForeign)
  return JSON.stringify({ kept, objects })
}
