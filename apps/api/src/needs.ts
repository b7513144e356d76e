import type { Defaults, Looks, MigrationId, Program } from '@snapferry/migration'
import type { Confirming, RedisJournal } from '@snapferry/redis'
import type { Telemetry } from '@snapferry/telemetry'
import type { Gate } from './gate.ts'

/** What the API reads and writes of the journal. */
export type ApiJournal = Pick<
  RedisJournal,
  'clock' | 'create' | 'read' | 'append' | 'events' | 'list' | 'apiKeys'
>

/** Everything the API is built from; a test replaces any of it. */
export interface ApiNeeds {
  readonly mode: 'sandbox' | 'armed'
  readonly journal: ApiJournal
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
