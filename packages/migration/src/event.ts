import type { Basis } from './basis.ts'
import type { Failure } from './failure.ts'
import type { MigrationId } from './ids.ts'
import type { Thing } from './ledger.ts'
import type { Plan } from './plan.ts'
import type { Phase } from './route.ts'
import type { Why } from './why.ts'

/** A create that may be under way at the provider: announced before it is sent, settled when its fate is known. */
export interface Intent {
  /** `<phase>.<round>.<send>`. */
  readonly id: string
  readonly phase: Phase
  readonly round: number
  /** Number of the write, never reused. */
  readonly send: number
  /** The exact key (an export) or tag (a create) it is known by. */
  readonly mark: string
  /** When it was announced, milliseconds since 1970 on the clock of Redis. */
  readonly at: number
}

/** What a phase learned for the phases after it. */
export interface Facts {
  /** The snapshot that is exported: the source, or the one taken of the volume. */
  readonly snapshot?: string
  /** The volume it was taken of, when that is known. */
  readonly volume?: string
  /** When its data was taken, milliseconds since 1970. */
  readonly takenAt?: number
  /** The complete image. */
  readonly image?: {
    readonly bucket: string
    readonly key: string
    readonly bytes: number
    readonly etag: string
    readonly writtenAt?: number
  }
  /** The size of the snapshot that is exported. */
  readonly sourceBytes?: number
  /** The disk's size as the image's header says. */
  readonly virtualBytes?: number
  /** The size the copy shall have. */
  readonly sizeBytes?: number
  readonly copy?: string
  /** When the copy was proven, milliseconds since 1970. */
  readonly provenAt?: number
}

/** A thing with the round it was made in. */
export interface Found {
  readonly thing: Thing
  readonly round: number
}

/** What happens after a failed attempt: decided once, from the catalogue of that day, and then a fact. */
export type Then = 'again' | 'unwind' | 'park'

/**
 * Everything that can happen to a migration, in the past tense. `at`: milliseconds since 1970, clock of Redis. `basis`: what it was
 * decided from; the events of one append share the basis of the first, and what a person asked for has none.
 */
export type Event = { readonly at: number; readonly basis?: Basis } & EventBody

/** An event without its time. */
export type EventBody =
  | {
      readonly type: 'created'
      readonly id: MigrationId
      readonly plan: Plan
      readonly redisRun: string
      readonly retryOf: MigrationId | null
      readonly by: string
    }
  | {
      readonly type: 'admitted'
      readonly phase: Phase
      readonly plan: Plan
      readonly facts: Facts
      readonly claims: readonly string[]
    }
  | { readonly type: 'checked-bad'; readonly failure: Failure }
  | {
      readonly type: 'intended'
      readonly intent: Intent
      readonly redisRun: string
      /** Redis was put back to an older state before this: it may have forgotten creates. */
      readonly forgotten?: true
    }
  | { readonly type: 'disowned'; readonly found: readonly Found[] }
  | {
      readonly type: 'settled'
      readonly intent: string
      readonly outcome: 'made'
      readonly thing: Thing
      readonly adopted: boolean
    }
  | {
      readonly type: 'settled'
      readonly intent: string
      readonly outcome: 'nothing'
      readonly because: string
    }
  | {
      readonly type: 'phase-completed'
      readonly phase: Phase
      readonly facts: Facts
      readonly made: readonly Found[]
      readonly extras: readonly Found[]
    }
  | { readonly type: 'waited'; readonly why: Why }
  | {
      readonly type: 'attempt-failed'
      readonly failure: Failure
      readonly attempt: number
      readonly attemptsMax: number
      readonly then: Then
      readonly waitMs: number
      readonly disown: readonly Found[]
    }
  | { readonly type: 'phase-limit-over'; readonly waitedMs: number; readonly failure: Failure }
  | { readonly type: 'proof-lost'; readonly phase: Phase; readonly because: string }
  | { readonly type: 'cancel-requested'; readonly by: string }
  | { readonly type: 'retry-requested'; readonly by: string }
  | { readonly type: 'park-limit-over' }
  | { readonly type: 'ledger-settled' }
  | { readonly type: 'kept'; readonly id: string; readonly untilMs: number | null }
  | { readonly type: 'removed'; readonly ids: readonly string[] }
  | { readonly type: 'left'; readonly ids: readonly string[]; readonly reason: string }
  | { readonly type: 'defect'; readonly failure: Failure }

/** The name of an event. */
export type EventType = EventBody['type']
