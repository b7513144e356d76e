import type { Backend, CloudFailure, Region, Result, State, Thing, Zone } from '@snapferry/migration'
import type { QueueInspected, RedisInspected } from '@snapferry/redis'
import type { BucketInspected, ListedThere, Mode } from '@snapferry/scaleway'

/** What the installation is told from outside, as far as the doctor needs it. */
export interface Setup {
  readonly mode: Mode
  readonly apiUrl: string
  /** The last four characters of the access key. */
  readonly keyTail: string
  readonly projectId: string
  readonly organizationId: string | null
  readonly install: string
  readonly prefix: string
  /** Default bucket of each region, and the archive's, each with what it is for. */
  readonly buckets: readonly BucketUse[]
}

/** A bucket, and what for. */
export interface BucketUse {
  readonly region: Region
  readonly bucket: string
  readonly use: 'default' | 'archive' | 'in use'
}

/** One question to one API in one zone. */
export interface ZoneSight {
  readonly zone: Zone
  readonly backend: Backend
  readonly what: 'snapshots' | 'volumes'
  readonly answer: Result<ListedThere, CloudFailure>
  /** Own milliseconds since 1970 around the call. */
  readonly askedMs: number
  readonly answeredMs: number
}

/** One bucket from every side. */
export interface BucketSight {
  readonly at: BucketUse
  readonly seen: BucketInspected
}

/** A thing that a record says it made, and whether it is there. */
export interface ThingSight {
  readonly migration: string
  readonly state: State
  readonly thing: Thing
  /** true: there; a failure: nobody knows. */
  readonly isThere: Result<boolean, CloudFailure>
}

/** What Redis holds and says. */
export interface RedisSight {
  /** Whose it is: ours, nobody's yet, or a sentence why not. */
  readonly installation: Result<'mine' | 'nobodys', string>
  readonly facts: RedisInspected
  /** Own milliseconds ahead of Redis. */
  readonly skewMs: number
  readonly queue: QueueInspected
  /** Migrations that should have been looked at a minute ago and more; at most 1,000 are counted. */
  readonly overdue: number
  readonly unended: number
  /** How many unended records were compared with the provider. */
  readonly compared: number
  readonly things: readonly ThingSight[]
}

/** Everything the doctor saw, by reads alone. The checks judge it and ask for nothing more. */
export interface Sight {
  readonly setup: Setup
  readonly zones: readonly ZoneSight[]
  readonly buckets: readonly BucketSight[]
  /** A sentence when Redis could not be asked. */
  readonly redis: Result<RedisSight, string>
}
