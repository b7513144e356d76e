import type { Event } from './event.ts'
import type { Hold, Raise } from './hold.ts'
import type { MigrationId } from './ids.ts'
import type { Migration, Pulse, State } from './migration.ts'

/** A migration as read, with what came along: the one clock, the nudges seen, and which Redis answered. */
export interface Reading {
  readonly record: Migration
  readonly pulse: Pulse
  /** Redis TIME in milliseconds (plus the sandbox's clock). */
  readonly now: number
  /** How often it was nudged since its last closing append; the closing append clears the nudge only if it is still this. */
  readonly nudges: number
  /** `run_id` of the connected Redis. */
  readonly redisRun: string
  /** Every hold that stands; missing: none does. */
  readonly holds?: readonly Hold[]
}

/** A change to append: the events, the record they lead to and the new pulse. Indexes and claims follow from the record. */
export interface Change {
  readonly before: Reading
  readonly after: Migration
  readonly events: readonly Event[]
  readonly pulse: Omit<Pulse, 'v'>
  /** A closing append ends the tick: it clears the nudge that was read, or sets `wakeAt` to now when another came. */
  readonly closing: boolean
  /** Wakes the migration, in the same script: a cancel, a retry. */
  readonly nudge: boolean
  /** A hold to put up, or to confirm. */
  readonly raise?: Raise
  /** Holds that are over; only those that this migration was to try are lifted. */
  readonly lift?: readonly string[]
  /** The hold it stands under from now on, by its name: it is woken when that is lifted. */
  readonly stand?: string
  /** Kinds of calls that have worked, for the judgement of later refusals. */
  readonly worked?: readonly string[]
}

/**
 * How an append ended. `overtaken`: another append came first, read again. `claimed`: a claim it takes is held by `by`.
 * `full`: a budget it takes a place in has none; `used` of `limit` (places, or gigabytes) are taken, `ahead` stand before it.
 */
export type Appended =
  | { readonly outcome: 'appended'; readonly v: number; readonly now: number; readonly wakeAt: number }
  | { readonly outcome: 'overtaken' }
  | { readonly outcome: 'claimed'; readonly claim: string; readonly by: MigrationId }
  | {
      readonly outcome: 'full'
      readonly slot: string
      readonly used: number
      readonly limit: number
      readonly ahead: number
    }

/** How a creation ended. */
export type Created =
  | { readonly outcome: 'created'; readonly now: number }
  /** The same idempotency key with the same body came before, or the derived id exists: this is its migration. */
  | { readonly outcome: 'known'; readonly id: MigrationId }
  /** The same idempotency key came before with another body. */
  | { readonly outcome: 'key-reused' }
  /** Another migration does the same work at this moment. */
  | { readonly outcome: 'under-way'; readonly id: MigrationId }

/** What a list asks for: every filter that is given must hold; newest first. */
export interface ListQuery {
  readonly state?: State
  readonly from?: string
  readonly to?: string
  /** The id of the source snapshot or volume, or `bucket/key`. */
  readonly source?: string
  readonly pageSize: number
  /** The opaque cursor of the page before. */
  readonly pageToken?: string
}

/** Where migrations are remembered: record and event list, changed together or not at all. */
export interface Journal {
  /** The one clock and the Redis that keeps it. */
  clock(): Promise<{ readonly now: number; readonly redisRun: string }>
  create(
    first: Migration,
    event: Event,
    idempotency: { readonly key: string; readonly fingerprint: string } | null,
  ): Promise<Created>
  read(id: MigrationId): Promise<Reading | null>
  append(change: Change): Promise<Appended>
  events(id: MigrationId, after: number, limit: number): Promise<readonly Event[]>
  list(query: ListQuery): Promise<{
    readonly items: readonly { readonly record: Migration; readonly pulse: Pulse }[]
    readonly nextPageToken: string
  }>
}
