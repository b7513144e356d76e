import {
  bad,
  type CloudFailure,
  good,
  type Item,
  isEnded,
  type Looks,
  type Migration,
  type Region,
  type Result,
  type Thing,
  ZONES,
  zone,
} from '@snapferry/migration'
import type { Inspector } from '@snapferry/scaleway'
import type { DoctorRedis } from './doctor-redis.ts'
import type { BucketSight, BucketUse, RedisSight, Setup, Sight, ThingSight, ZoneSight } from './sight.ts'

/** What the doctor looks with. Nothing here can write. */
export interface Eyes {
  readonly inspector: Inspector
  readonly looks: Pick<Looks, 'instance' | 'block' | 'images'>
  readonly redis: DoctorRedis
  /** Own milliseconds since 1970. */
  readonly clock: () => number
}

/** So many unended records are compared with the provider, and so many of their things. */
const RECORDS_MAX = 50
const THINGS_MAX = 50
/** A bucket that only records name: so many of them are looked at. */
const OTHER_BUCKETS_MAX = 10

/** Looks at everything once, one call after the other: the provider is not hurried. */
export async function lookAround(setup: Setup, eyes: Eyes): Promise<Sight> {
  const zones: ZoneSight[] = []
  for (const name of Object.keys(ZONES)) {
    for (const backend of ['instance', 'block'] as const)
      zones.push(await lookAtZone(eyes, { zone: zone(name), backend, what: 'snapshots' }))
  }
  for (const backend of ['instance', 'block'] as const) {
    const open = zones.find((row) => row.backend === backend && row.answer.ok)
    if (open !== undefined) zones.push(await lookAtZone(eyes, { ...open, what: 'volumes' }))
  }
  const records = await eyes.redis.unended(RECORDS_MAX).catch((): readonly Migration[] => [])
  const uses = [...setup.buckets, ...othersOf(records, setup.buckets)]
  const buckets: BucketSight[] = []
  for (const at of uses) {
    const key = `${setup.prefix}/${setup.install}/work/doctor-looks-for-nothing`
    buckets.push({ at, seen: await eyes.inspector.bucket(at, key) })
  }
  return { setup: { ...setup, buckets: uses }, zones, buckets, redis: await lookAtRedis(eyes, records) }
}

async function lookAtZone(
  { inspector, clock }: Eyes,
  { zone, backend, what }: Pick<ZoneSight, 'zone' | 'backend' | 'what'>,
): Promise<ZoneSight> {
  const askedMs = clock()
  const answer = await inspector.list(backend, what, zone)
  return { zone, backend, what, answer, askedMs, answeredMs: clock() }
}

/** Buckets that only unended migrations name. */
function othersOf(records: readonly Migration[], known: readonly BucketUse[]): readonly BucketUse[] {
  const isKnown = new Set(known.map(({ region, bucket }) => `${region}/${bucket}`))
  const others = new Map<string, BucketUse>()
  for (const { plan } of records) {
    const at = { region: plan.image.region as Region, bucket: plan.image.bucket, use: 'in use' } as const
    if (!isKnown.has(`${at.region}/${at.bucket}`)) others.set(`${at.region}/${at.bucket}`, at)
  }
  return [...others.values()].slice(0, OTHER_BUCKETS_MAX)
}

async function lookAtRedis(eyes: Eyes, records: readonly Migration[]): Promise<Result<RedisSight, string>> {
  try {
    const facts = await eyes.redis.facts()
    return good({
      ...facts,
      compared: records.length,
      things: await thingsOf(eyes.looks, records),
    })
  } catch (error) {
    return bad(error instanceof Error ? error.message : String(error))
  }
}

/** A thing counts while the migration holds it: what is disowned, removed or left may be gone. */
async function thingsOf(looks: Eyes['looks'], records: readonly Migration[]): Promise<readonly ThingSight[]> {
  const held = records
    .filter((m) => !isEnded(m))
    .flatMap((m) => m.ledger.filter(isHeld).map(({ thing }) => ({ m, thing })))
  const seen: ThingSight[] = []
  for (const { m, thing } of held.slice(0, THINGS_MAX))
    seen.push({ migration: m.id, state: m.state, thing, isThere: await isThere(looks, thing) })
  return seen
}

function isHeld({ state }: Item): boolean {
  return state === 'made' || state === 'kept'
}

async function isThere(looks: Eyes['looks'], thing: Thing): Promise<Result<boolean, CloudFailure>> {
  const seen =
    thing.what === 'image'
      ? await looks.images.head({ region: thing.region, bucket: thing.bucket, key: thing.id })
      : await looks[thing.backend].find({ zone: thing.zone, id: thing.id })
  return seen.ok ? good(seen.value !== null) : seen
}
