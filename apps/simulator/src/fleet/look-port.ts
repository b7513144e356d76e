import {
  type Answer,
  type Backend,
  type BucketSeen,
  type CloudFailure,
  good,
  type ImageSeen,
  type Looks,
  type ObjectSeen,
  type Result,
  type SnapshotLooks,
  type SnapshotSeen,
  type VolumeSeen,
} from '@snapferry/migration'
import type { Row, Stored, Volume } from '../cloud/things.ts'
import type { Incident } from '../story/incident.ts'
import type { Mishap } from '../weather/weather.ts'
import type { World } from '../world.ts'
import { failureOf, refusedAccount } from './failure-of.ts'
import type { Run } from './run.ts'
import { reach } from './wire.ts'

/** What a look would show at this moment: the truth, and what the provider says when it is late. */
interface Sight<T> {
  readonly truth: T
  readonly shown: T
  /** The name of the lateness when the two differ. */
  readonly late?: string
}

/** The looks of both backends and of Object Storage, as a run reaches them. */
export function lookPort(world: World, run: Run): Looks {
  const { cloud } = world
  const look = <T>(call: string, key: string, sight: () => Sight<T>): Answer<T> =>
    reach(world, run, {
      step: 'look',
      call,
      effect: (mishap, incident) => answer(world, run, { call, key, sight: sight() }, mishap, incident),
    })
  const plain = <T>(truth: T): Sight<T> => ({ truth, shown: truth })
  return {
    instance: rowsOf('instance', world, look),
    block: rowsOf('block', world, look),
    images: {
      bucket: ({ bucket, region }) =>
        look('HeadBucket', 'bucket', () =>
          plain<BucketSeen>({ bucket, region, project: 'project', versioned: false, locked: false }),
        ),
      list: ({ prefix }) =>
        look('ListObjectsV2', `list ${prefix}`, () => plain(cloud.folder(prefix).map(shownObject))),
      head: ({ key }) =>
        look('HeadObject', `head ${key}`, () => {
          const stored = cloud.objects.get(key)
          return plain(stored === undefined ? null : shownObject(stored))
        }),
      read: () => Promise.reject(new Error('nobody reads bytes here')),
    },
    judge: {
      images: ({ prefix }) =>
        look('ListObjectsV2', `images ${prefix}`, () => {
          world.witness.asked(run, prefix)
          return plain(cloud.folder(prefix).map(shownImage))
        }),
      judge: ({ key }) => look('GetObject', `judge ${key}`, () => plain(judged(cloud.objects.get(key)))),
    },
  }
}

type Look = <T>(call: string, key: string, sight: () => Sight<T>) => Answer<T>

function rowsOf(backend: Backend, world: World, look: Look): SnapshotLooks {
  const { cloud } = world
  return {
    backend,
    find: ({ id, zone }) =>
      look('GetSnapshot', `find ${backend} ${id}`, () => rowSight(world, backend, zone, id)),
    findVolume: ({ id }) =>
      look('GetVolume', `volume ${backend} ${id}`, () => {
        const volume = cloud.volumes.get(id)
        const truth = volume?.backend === backend ? volumeSeen(volume) : null
        return { truth, shown: truth }
      }),
    tagged: ({ zone, project, tag }) =>
      look('ListSnapshots', `tagged ${backend} ${tag}`, () => {
        const tagged = cloud
          .tagged(tag)
          .filter((row) => row.backend === backend && row.zone === zone && row.project === project)
        return listSight(world, tagged)
      }),
  }
}

function rowSight(world: World, backend: Backend, zone: Row['zone'], id: string): Sight<SnapshotSeen | null> {
  const { cloud } = world
  const row = cloud.rows.get(id)
  if (row === undefined || !cloud.exists(row) || row.backend !== backend || row.zone !== zone)
    return { truth: null, shown: null }
  const truth = seen(world, row)
  return row.getFrom > cloud.now ? { truth, shown: null, late: '404 after create' } : { truth, shown: truth }
}

/** Lists do not show what is too new, and show for a while what is gone. */
function listSight(world: World, rows: readonly Row[]): Sight<readonly SnapshotSeen[]> {
  const { cloud } = world
  const { now } = cloud
  const truth = rows.filter((row) => row.goneAt === null)
  const shown = rows.filter(
    (row) => row.listFrom <= now && (row.goneAt === null || row.goneAt + row.listLagMs > now),
  )
  const seenTruth = truth.map((row) => seen(world, row))
  const isSame = truth.length === shown.length && truth.every((row, at) => row === shown[at])
  if (isSame) return { truth: seenTruth, shown: seenTruth }
  return { truth: seenTruth, shown: shown.map((row) => seen(world, row)), late: 'late list' }
}

function answer<T>(
  world: World,
  run: Run,
  { call, key, sight }: { call: string; key: string; sight: Sight<T> },
  mishap: Mishap | null,
  incident: Incident | null,
): Result<T, CloudFailure> {
  // The provider asks who calls before it does anything else: that is no mishap but the truth.
  const refused = world.account.refuses(call)
  if (refused !== null) return refusedAccount(refused, call)
  const truth = good(sight.truth)
  const given = givenOf(sight, call, mishap)
  const incidents: Incident[] = []
  const isOtherwise = mishap?.reply !== undefined || mishap?.showsUnknown === true
  if (incident !== null && isOtherwise) incidents.push(incident)
  if (sight.late !== undefined && mishap?.reply === undefined)
    incidents.push(world.witness.late(run, sight.late))
  run.looks.push({ key, given, truth, incidents })
  if (incidents.length > 0) run.isMisled = true
  return given
}

function givenOf<T>({ shown }: Sight<T>, call: string, mishap: Mishap | null): Result<T, CloudFailure> {
  if (mishap?.reply !== undefined) return failureOf(mishap.reply, call)
  if (mishap?.showsUnknown === true) return good(unknownOf(shown))
  return good(shown)
}

/** The same with every state in a word that nobody knows. */
function unknownOf<T>(shown: T): T {
  if (Array.isArray(shown)) return shown.map((one: unknown) => unknownOf(one)) as T
  if (typeof shown !== 'object' || shown === null || !('state' in shown)) return shown
  return { ...shown, state: { kind: 'unknown', word: 'rebalancing' } }
}

function shownObject({ key, bytes, etag, at }: Stored): ObjectSeen {
  return { key, bytes, etag, writtenAt: Math.floor(at / 1_000) * 1_000, frozen: false }
}

function shownImage(stored: Stored): ImageSeen {
  return { ...shownObject(stored), header: stored.header }
}

function judged(stored: Stored | undefined) {
  if (stored === undefined || stored.bytes === 0) return null
  const { bytes, etag, isWhole, header, diskBytes } = stored
  if (isWhole && header === 'good') return { good: true, bytes, etag, sizeBytes: diskBytes } as const
  return { good: false, rule: 'truncated', text: 'its end is missing', words: null, bytes } as const
}

function volumeSeen({ backend, zone, id, project, sizeBytes }: Volume): VolumeSeen {
  const type = backend === 'instance' ? 'l_ssd' : 'sbs'
  const state = { kind: 'available', word: 'available' } as const
  return { backend, zone, id, name: 'a volume', project, sizeBytes, tags: ['blue'], type, state }
}

/** A snapshot as the provider shows it at this moment. */
export function seen({ cloud }: World, row: Row): SnapshotSeen {
  const { backend, zone, id, name, project, tags, createdAt, volume, sizeBytes } = row
  const type = backend === 'instance' ? 'l_ssd' : 'sbs'
  const of = volume === null ? null : { id: volume, name: 'a volume' }
  return {
    backend,
    zone,
    id,
    name,
    project,
    tags,
    createdAt,
    type,
    sizeBytes,
    state: cloud.stateOf(row),
    volume: of,
  }
}
