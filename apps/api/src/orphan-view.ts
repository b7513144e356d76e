import type { CatalogueCopy, OrphanPage, OrphanView, SweepView } from '@snapferry/contracts'
import {
  type Copy,
  type ListedThing,
  lifecycleCommand,
  lifecycleRules,
  type Source,
  type SweepPlace,
  type SweepReport,
  type SweepWish,
  type SweptThing,
} from '@snapferry/migration'
import type { PendingSweep } from '@snapferry/redis'

const time = (at: number): string => new Date(at).toISOString()

/** A thing that a sweep lists, as the API shows it. */
export function toOrphanView({ kind, thing, firstSeenAt }: ListedThing): OrphanView {
  const { what, id, bytes, at, mark } = thing
  if (mark === null) throw new Error(`${id} is listed without a mark of ours`)
  return {
    ...{ kind, what, id, migrationId: mark.migration, ...placeOf(thing), bytes },
    ...(at === null ? {} : { createTime: time(at) }),
    firstSeenTime: time(firstSeenAt),
  }
}

function placeOf(thing: SweptThing): Partial<OrphanView> {
  switch (thing.what) {
    case 'snapshot':
      return { name: thing.name, backend: thing.backend, zone: thing.zone }
    case 'image':
      return { region: thing.region, bucket: thing.bucket }
    case 'upload':
      return { region: thing.region, bucket: thing.bucket, uploadId: thing.uploadId }
  }
}

/** A finished sweep. */
export function toSweepView(report: SweepReport): SweepView {
  const { startedAt, finishedAt, refused, marked, counts, places } = report
  return {
    ...wishView(report, 'finished'),
    ...{ startTime: time(startedAt), endTime: time(finishedAt), refused: [...refused], marked, counts },
    places: places.map(({ place, notSeen, counts: found }) => ({
      place,
      ...(notSeen === null ? {} : { notSeen }),
      counts: found,
    })),
  }
}

/** A sweep that is not finished. */
export function toPendingView({ wish, tries }: PendingSweep): SweepView {
  return wishView(wish, tries === 0 ? 'waiting' : 'running')
}

function wishView(
  { id, by, dryRun, acknowledged, askedAt }: SweepWish,
  state: SweepView['state'],
): SweepView {
  const acknowledge = acknowledged === null ? {} : { acknowledge: acknowledged }
  return { id, state, by, dryRun, ...acknowledge, askTime: time(askedAt) }
}

/** The second net for each bucket in use: its rules for every prefix under which we ever wrote there. */
export function toLifecycleViews(places: readonly SweepPlace[], install: string): OrphanPage['lifecycle'] {
  const buckets = places.filter((place) => place.kind === 'bucket')
  const byBucket = Map.groupBy(buckets, ({ region, bucket }) => `${region}/${bucket}`)
  return [...byBucket.values()].flatMap((group) => {
    const [at] = group
    if (at === undefined) return []
    const rules = group.flatMap(({ prefix }) => lifecycleRules({ prefix, install }))
    const { region, bucket } = at
    return [{ region, bucket, rules: [...rules], command: lifecycleCommand(at, rules) }]
  })
}

/** An entry of the catalogue. */
export function toCatalogueCopy(copy: Copy): CatalogueCopy {
  const { migration, source, from, volume, takenAt, provenAt, ...same } = copy
  return {
    ...same,
    migrationId: migration,
    ...(source === null ? {} : { source: sourceView(source) }),
    ...(from === null ? {} : { from }),
    ...(volume === null ? {} : { volume }),
    ...(takenAt === null ? {} : { dataTime: time(takenAt) }),
    verifyTime: time(provenAt),
  }
}

function sourceView(source: Source): NonNullable<CatalogueCopy['source']> {
  if (source.kind === 'image') return { kind: 'image', id: `${source.bucket}/${source.key}` }
  return { kind: source.kind, id: source.id }
}
