import { join } from 'node:path'
import type { Bucket } from './bucket.ts'
import { type Clock, type ClockAnchor, openClock } from './clock.ts'
import { openDice } from './dice.ts'
import { type Blobs, openBlobs } from './disks/blobs.ts'
import { type Content, type Disks, openDisks } from './disks/disks.ts'
import { holdSegments } from './disks/segments.ts'
import { type DurationsByApi, RECORDED } from './durations.ts'
import { type FaultRule, type Faults, openFaults } from './faults/fault-rule.ts'
import type { Settings } from './options.ts'
import type { Credential } from './principals.ts'
import { type Quotas, UNLIMITED } from './quotas.ts'
import { openRequestLog, type RequestLog } from './request-log.ts'
import type { Seeded } from './seeded.ts'
import type { Snapshot } from './snapshot.ts'
import { type Collection, openCollection } from './store.ts'
import type { StoredObject, Upload } from './stored-object.ts'
import { LIKELIEST, type Switches } from './switches.ts'
import type { Volume } from './volume.ts'
import type { WorkEnd } from './work/work-end.ts'

/** Everything that exists at the emulated provider, and the rules it plays by. */
export interface World {
  clock: Clock
  regions: readonly string[]
  credentials: readonly Credential[]
  switches: Switches
  durations: DurationsByApi
  quotas: Quotas
  faults: Faults
  log: RequestLog
  /** Work that has ended since this process began, oldest first. */
  ends: WorkEnd[]
  snapshots: Collection<Snapshot>
  volumes: Collection<Volume>
  buckets: Collection<Bucket>
  objects: Collection<StoredObject>
  uploads: Collection<Upload>
  seeded: Collection<Seeded>
  rules: Collection<Rules>
  disks: Disks
  blobs: Blobs
}

/** The rules an admin has set, kept over a restart. */
export interface Rules {
  id: 'rules'
  switches: Partial<Switches>
  durations: DurationsByApi | null
  quotas: Partial<Quotas>
}

/** Opens the world kept in the data folder, or a new one. */
export function openWorld(settings: Settings): World {
  const records = <T extends { readonly id: string }>(name: string) =>
    openCollection<T>(join(settings.dataDir, 'records', name))
  const anchors = records<ClockAnchor & { id: 'clock' }>('clock')
  const blobs = openBlobs(join(settings.dataDir, 'blobs'))
  const rules = records<Rules>('rules')
  const kept = rules.get('rules')
  const things = {
    snapshots: records<Snapshot>('snapshots'),
    volumes: records<Volume>('volumes'),
    buckets: records<Bucket>('buckets'),
    objects: records<StoredObject>('objects'),
    uploads: records<Upload>('uploads'),
    seeded: records<Seeded>('seeded'),
  }
  const world: World = {
    clock: openClock(settings.drive, anchors.get('clock') ?? null, (anchor) =>
      anchors.put({ ...anchor, id: 'clock' }),
    ),
    regions: settings.regions,
    credentials: settings.credentials,
    switches: { ...LIKELIEST, ...settings.switches, ...kept?.switches },
    durations: kept?.durations ?? settings.durations ?? structuredClone(RECORDED),
    quotas: { ...UNLIMITED, ...settings.quotas, ...kept?.quotas },
    faults: openFaults(records<FaultRule>('faults'), openDice(settings.seed)),
    log: openRequestLog(join(settings.dataDir, 'requests.ndjson'), newestRequest(things)),
    ends: [],
    ...things,
    rules,
    disks: openDisks(records<Content>('contents'), blobs),
    blobs,
  }
  for (const object of world.objects.all()) holdSegments(blobs, object.segments)
  for (const upload of world.uploads.all()) {
    holdSegments(
      blobs,
      Object.values(upload.parts).map((part) => part.blob),
    )
  }
  blobs.sweep()
  return world
}

/** The highest request number that anything bears: a killed process may have made a thing and not logged the call. */
function newestRequest(
  things: Pick<World, 'snapshots' | 'volumes' | 'buckets' | 'objects' | 'uploads'>,
): number {
  const { snapshots, volumes, buckets, objects, uploads } = things
  let newest = 0
  for (const collection of [snapshots, volumes, buckets, objects, uploads]) {
    for (const { madeBy } of collection.all())
      if (madeBy.by === 'call') newest = Math.max(newest, madeBy.request)
  }
  return newest
}
