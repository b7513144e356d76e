import { bad, type CloudFailure } from '@snapferry/migration'
import { ACCOUNT_WORDS } from '../account/account.ts'
import type { Reply } from '../weather/weather.ts'

/** A failed call as an adapter tells it. */
export function failureOf(
  reply: Reply,
  call: string,
): { readonly ok: false; readonly failure: CloudFailure } {
  return said(reply, call, `${reply.kind} here`)
}

/** A call that the account is refused: what is wrong is nobody's who makes it. */
export function refusedAccount(
  reply: Reply,
  call: string,
): { readonly ok: false; readonly failure: CloudFailure } {
  return said(reply, call, ACCOUNT_WORDS)
}

function said({ kind, status, nothing }: Reply, call: string, words: string) {
  return bad({ kind, call, status, nothing, words, requestId: null, retryAfterMs: null })
}

/** An answer of the provider that is no mishap: it is so. */
export function refusal(kind: Reply['kind'], status: number, call: string) {
  return failureOf({ kind, status, nothing: true }, call)
}
