import { randomUUID } from 'node:crypto'
import type { DiskRef } from '../disks/disks.ts'
import { organizationOf } from '../principals.ts'
import type { SnapshotApi } from '../resource.ts'
import type { Snapshot } from '../snapshot.ts'
import type { Volume } from '../volume.ts'
import type { World } from '../world.ts'
import { zonesOf } from '../zones.ts'
import { BadWish } from './bad-wish.ts'
import { snapshotFingerprint, volumeFingerprint } from './fingerprint.ts'

/** A disk to be seeded. Only `api` and `zone` are needed. */
export interface WantedDisk {
  api: SnapshotApi
  zone: string
  name?: string
  tags?: string[]
  /** Default: the first key's project. */
  project?: string
  /** Default 10 GB. */
  sizeBytes?: number
  /** Default 1 MiB in 4 extents, from a seed of its own. `bytes: 0` is an empty disk. */
  data?: { bytes: number; extents?: number; seed?: number }
  /** The provider's word; default `available`. */
  state?: string
  /** Emulated ms; default now. */
  createdMs?: number
}

/** A volume to be seeded. */
export interface WantedSeedVolume extends WantedDisk {
  /** `l_ssd`, `scratch`, `sbs_5k`, `sbs_15k`. */
  kind?: string
  server?: { name?: string; running?: boolean }
}

/** A snapshot to be seeded: of a volume that exists, or with data of its own. */
export interface WantedSeedSnapshot extends WantedDisk {
  /** `l_ssd`, or `sbs` or `bssd`. */
  kind?: string
  /** Id of the volume it was taken of; its data and size are then the volume's. */
  volume?: string
  errorDetails?: string
}

const SIZE_BYTES = 10_000_000_000
const DATA = { bytes: 1_048_576, extents: 4 }

/** Puts a stranger's volume into the world. */
export function seedVolume(world: World, wanted: WantedSeedVolume): Volume {
  const base = baseOf(world, wanted, 'volume')
  const { server } = wanted
  const volume = world.volumes.put({
    ...base,
    disk: diskOf(world, wanted),
    kind: wanted.kind ?? (wanted.api === 'block' ? 'sbs_5k' : 'l_ssd'),
    server:
      server === undefined
        ? null
        : { id: randomUUID(), name: server.name ?? 'srv', running: server.running ?? true },
    parentSnapshotId: null,
    readyMs: null,
  })
  const { id, api, zone, name } = volume
  const fingerprint = volumeFingerprint(volume)
  world.seeded.put({ id, kind: 'volume', api, place: zone, name, bucket: null, fingerprint })
  return volume
}

/** Puts a stranger's snapshot into the world. */
export function seedSnapshot(world: World, wanted: WantedSeedSnapshot): Snapshot {
  const base = baseOf(world, wanted, 'snapshot')
  const volume = wanted.volume === undefined ? undefined : world.volumes.get(wanted.volume)
  if (wanted.volume !== undefined && volume?.api !== wanted.api)
    throw new BadWish(`there is no ${wanted.api} volume ${wanted.volume}`)
  const snapshot = world.snapshots.put({
    ...base,
    disk: volume?.disk ?? diskOf(world, wanted),
    kind: wanted.kind ?? (wanted.api === 'block' ? 'sbs' : 'l_ssd'),
    volume: volume === undefined ? null : { id: volume.id, name: volume.name },
    references: base.state === 'in_use' ? [imageReference(base.createdMs)] : [],
    public: false,
    errorDetails: wanted.errorDetails ?? null,
    listedFromMs: 0,
    foundFromMs: 0,
    work: null,
  })
  const { id, api, zone, name } = snapshot
  const fingerprint = snapshotFingerprint(snapshot)
  world.seeded.put({ id, kind: 'snapshot', api, place: zone, name, bucket: null, fingerprint })
  return snapshot
}

function baseOf(world: World, wanted: WantedDisk, what: string) {
  const { api, zone } = wanted
  if (api !== 'instance' && api !== 'block') throw new BadWish('api must be "instance" or "block"')
  if (!zonesOf(api, world.regions).includes(zone)) throw new BadWish(`${api} has no zone "${zone}"`)
  const projectId = wanted.project ?? world.credentials[0]?.projectId ?? ''
  const createdMs = wanted.createdMs ?? world.clock.nowMs()
  return {
    id: randomUUID(),
    api,
    zone,
    name: wanted.name ?? `seeded-${what}`,
    tags: wanted.tags ?? [],
    projectId,
    organizationId: organizationOf(projectId, world.credentials),
    state: wanted.state ?? 'available',
    createdMs,
    changedMs: createdMs,
    madeBy: { by: 'seed' } as const,
  }
}

/** The disk a wish describes. Without a seed each gets data of its own. */
export function diskOf(world: World, wanted: Pick<WantedDisk, 'sizeBytes' | 'data'>): DiskRef {
  const sizeBytes = wanted.sizeBytes ?? SIZE_BYTES
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0)
    throw new BadWish('sizeBytes must be a number of bytes')
  const data: NonNullable<WantedDisk['data']> = wanted.data ?? DATA
  const { bytes, extents = DATA.extents, seed = world.seeded.size + 1 } = data
  return bytes === 0 ? world.disks.blank(sizeBytes) : world.disks.seeded(sizeBytes, { bytes, extents, seed })
}

function imageReference(createdMs: number): Snapshot['references'][number] {
  return {
    id: randomUUID(),
    productResourceType: 'instance_image',
    productResourceId: randomUUID(),
    type: 'link',
    status: 'attached',
    createdMs,
  }
}
