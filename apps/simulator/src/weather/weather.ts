import type { CloudFailureKind, MigrationId, Phase } from '@snapferry/migration'

/** Where a migration stands, in one word: its phase while it runs, else its state. */
export type Where = Phase | 'checks' | 'unwind' | 'parked' | 'ended'

/**
 * The steps of a tick that reach out of the process: `read` the record, `look` at the provider, append the
 * announcement, `write` to the provider, append the closing, and put the job to sleep.
 */
export type Step = 'read' | 'look' | 'announce' | 'write' | 'close' | 'sleep'

/** One call of a worker, at the moment it is made. */
export interface Call {
  /** The name of the worker; a successor after a crash has the same. */
  readonly worker: string
  readonly migration: MigrationId
  /** Where the migration stands in the journal at this moment. */
  readonly phase: Where
  readonly step: Step
  /** `read`, `append`, `sleep`, or the operation of the provider such as `ImportSnapshot`. */
  readonly call: string
  /** How often this migration has made this call, this one included. */
  readonly attempt: number
}

/** What the provider says instead of the truth. */
export interface Reply {
  readonly kind: CloudFailureKind
  readonly status: number | null
  /** Whether the answer itself says that nothing was done. */
  readonly nothing: boolean
}

/** A process stops before the call takes effect, or between effect and answer. */
export type When = 'before' | 'after'

/** What goes wrong with one call. Every part that is missing goes well. */
export interface Mishap {
  /** The name under which it stands in the table of what was met. */
  readonly fault: string
  /** What a call of the provider is answered. */
  readonly reply?: Reply
  /** Whether a write took effect: not at all, later than its answer, or twice. Default: as its answer says. */
  readonly effect?: 'done' | 'none' | 'late' | 'twice'
  /** How much later a late or second effect comes, milliseconds. */
  readonly lateMs?: number
  /** A look shows every snapshot in a state nobody knows. */
  readonly showsUnknown?: boolean
  /** More milliseconds until the effect, and from the effect to the answer. */
  readonly beforeMs?: number
  readonly afterMs?: number
  readonly kill?: When
  readonly freeze?: { readonly when: When; readonly forMs: number }
}

/** What the provider is asked to work on. */
export interface Work {
  readonly migration: MigrationId
  readonly phase: Where
  readonly what: 'snapshot' | 'export' | 'import'
  /** How often this migration has begun such work, this one included. */
  readonly attempt: number
}

/** How a piece of work at the provider ends. */
export type Ending =
  | 'good'
  | 'nothing'
  | 'empty'
  | 'damaged'
  | 'truncated'
  | 'error'
  | 'invalid-data'
  | 'vanished'
  | 'small'

/** What becomes of one piece of work. */
export interface Fate {
  readonly ending: Ending
  readonly tookMs: number
  /** For how long lists do not show what was made, nor that it is gone (milliseconds). */
  readonly listLagMs: number
  /** For how long a GET of what was made answers 404. */
  readonly birthLagMs: number
  /** For how long after the work it is in use, or locked, and cannot be deleted. */
  readonly usedMs: number
  readonly lockedMs: number
  /** The names of what goes wrong here, for the table; lags are counted where a look met them. */
  readonly faults: readonly string[]
}

/** Who decides what goes wrong: the dice of the simulator, or a test that wants one fault at one step. */
export interface Weather {
  onCall(call: Call): Mishap | null
  onWork(work: Work): Fate
}

/** The work of a provider that keeps its promises. */
export const GOOD: Fate = {
  ...{ ending: 'good', tookMs: 20_000, listLagMs: 0, birthLagMs: 0, usedMs: 0, lockedMs: 0, faults: [] },
}

/** A provider and workers to whom nothing happens. */
export const CALM: Weather = { onCall: () => null, onWork: () => GOOD }
