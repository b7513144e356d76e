import type { Event, Journal, Looks, Migration, Parked, Policy, WritesFor } from '@snapferry/migration'
import type { Gate } from './gate.ts'

/** The provider as one profile reaches it. */
export interface Provider {
  readonly looks: Looks
  readonly writesFor: WritesFor
}

/** Everything one tick needs. */
export interface Ferry {
  readonly journal: Journal
  /** The provider by profile: its credentials, project and buckets. */
  readonly providers: Readonly<Record<string, Provider>>
  readonly policy: Policy
  /** Says when a tick may call the provider; without it, always. */
  readonly gate?: Pick<Gate, 'enter'>
  /** A number in [0, 1), rolled once a tick. */
  dice(): number
  /** Milliseconds on a clock that never jumps: the send guard measures by it. */
  monotonicMs(): number
  /** Told of each event once it is recorded. */
  recorded(m: Migration, event: Event): void
  /** Told of a record that a program with other rules wrote: it is neither changed nor failed. */
  leftAlone?(m: Migration): void
  /** Told once when a migration has waited for longer than similar moves ever took. */
  stalled?(m: Migration): void
  /** Told once a day of a migration that waits for a person. */
  reminded?(m: Parked): void
  /** Told of an error of ours that parked a migration. */
  defect(m: Migration, error: unknown): void
}
