import {
  type Answer,
  type Backend,
  type CloudFailure,
  good,
  type Item,
  type Owner,
  type Removal,
  type Result,
  type SnapshotSeen,
  type SnapshotWrites,
  type Writes,
} from '@snapferry/migration'
import type { Row } from '../cloud/things.ts'
import type { Incident } from '../story/incident.ts'
import type { Mishap } from '../weather/weather.ts'
import type { World } from '../world.ts'
import { failureOf, refusal, refusedAccount } from './failure-of.ts'
import { seen } from './look-port.ts'
import type { Run } from './run.ts'
import { reach } from './wire.ts'

type Done<T> = Result<T, CloudFailure>

/** What a write does when it takes effect, and by what mark it was announced (a create) or which thing it names. */
interface Doing<T> {
  readonly call: string
  readonly mark: string
  readonly isCreate: boolean
  act(): Done<T>
}

/** The writes of one permit, as a run reaches them. */
export function writePort(world: World, run: Run, permit: () => boolean): Writes {
  const write = <T>(doing: Doing<T>): Answer<T> => send(world, run, permit, doing)
  return {
    instance: snapshotWrites('instance', world, run, write),
    block: snapshotWrites('block', world, run, write),
    images: {
      removeOurs: (item, owner) =>
        write({
          ...{ call: 'DeleteObject', mark: item.thing.id, isCreate: false },
          act: () => removeImage(world, item, owner),
        }),
    },
  }
}

type Write = <T>(doing: Doing<T>) => Answer<T>

function send<T>(world: World, run: Run, permit: () => boolean, doing: Doing<T>): Answer<T> {
  const { call } = doing
  return reach<Done<T>>(world, run, {
    step: 'write',
    call,
    keepBack: () => {
      if (permit()) {
        world.witness.leaving(run, doing)
        return null
      }
      world.witness.heldBack(run)
      return failureOf({ kind: 'stopped', status: null, nothing: true }, call)
    },
    effect: (mishap, incident) => effect(world, run, doing, mishap, incident),
  })
}

/** Lets a write act as its mishap says; what acts behind the back of its sender matters by that alone. */
function effect<T>(
  world: World,
  run: Run,
  { act, call }: Doing<T>,
  mishap: Mishap | null,
  incident: Incident | null,
): Done<T> {
  const refused = world.account.refuses(call)
  if (refused !== null) return refusedAccount(refused, call)
  if (mishap === null || incident === null) return act()
  const { reply, effect: how = reply === undefined ? 'done' : 'none', lateMs = 0 } = mishap
  if (reply !== undefined) run.writes.push(incident)
  const later = (): void => {
    world.time.after(lateMs, () => {
      if (act().ok) incident.mattered = true
    })
  }
  if (how === 'late') later()
  if (how === 'twice') later()
  const answer = how === 'done' || how === 'twice' ? act() : null
  if (reply !== undefined) return failureOf(reply, call)
  return answer ?? act()
}

function snapshotWrites(backend: Backend, world: World, run: Run, write: Write): SnapshotWrites {
  const { cloud } = world
  const make = (
    wanted: Parameters<typeof cloud.make>[0],
    what: 'snapshot' | 'import',
  ): Done<SnapshotSeen> => {
    const row = cloud.make(wanted, run.id, world.witness.fate(run, what))
    if (what === 'import') world.witness.limits.begun('import', run.id)
    return good(seen(world, row))
  }
  return {
    takeSnapshot: ({ zone, project, name, tags, volume }) =>
      write({
        ...{ call: 'CreateSnapshot', mark: wipOf(tags), isCreate: true },
        act: () => {
          const { sizeBytes } = cloud.volumes.get(volume) ?? {}
          if (sizeBytes === undefined) return refusal('missing', 404, 'CreateSnapshot')
          return make({ backend, zone, project, name, tags, volume, image: null, sizeBytes }, 'snapshot')
        },
      }),
    startExport: ({ id, key }) =>
      write({
        ...{ call: 'ExportSnapshot', mark: key, isCreate: true },
        act: () => exported(world, run, id, key),
      }),
    startImport: ({ zone, project, name, tags, key, sizeBytes }) =>
      write({
        ...{ call: 'ImportSnapshot', mark: wipOf(tags), isCreate: true },
        act: () => {
          if ((cloud.objects.get(key)?.bytes ?? 0) === 0) return refusal('missing', 404, 'ImportSnapshot')
          return make({ backend, zone, project, name, tags, volume: null, image: key, sizeBytes }, 'import')
        },
      }),
    retag: ({ id, drop, add }) =>
      write({
        ...{ call: 'UpdateSnapshot', mark: id, isCreate: false },
        act: () => {
          const row = cloud.rows.get(id)
          if (row === undefined || !cloud.exists(row)) return refusal('missing', 404, 'UpdateSnapshot')
          if (row.by !== run.id) cloud.crimes.push(`${run.id} retagged ${id}`)
          const kept = row.tags.filter((tag) => !tag.startsWith(drop) && !add.includes(tag))
          cloud.retag(row, [...kept, ...add])
          return good(null)
        },
      }),
    removeOurs: (item, owner) => removeSnapshot(world, run, backend, { item, owner }, write),
  }
}

/** The tag by which a create of ours is known. */
function wipOf(tags: readonly string[]): string {
  return tags.find((tag) => tag.startsWith('snapferry:wip=')) ?? ''
}

function exported(world: World, run: Run, id: string, key: string): Done<null> {
  const { cloud } = world
  const row = cloud.rows.get(id)
  if (row === undefined || !cloud.exists(row)) return refusal('missing', 404, 'ExportSnapshot')
  if (cloud.isExporting(id) || row.workUntil > cloud.now) return refusal('busy', 409, 'ExportSnapshot')
  cloud.startExport(row, key, world.witness.fate(run, 'export'), false)
  world.witness.limits.begun('export', run.id)
  return good(null)
}

/** As the adapter does it: reads the snapshot, asks for our exact tag, and only then deletes. */
async function removeSnapshot(
  world: World,
  run: Run,
  backend: Backend,
  { item, owner }: { readonly item: Item; readonly owner: Owner },
  write: Write,
): Answer<Removal> {
  const { id } = item.thing
  const read = await reach<Done<Row | null>>(world, run, {
    step: 'look',
    call: 'GetSnapshot',
    effect: (mishap, incident) => {
      const refused = world.account.refuses('GetSnapshot')
      if (refused !== null) return refusedAccount(refused, 'GetSnapshot')
      if (mishap?.reply !== undefined) {
        if (incident !== null) run.writes.push(incident)
        return failureOf(mishap.reply, 'GetSnapshot')
      }
      const row = world.cloud.rows.get(id)
      const isThere = row !== undefined && row.backend === backend && row.goneAt === null
      return good(isThere && row.getFrom <= world.cloud.now ? row : null)
    },
  })
  if (!read.ok) return read
  if (read.value === null) return good('gone')
  if (!isOurs(read.value, item, owner)) return good('not-ours')
  return write({
    ...{ call: 'DeleteSnapshot', mark: id, isCreate: false },
    act: () => deleted(world, run, id),
  })
}

function isOurs({ tags }: Row, { round }: Item, { install, migration }: Owner): boolean {
  const whose = `${install}.${migration}`
  const ours = [`snapferry:wip=${whose}.${round}`, `snapferry:copy=${whose}`, `snapferry:snapshot=${whose}`]
  return tags.some((tag) => ours.includes(tag))
}

function deleted({ cloud }: World, run: Run, id: string): Done<Removal> {
  const row = cloud.rows.get(id)
  const { now } = cloud
  if (row === undefined || !cloud.exists(row)) return good('gone')
  if (row.workUntil > now || cloud.isExporting(id)) return refusal('busy', 409, 'DeleteSnapshot')
  if (row.lockedUntil > now) return refusal('locked', 423, 'DeleteSnapshot')
  if (row.usedUntil > now) return refusal('in-use', 412, 'DeleteSnapshot')
  if (row.by !== run.id) cloud.crimes.push(`${run.id} deleted ${id}`)
  cloud.remove(row)
  return good('gone')
}

function removeImage({ cloud }: World, item: Item, owner: Owner): Done<Removal> {
  const key = item.thing.id
  const stored = cloud.objects.get(key)
  if (stored === undefined) return good('gone')
  const shelves = ['work', 'keep'].map(
    (shelf) => `${owner.prefix}/${owner.install}/${shelf}/${owner.migration}/`,
  )
  if (!shelves.some((shelf) => key.startsWith(shelf))) return good('not-ours')
  if (stored.isForeign) cloud.crimes.push(`${owner.migration} deleted ${key}`)
  cloud.drop(key)
  return good('gone')
}
