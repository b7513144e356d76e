import {
  type Backend,
  bytes,
  type CopyType,
  type Keep,
  type Plan,
  regionOf,
  zone,
} from '@snapferry/migration'
import type { Chance } from '../chance.ts'
import type { World } from '../world.ts'

const FROM = zone('fr-par-1')
const SIZES = [bytes(10_000_000_000), bytes(20_000_000_000)]
const KEEPS: readonly Keep[] = [
  { kind: 'never' },
  { kind: 'never' },
  { kind: 'never' },
  { kind: 'always' },
  { kind: 'days', days: 1 },
]

/** What a plan is made of; what is missing is the usual. */
export interface Asked {
  readonly source?: 'snapshot' | 'volume' | 'image'
  readonly backend?: Backend
  readonly type?: CopyType | null
  readonly to?: 'fr-par-2' | 'fr-par-3'
  readonly keep?: Keep
  readonly keepTaken?: boolean
  /** The number of the source: equal numbers of one kind and backend are one source. */
  readonly number?: number
}

/** A plan of this kind; its source is put there when it is not. */
export function planFor({ cloud }: World, asked: Asked = {}): Plan {
  const { source: kind = 'snapshot', backend = 'block', type = null, keep = { kind: 'never' } } = asked
  const to = zone(asked.to ?? 'fr-par-2')
  const number = asked.number ?? 1
  const id = `${kind}-${backend}-${number}`
  const sizeBytes = SIZES[number % 2] ?? bytes(0)
  const key = `theirs/${number}.qcow2`
  if (kind === 'snapshot' && !cloud.rows.has(id))
    cloud.settle({ id, backend, zone: FROM, sizeBytes, tags: ['blue', 'snapferry:copy=old.mig_y'] })
  if (kind === 'volume' && !cloud.volumes.has(id))
    cloud.volumes.set(id, {
      id,
      backend,
      zone: FROM,
      project: 'project',
      sizeBytes,
      content: `disk of ${id}`,
    })
  if (kind === 'image' && !cloud.objects.has(key)) putImage(cloud, key, sizeBytes)
  const isImage = kind === 'image'
  const copy = { name: isImage ? 'web-root' : null, tags: isImage ? [] : null, sizeBytes: null }
  const project = isImage ? 'project' : null
  return {
    ...{ profile: 'default', install: 'here', prefix: 'snapferry', to, labels: {} },
    source: isImage ? { kind, bucket: 'bucket', key } : { kind, id },
    from: isImage ? null : FROM,
    ...{ backend: null, sourceProject: null },
    copy: { ...copy, project, type: isImage ? (type ?? 'sbs') : type },
    image: { bucket: 'bucket', region: regionOf(to), keep: isImage ? { kind: 'never' } : keep },
    takenSnapshot: { keep: kind === 'volume' && (asked.keepTaken ?? false) },
  }
}

/** Anything that can be asked for; few sources, so that migrations meet at them. */
export function rollAsked(chance: Chance, sources: number): Asked {
  return {
    source: chance.pick(['snapshot', 'snapshot', 'volume', 'image']),
    backend: chance.pick(['instance', 'block']),
    type: chance.pick([null, null, 'sbs', 'l_ssd']),
    to: chance.pick(['fr-par-2', 'fr-par-3']),
    keep: chance.pick(KEEPS),
    keepTaken: chance.happens(0.3),
    number: chance.between(1, sources),
  }
}

/** Things of others that look like ours: nobody may touch them. */
export function settleForeigners({ cloud }: World): void {
  const sizeBytes = SIZES[0] ?? bytes(0)
  const other = { name: 'web-root', sizeBytes, zone: zone('fr-par-2') }
  cloud.settle({ ...other, id: 'other-1', backend: 'block', tags: ['snapferry:copy=elsewhere.mig_x'] })
  cloud.settle({ ...other, id: 'other-2', backend: 'instance', tags: ['blue'] })
  cloud.settle({ ...other, id: 'other-3', backend: 'block', tags: ['snapferry:wip=elsewhere.mig_x.2'] })
  putImage(cloud, 'snapferry/elsewhere/work/mig_other/1.qcow2', sizeBytes)
  putImage(cloud, 'snapferry/here/work/mig_other/1.qcow2', sizeBytes)
}

function putImage(cloud: World['cloud'], key: string, diskBytes: (typeof SIZES)[number]): void {
  const image = { header: 'good', isWhole: true, isForeign: true } as const
  cloud.put({ ...image, key, bytes: 5_000, diskBytes, content: `disk of ${key}` })
}
