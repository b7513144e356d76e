import {
  bad,
  type CloudFailure,
  type CloudFailureKind,
  type ExportOrder,
  good,
  type Item,
  OUR_TAG,
  type Owner,
  type Removal,
  type Result,
  type RetagOrder,
  type SnapshotSeen,
} from '@snapferry/migration'
import {
  type Cloud,
  type CreateAct,
  isExporting,
  objectOf,
  type Row,
  rowOf,
  shownRow,
  withObject,
  withoutRow,
  withRow,
} from './cloud.ts'
import { WORK_MS_MAX } from './patience.ts'
import { type Scene, SOURCE_SNAPSHOT } from './scene.ts'
import { find, shown, stored } from './see.ts'

/** What a write did to the provider and what it says. */
export interface Effect<T> {
  readonly cloud: Cloud
  readonly result: Result<T, CloudFailure>
}

/** A failed call as an adapter tells it; `nothing`: it surely changed nothing. */
export function failureOf(kind: CloudFailureKind, call: string, nothing: boolean): CloudFailure {
  return { kind, call, status: null, words: `${kind} here`, requestId: null, nothing, retryAfterMs: null }
}

/** Something that is only shown later, or reached the provider later. */
export interface Lateness {
  readonly hiddenUntil: number | null
  readonly late: Row['late']
}

/** Nothing about it is late. */
export const PUNCTUAL: Lateness = { hiddenUntil: null, late: 'no' }

/** A create reaches the provider. */
export function create(
  act: CreateAct,
  cloud: Cloud,
  scene: Scene,
  now: number,
  lateness: Lateness = PUNCTUAL,
): Effect<SnapshotSeen | null> {
  switch (act.act) {
    case 'take-snapshot':
      return made(act, { what: 'taken-snapshot', image: null, isSound: true }, cloud, scene, now, lateness)
    case 'start-export':
      return startExport(act.order, cloud, scene, now, lateness)
    case 'start-import': {
      const image = stored(cloud, scene, act.order.key)
      if ((image?.bytes ?? 0) === 0) return refuse(cloud, 'missing', 'ImportSnapshot')
      const isSound = image?.content === 'good'
      return made(act, { what: 'copy', image: act.order.key, isSound }, cloud, scene, now, lateness)
    }
  }
}

function refuse(cloud: Cloud, kind: CloudFailureKind, call: string): Effect<never> {
  return { cloud, result: bad(failureOf(kind, call, true)) }
}

function made(
  { order, intent }: Extract<CreateAct, { act: 'take-snapshot' | 'start-import' }>,
  what: Pick<Row, 'what' | 'image' | 'isSound'>,
  cloud: Cloud,
  scene: Scene,
  now: number,
  lateness: Lateness,
): Effect<SnapshotSeen> {
  const number = cloud.made + 1
  const row: Row = {
    id: `row-${number}`,
    tags: order.tags,
    round: intent.round,
    createdAt: now,
    work: 'running',
    endsBy: now + WORK_MS_MAX,
    isSmall: false,
    ...what,
    ...lateness,
  }
  const changed = { ...cloud, rows: [...cloud.rows, row], made: number }
  return { cloud: changed, result: good(shown(row, changed, scene)) }
}

function startExport(
  { id, key }: ExportOrder,
  cloud: Cloud,
  scene: Scene,
  now: number,
  { late }: Lateness,
): Effect<null> {
  const taken = rowOf(cloud, id)
  if (taken === null && !(scene.source === 'snapshot' && id === SOURCE_SNAPSHOT))
    return refuse(cloud, 'missing', 'ExportSnapshot')
  if (isExporting(cloud, id) || (taken !== null && taken.work !== 'good'))
    return refuse(cloud, 'busy', 'ExportSnapshot')
  const isLate = late !== 'no'
  const begun = { source: id, key, isLate, endsBy: now + WORK_MS_MAX }
  const started = { ...cloud, exports: [...cloud.exports, begun], made: cloud.made + 1 }
  // The Instance API leaves an empty object there from the start.
  const placeholder = { key, bytes: 0, etag: `etag-${started.made}`, content: 'none', isLate } as const
  const changed = scene.backend === 'instance' ? withObject(started, key, placeholder) : started
  return { cloud: changed, result: good(null) }
}

/** New tags: reads the snapshot, drops what begins with `drop`, adds, and writes the whole list. */
export function retag({ id, drop, add }: RetagOrder, cloud: Cloud): Effect<null> {
  const row = shownRow(cloud, id)
  if (row === null) return refuse(cloud, 'missing', 'UpdateSnapshot')
  const tags = [...row.tags.filter((tag) => !tag.startsWith(drop) && !add.includes(tag)), ...add]
  return { cloud: withRow(cloud, { ...row, tags }), result: good(null) }
}

/** A removal as the adapters make it: read again, asked for our mark, and only then deleted. */
export function remove(item: Item, owner: Owner, cloud: Cloud, scene: Scene): Effect<Removal> {
  const { thing } = item
  if (thing.what === 'image') return removeImage(thing.id, owner, cloud)
  const seen = find(cloud, scene, thing.backend, thing)
  if (seen === null) return { cloud, result: good('gone') }
  if (!carriesOurMark(seen.tags, item, owner)) return { cloud, result: good('not-ours') }
  if (seen.state.kind === 'pending' || seen.state.kind === 'exporting')
    return refuse(cloud, 'busy', 'DeleteSnapshot')
  return { cloud: withoutRow(cloud, thing.id), result: good('gone') }
}

function removeImage(key: string, { prefix, install, migration }: Owner, cloud: Cloud): Effect<Removal> {
  const isOurs = key.startsWith(`${prefix}/${install}/work/${migration}/`)
  if (!isOurs) return { cloud, result: good('not-ours') }
  return {
    cloud: objectOf(cloud, key) === null ? cloud : withObject(cloud, key, null),
    result: good('gone'),
  }
}

function carriesOurMark(tags: readonly string[], { thing, round }: Item, owner: Owner): boolean {
  if (tags.some((tag) => tag.startsWith(`${OUR_TAG}copy=`))) return false
  const name = `${owner.install}.${owner.migration}`
  const isTaken = thing.what === 'taken-snapshot' && tags.includes(`${OUR_TAG}snapshot=${name}`)
  return isTaken || tags.includes(`${OUR_TAG}wip=${name}.${round}`)
}
