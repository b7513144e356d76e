import type { Event } from './event.ts'
import { type Backend, backendOf } from './ids.ts'
import { itemOf, type Thing } from './ledger.ts'
import type { Migration } from './migration.ts'

/** The phases in which the provider works on its own and only looking tells when it is done. */
export type WorkPhase = 'snapshot' | 'export' | 'import'

/** What makes one piece of the provider's work similar to another. */
export interface WorkKind {
  readonly phase: WorkPhase
  readonly backend: Backend
  /** The size of the disk. */
  readonly sizeBytes: number
}

/** How long work of one class took the fleet: counts in buckets of durations, the older ones worth less. */
export interface Durations {
  /** How many are counted. */
  readonly n: number
  /** The longest of them, milliseconds. */
  readonly maxMs: number
  /** Bucket and count, the shortest durations first. */
  readonly counts: readonly (readonly [bucket: number, count: number])[]
}

/** What the fleet has learned, by the name of the class (`classOf`). */
export type Learned = Readonly<Record<string, Durations>>

/** Fewer than this many teach nothing. */
export const KNOWN_MIN = 5
/** Eight buckets to a doubling: a duration is known within 9 %. */
const BUCKETS_PER_DOUBLING = 8
/** The last bucket ends at 2^18 s, three days: longer than any limit. */
const BUCKET_MAX = 18 * BUCKETS_PER_DOUBLING
/** The largest class is of disks above 8 TB. */
const SIZE_CLASS_MAX = 14

/** The class of a kind of work, such as `export|block|4`: sizes by doublings of a gigabyte (4: above 8 GB, up to 16 GB). */
export function classOf({ phase, backend, sizeBytes }: WorkKind): string {
  return `${phase}|${backend}|${sizeClassOf(sizeBytes)}`
}

function sizeClassOf(sizeBytes: number): number {
  const doublings = Math.ceil(Math.log2(Math.max(sizeBytes, 1) / 1e9))
  return Math.min(Math.max(doublings, 0), SIZE_CLASS_MAX)
}

/** The bucket of a duration; bucket 0 ends at one second. */
export function bucketOf(ms: number): number {
  const bucket = Math.ceil(BUCKETS_PER_DOUBLING * Math.log2(Math.max(ms, 1) / 1_000))
  return Math.min(Math.max(bucket, 0), BUCKET_MAX)
}

/** Where a bucket ends, milliseconds; it begins where the one before ends. */
export function bucketEndMs(bucket: number): number {
  return bucket < 0 ? 0 : 1_000 * 2 ** (bucket / BUCKETS_PER_DOUBLING)
}

/** What is known of exactly this class; null when that is too little. */
export function knownOf(learned: Learned | undefined, kind: WorkKind): Durations | null {
  const known = learned?.[classOf(kind)]
  return known !== undefined && known.n >= KNOWN_MIN ? known : null
}

/** How long this share of the work took at most, milliseconds, as the end of a bucket. */
export function quantileMs({ n, maxMs, counts }: Durations, share: number): number {
  let below = 0
  for (const [bucket, count] of counts) {
    below += count
    if (below >= share * n) return Math.min(bucketEndMs(bucket), maxMs)
  }
  return maxMs
}

/**
 * How long nearly all (95 of 100) work of a size took at most. Of a size that nobody moved yet it is told by the
 * nearest size: a larger disk takes as much longer as it is larger, a smaller one no less. null: nothing is known.
 */
export function longestUsualMs(learned: Learned | undefined, kind: WorkKind): number | null {
  const own = sizeClassOf(kind.sizeBytes)
  for (let away = 0; away <= SIZE_CLASS_MAX; away++) {
    for (const size of [own - away, own + away]) {
      const known = learned?.[`${kind.phase}|${kind.backend}|${size}`]
      if (known !== undefined && known.n >= KNOWN_MIN)
        return quantileMs(known, 0.95) * 2 ** Math.max(own - size, 0)
    }
  }
  return null
}

/** The provider's work that a phase of a migration waits for, and since when; null in phases without such work. */
export function workOf(m: Migration, phase: string): (WorkKind & { readonly since: number | null }) | null {
  const { plan, facts, ledger } = m
  const copyBytes = facts.sizeBytes ?? plan.copy.sizeBytes ?? 0
  const sourceBytes = facts.sourceBytes ?? copyBytes
  const of = (phase: WorkPhase, backend: Backend | null, what: Thing['what']) => {
    if (backend === null) return null
    const made = ledger.findLast((item) => item.thing.what === what && item.state === 'made')
    const sizeBytes = phase === 'import' ? copyBytes : sourceBytes
    return { phase, backend, sizeBytes, since: made?.at ?? null }
  }
  switch (phase) {
    case 'snapshot':
      return of('snapshot', plan.backend, 'taken-snapshot')
    case 'export':
      return of('export', plan.backend, 'image')
    case 'import':
      return of('import', plan.copy.type === null ? null : backendOf(plan.copy.type), 'copy')
    default:
      return null
  }
}

/** One duration that was seen. */
export interface Lesson {
  readonly kind: WorkKind
  readonly tookMs: number
}

/**
 * What an event teaches: how long the provider worked, from its answer until the work was seen to be done. `m` is the
 * record after it. The end lies between the last two looks, and what was seen is late: the middle is taken, or the
 * time at which the provider says that it wrote the image, when it lies between them. null: it teaches nothing.
 */
export function lessonOf(m: Migration, event: Event): Lesson | null {
  if (event.type !== 'phase-completed') return null
  const [made] = event.made
  const item = made === undefined ? null : itemOf(m.ledger, made.thing.id)
  const work = workOf(m, event.phase)
  if (work === null || item === null || item.at >= event.at) return null
  const { since: _, ...kind } = work
  const pulse = event.basis?.pulse
  const lookedAt = pulse === undefined ? item.at : pulse.wakeAt - pulse.plannedMs
  const before = Math.min(Math.max(lookedAt, item.at), event.at)
  const writtenAt = event.facts.image?.writtenAt ?? Number.NaN
  const isBetween = writtenAt >= before && writtenAt <= event.at
  const endedAt = isBetween ? writtenAt : (before + event.at) / 2
  return { kind, tookMs: Math.max(1, Math.round(endedAt - item.at)) }
}
