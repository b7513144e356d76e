import type { Listed, SweptAs } from './classify.ts'
import type { Acknowledged, SweepRefusal, Tally } from './guards.ts'
import type { SweptThing } from './swept.ts'

/** A sweep that was asked for, by a person or by the night. */
export interface SweepWish {
  readonly id: string
  /** The name of the API key, or `nightly`. */
  readonly by: string
  readonly askedAt: number
  /** Nothing is written anywhere, only looked at. */
  readonly dryRun: boolean
  readonly acknowledged: Acknowledged | null
}

/** What was found in one place. */
export interface PlaceReport {
  /** `placeText`. */
  readonly place: string
  /** Why it could not be seen; null when it was. Nothing is concluded about a place that was not seen. */
  readonly notSeen: string | null
  readonly counts: Partial<Readonly<Record<SweptAs, Tally>>>
}

/** How a sweep ended. */
export interface SweepReport extends SweepWish {
  readonly startedAt: number
  readonly finishedAt: number
  /** Why nothing was changed; empty when nothing spoke against it. */
  readonly refused: readonly SweepRefusal[]
  readonly counts: Readonly<Record<Exclude<SweptAs, 'foreign'>, Tally>>
  readonly places: readonly PlaceReport[]
  /** Late things that were brought into the ledgers of their migrations; the remover removes them. */
  readonly marked: Tally
  /** How many of each listed kind the report has; `counts` has them all. */
  readonly listed: Readonly<Record<Listed, number>>
}

/** One thing that a report lists. */
export interface ListedThing {
  readonly kind: Listed
  readonly thing: SweptThing
  /** When a sweep first listed it, milliseconds since 1970. */
  readonly firstSeenAt: number
}
