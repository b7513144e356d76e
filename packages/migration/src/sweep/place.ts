import { type Backend, isZone, type Region, regionOf, type Zone } from '../ids.ts'
import type { Plan } from '../plan.ts'
import { zoneHas } from '../zones.ts'

/** Where snapshots of ours may be: one API of one zone, in one project. */
export interface SnapshotsPlace {
  readonly kind: 'snapshots'
  readonly backend: Backend
  readonly zone: Zone
  readonly project: string
}

/** Where images of ours may be: one bucket, under one prefix. */
export interface BucketPlace {
  readonly kind: 'bucket'
  readonly region: Region
  readonly bucket: string
  readonly prefix: string
}

/** One place that a sweep lists. */
export type SweepPlace = SnapshotsPlace | BucketPlace

/** A place as one text: what Redis keeps and reports show. */
export function placeText(place: SweepPlace): string {
  return place.kind === 'snapshots'
    ? `snapshots/${place.backend}/${place.zone}/${place.project}`
    : `bucket/${place.region}/${place.bucket}/${place.prefix}`
}

const SNAPSHOTS = /^snapshots\/(instance|block)\/([^/]+)\/([^/]+)$/
const BUCKET = /^bucket\/([a-z]{2}-[a-z]{3})\/([^/]+)\/([^/]+)$/

/** The place of a text; null for any other text. */
export function placeOfText(text: string): SweepPlace | null {
  const [, backend, zone, project] = SNAPSHOTS.exec(text) ?? []
  if (backend !== undefined && zone !== undefined && project !== undefined)
    return isZone(zone)
      ? { kind: 'snapshots', backend: backend === 'block' ? 'block' : 'instance', zone, project }
      : null
  const [, region, bucket, prefix] = BUCKET.exec(text) ?? []
  if (region === undefined || bucket === undefined || prefix === undefined) return null
  return { kind: 'bucket', region: region as Region, bucket, prefix }
}

/**
 * Every place in which a migration of this plan may have made something: the APIs of both its zones (which of them it
 * uses is known only once the source was looked at) and its bucket. A project that is not known yet gives no place:
 * nothing is made before it is.
 */
export function placesOfPlan(plan: Plan): readonly SweepPlace[] {
  const { bucket, region } = plan.image
  const taken =
    plan.from === null || plan.sourceProject === null ? [] : snapshotsIn(plan.from, plan.sourceProject)
  const copies = plan.copy.project === null ? [] : snapshotsIn(plan.to, plan.copy.project)
  return [...taken, ...copies, { kind: 'bucket', region, bucket, prefix: plan.prefix }]
}

/** Both APIs of a zone, in one project. */
export function snapshotsIn(zone: Zone, project: string): readonly SnapshotsPlace[] {
  return (['instance', 'block'] as const)
    .filter((backend) => zoneHas(zone, backend))
    .map((backend) => ({ kind: 'snapshots', backend, zone, project }))
}

/** The places that a configuration names before any migration does: its buckets, and the zones of their regions. */
export function placesOfDefaults(
  o: {
    readonly buckets: Readonly<Record<string, string>>
    readonly prefix: string
    readonly project: string
  },
  zones: readonly Zone[],
): readonly SweepPlace[] {
  return Object.entries(o.buckets).flatMap(([region, bucket]): readonly SweepPlace[] => [
    ...zones.filter((zone) => regionOf(zone) === region).flatMap((zone) => snapshotsIn(zone, o.project)),
    { kind: 'bucket', region: region as Region, bucket, prefix: o.prefix },
  ])
}
