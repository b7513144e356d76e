import {
  type Backend,
  bytes,
  type Event,
  fold,
  type Migration,
  migrationId,
  type Plan,
  type Policy,
  type Region,
  typeOf,
  zone,
} from '@snapferry/migration'
import { PATIENCE } from './patience.ts'

/** What is carried in a story. */
export type SourceKind = 'snapshot' | 'volume' | 'image'

/** One pair of a backend and a kind of source, with everything that stays the same in all its stories. */
export interface Scene {
  readonly backend: Backend
  readonly source: SourceKind
  readonly policy: Policy
  readonly first: Migration
  /** Whether both workers may tick whenever the record is awake, and not only when the first one lost its lock. */
  readonly isCrowded: boolean
}

/** Every pair, in the order of the report. */
export const SCENES: readonly { readonly backend: Backend; readonly source: SourceKind }[] = [
  { backend: 'instance', source: 'snapshot' },
  { backend: 'instance', source: 'volume' },
  { backend: 'instance', source: 'image' },
  { backend: 'block', source: 'snapshot' },
  { backend: 'block', source: 'volume' },
  { backend: 'block', source: 'image' },
]

/** The moment a story begins, milliseconds since 1970. */
export const BEGINNING = 1_800_000_000_000
export const FROM = zone('fr-par-1')
export const TO = zone('fr-par-2')
export const PROJECT = 'project-1'
export const BUCKET = 'staging'
export const REGION = 'fr-par' as Region
/** Every disk of every story has this size. */
export const DISK_BYTES = bytes(1_000_000_000)
export const SOURCE_SNAPSHOT = 'snapshot-1'
export const SOURCE_VOLUME = 'volume-1'
/** The user's own image: it is read and never touched. */
export const USERS_KEY = 'theirs/disk.qcow2'
/** A snapshot of another installation, in our target zone, with our name and a tag that differs from ours in one letter. */
export const FOREIGN_ROW = 'foreign-1'
export const REDIS_RUN = 'run-1'
/** Things that are none of ours, whatever a ledger may say. */
export const FOREIGN: ReadonlySet<string> = new Set([SOURCE_SNAPSHOT, SOURCE_VOLUME, USERS_KEY, FOREIGN_ROW])

const ID = migrationId('mig_exploredexploredexplored12')

/** The scene of a backend and a source, with the record that its stories begin with. */
export function sceneOf(backend: Backend, source: SourceKind, isCrowded = false): Scene {
  const created: Event = {
    type: 'created',
    at: BEGINNING,
    id: ID,
    plan: planOf(backend, source),
    redisRun: REDIS_RUN,
    retryOf: null,
    by: 'explorer',
  }
  return { backend, source, policy: PATIENCE, first: fold([created]), isCrowded }
}

function planOf(backend: Backend, kind: SourceKind): Plan {
  const isImage = kind === 'image'
  return {
    profile: 'default',
    install: 'here',
    prefix: 'snapferry',
    source: isImage
      ? { kind, bucket: BUCKET, key: USERS_KEY }
      : { kind, id: kind === 'volume' ? SOURCE_VOLUME : SOURCE_SNAPSHOT },
    from: isImage ? null : FROM,
    to: TO,
    backend: null,
    sourceProject: null,
    copy: {
      name: 'web-root',
      tags: isImage ? [] : null,
      sizeBytes: null,
      project: isImage ? PROJECT : null,
      type: isImage ? typeOf(backend) : null,
    },
    image: { bucket: BUCKET, region: REGION, keep: { kind: 'never' } },
    takenSnapshot: { keep: false },
    labels: {},
  }
}
