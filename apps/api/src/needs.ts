import type { Defaults, Looks, MigrationId, Program } from '@snapferry/migration'
import type { Audit, Catalogue, Confirming, Limits, Mode, RedisJournal, SweepStore } from '@snapferry/redis'
import type { Telemetry } from '@snapferry/telemetry'
import type { Gate } from './gate.ts'

/** What the API reads and writes of the journal. */
export type ApiJournal = Pick<
  RedisJournal,
  'clock' | 'create' | 'read' | 'append' | 'events' | 'list' | 'apiKeys' | 'budgets' | 'holds'
>

/** Everything the API is built from; a test replaces any of it. */
export interface ApiNeeds {
  readonly mode: Mode
  readonly journal: ApiJournal
  /** Keeps who asked for what. */
  readonly audit: Pick<Audit, 'write'>
  /** What sweeps keep, and the wish for one. */
  readonly sweeps: Pick<SweepStore, 'wish' | 'pending' | 'newest' | 'found' | 'places'>
  /** Proven copies, also those whose record is lost. */
  readonly catalogue: Catalogue
  /** What operators change: limits and drains. */
  readonly limits: Limits
  /** Asks Redis, before a migration is accepted, to confirm that it kept it. */
  readonly confirming: Pick<Confirming, 'kept'>
  /** Best effort: the worker's drain finds the migration anyway. */
  readonly queue: { add(id: MigrationId): Promise<boolean> }
  /** Read-only eyes at the provider, for the checks before acceptance. */
  readonly looks: Looks
  readonly defaults: Defaults
  readonly telemetry: Telemetry
  /** Who writes bundles: this program, as support has to fetch it. */
  readonly program: Program
  readonly gate: Gate
  /** Waits; resolves early when the signal fires, never rejects. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
  /** At least 26 fresh random bytes. */
  readonly entropy: () => Uint8Array
  /** A roll in [0, 1). */
  readonly dice: () => number
  /** The hash of the first API key of this process; an earlier first key in Redis is then no longer good. */
  readonly firstKeyHash: string | null
  readonly ratePerMinute: number
  /** Fires when the service stops: held requests are answered at once. */
  readonly stopping: AbortSignal
}
