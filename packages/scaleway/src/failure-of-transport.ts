import type { CloudFailure } from '@snapferry/migration'
import type { Unanswered } from './exchange.ts'

/** Which call a failure belongs to, and whether it could change something at the provider. */
export interface Asked {
  /** As people know it: `block ImportSnapshot`. */
  readonly call: string
  readonly write: boolean
}

/**
 * The failure of a call that got no usable answer. Before the first byte left nothing can have happened; after it,
 * a write may have. `words` is the name of the fault (`ECONNREFUSED`, `timeout`), as nobody else said anything.
 */
export function failureOfTransport(asked: Asked, how: Unanswered): CloudFailure {
  return {
    kind: kindOfTransport(how),
    call: asked.call,
    status: null,
    words: faultName(how),
    requestId: null,
    nothing: !asked.write || !how.sent,
    retryAfterMs: null,
  }
}

/** A success that is not what was promised: what happened is unknown, so a write stays open. */
export function unreadable(
  asked: Asked,
  status: number,
  words: string,
  requestId: string | null,
): CloudFailure {
  return {
    kind: 'unreadable',
    call: asked.call,
    status,
    words,
    requestId,
    nothing: !asked.write,
    retryAfterMs: null,
  }
}

/** Something we refuse before anything is sent, or that is not there by what was read. */
export function unsent(call: string, kind: 'refused' | 'missing', words: string): CloudFailure {
  return { kind, call, status: null, words, requestId: null, nothing: true, retryAfterMs: null }
}

/** Stopped by us; refused by us in mode observe; surely not sent; or sent, with an answer that did not come or was too long. */
export function kindOfTransport(how: Unanswered): CloudFailure['kind'] {
  if (how.why === 'stopped' || how.why === 'observing') return how.why
  if (!how.sent) return 'unavailable'
  return how.why === 'too-long' ? 'unreadable' : 'no-answer'
}

const OBSERVING = 'SNAPFERRY_MODE is observe: nothing is written'

/** The first code down the chain of causes; node wraps one error per address in an AggregateError. */
function faultName(how: Unanswered): string {
  if (how.why === 'observing') return OBSERVING
  if (how.error === null) return how.why
  for (let error: unknown = how.error; error instanceof Error; error = error.cause) {
    if ('code' in error && typeof error.code === 'string') return error.code.slice(0, 60)
  }
  return how.error.name.slice(0, 60)
}
