import {
  type Backend,
  type CloudFailure,
  type Region,
  type Result,
  ZONES,
  zone,
  zoneHas,
} from '@snapferry/migration'
import type { BucketInspected, ListedThere } from '@snapferry/scaleway'
import type { BucketSight, BucketUse, RedisSight, Setup, Sight, ZoneSight } from '../../src/doctor/sight.ts'

export const PROJECT = '6e1f0b52-93a4-4f0c-8a2b-5d7c9e3f4a02'
export const NOW = 1_790_000_000_000

export const SETUP: Setup = {
  mode: 'armed',
  apiUrl: 'https://api.scaleway.com',
  keyTail: '…CDEF',
  projectId: PROJECT,
  organizationId: null,
  install: 'default',
  prefix: 'snapferry',
  buckets: [],
}

export function failed(kind: CloudFailure['kind'], changed: Partial<CloudFailure> = {}) {
  const status = { credentials: 401, forbidden: 403, quota: 403, missing: 404 }[kind as string] ?? null
  const failure: CloudFailure = {
    ...{ kind, call: 'block ListSnapshots', status, words: 'said so', requestId: 'req-1' },
    ...{ nothing: true, retryAfterMs: null },
    ...changed,
  }
  return { ok: false, failure } as const
}

const good = <T>(value: T) => ({ ok: true, value }) as const
export const LISTED: Result<ListedThere, CloudFailure> = good({ total: 3, saidMs: NOW })

export const BUCKET: BucketUse = { region: 'fr-par' as Region, bucket: 'staging', use: 'default' }

export const SEEN: BucketInspected = {
  bucket: good({
    bucket: 'staging',
    region: 'fr-par' as Region,
    project: PROJECT,
    versioned: false,
    locked: false,
  }),
  policy: good(null),
  lifecycle: good([{ isOn: true, prefix: 'snapferry/default/work/', expireDays: 7, abortDays: 1 }]),
  listing: good(null),
  reading: good(null),
}

export const REDIS: RedisSight = {
  installation: good('mine'),
  facts: {
    ...{ version: '7.4.1', eviction: 'noeviction', durability: 'fsync', savesWell: true },
    ...{ usedBytes: 1, maxBytes: 0, mistakes: [] },
  },
  skewMs: 3,
  queue: { waiting: 0, delayed: 0, active: 0, failed: 0, isPaused: false },
  ...{ overdue: 0, unended: 0, compared: 0, things: [] },
}

/** A zone's answer; what is not sold there is missing. */
export function zoneRow(name: string, backend: Backend, changed: Partial<ZoneSight> = {}): ZoneSight {
  const answer = zoneHas(zone(name), backend) ? LISTED : failed('missing')
  return {
    zone: zone(name),
    backend,
    what: 'snapshots',
    answer,
    askedMs: NOW,
    answeredMs: NOW + 50,
    ...changed,
  }
}

/** An installation in which all is well. */
export function aSight(changed: Partial<Sight> = {}): Sight {
  const zones = Object.keys(ZONES).flatMap((name) => [zoneRow(name, 'instance'), zoneRow(name, 'block')])
  const volumes = (['instance', 'block'] as const).map((one) => zoneRow('fr-par-1', one, { what: 'volumes' }))
  return {
    setup: { ...SETUP, buckets: [BUCKET] },
    zones: [...zones, ...volumes],
    buckets: [{ at: BUCKET, seen: SEEN }],
    redis: good(REDIS),
    ...changed,
  }
}

export function bucketWith(
  changed: Partial<BucketInspected>,
  at: Partial<BucketUse> = {},
): readonly BucketSight[] {
  return [{ at: { ...BUCKET, ...at }, seen: { ...SEEN, ...changed } }]
}

export function redisWith(changed: Partial<RedisSight>): Sight['redis'] {
  return good({ ...REDIS, ...changed })
}

/** Every answer of the provider, and the same for each bucket. */
export function everywhere(answer: ZoneSight['answer']): Partial<Sight> {
  const { zones } = aSight()
  return { zones: zones.map((row) => ({ ...row, answer })) }
}
