import { adviceFor, type FailureKind } from './failure.ts'

/** A finding about a request: what is wrong where, and what to do about it. */
export interface Concern {
  /** In `snake_case`, as in a problem document; a record spells the same name with dashes. */
  readonly code: string
  /** `critical` stops the request; `warning` and `info` are told and nothing more. */
  readonly severity: 'critical' | 'warning' | 'info'
  /** JSON Pointer into the body as a URI fragment, such as `#/image/bucket`. */
  readonly pointer: string
  readonly text: string
  readonly fix: string
  /** The provider's words, when it said some. */
  readonly words: string | null
  readonly requestId: string | null
}

/** A concern that stops the request. */
export function critical(code: string, pointer: string, text: string, fix: string): Concern {
  return { code, severity: 'critical', pointer, text, fix, words: null, requestId: null }
}

/** A concern that a failure kind stands behind: the same name in both spellings, the fix from the catalogue. */
export function concernOf(kind: FailureKind, pointer: string, text: string): Concern {
  return critical(codeOf(kind), pointer, text, adviceFor(kind).fix)
}

/** A failure kind as a problem code: `bucket-missing` becomes `bucket_missing`. */
export function codeOf(kind: FailureKind): string {
  return kind.replaceAll('-', '_')
}
