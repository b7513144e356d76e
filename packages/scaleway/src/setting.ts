import type { Dispatcher } from 'undici'
import type { Scrub } from './words.ts'

/** One request that was made, for counting: `code` is the HTTP status, or the kind of failure when none came. */
export interface RequestFact {
  readonly api: 'instance' | 'block' | 's3'
  /** The provider's name of the call: `ExportSnapshot`. */
  readonly operation: string
  readonly code: string
  readonly ms: number
}

/** What all calls of one opened provider share. */
export interface Setting {
  /** The pool of connections to an origin, made at its first use. */
  readonly poolOf: (origin: string) => Dispatcher
  readonly stopping: AbortSignal
  readonly scrub: Scrub
  /** Limit of a read, from asking to the last byte. */
  readonly readMs: number
  /** Limit of a write; the provider answers an export after 2 to 6.5 s. */
  readonly writeMs: number
  readonly onRequest: (fact: RequestFact) => void
  /** Whether a request that could change something may leave at all: not in mode observe. */
  readonly mayWrite: boolean
}
