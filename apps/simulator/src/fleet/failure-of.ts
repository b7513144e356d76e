import { bad, type CloudFailure } from '@snapferry/migration'
import type { Reply } from '../weather/weather.ts'

/** A failed call as an adapter tells it. */
export function failureOf(
  reply: Reply,
  call: string,
): { readonly ok: false; readonly failure: CloudFailure } {
  const { kind, status, nothing } = reply
  return bad({ kind, call, status, nothing, words: `${kind} here`, requestId: null, retryAfterMs: null })
}

/** An answer of the provider that is no mishap: it is so. */
export function refusal(kind: Reply['kind'], status: number, call: string) {
  return failureOf({ kind, status, nothing: true }, call)
}
