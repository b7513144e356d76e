import type { CloudFailure, CloudFailureKind } from '@snapferry/migration'
import { type ErrorBody, readErrorBody } from './error-body.ts'
import type { Answered } from './exchange.ts'
import type { Asked } from './failure-of-transport.ts'
import { requestIdOf } from './request-id.ts'
import { retryAfterMs } from './retry-after.ts'
import type { Scrub } from './words.ts'

/**
 * The one translation of error answers of the Instance and Block APIs: every answer from 300 up. A 4xx surely changed
 * nothing; after a 3xx or 5xx to a write nobody knows.
 */
export function failureOfApi(asked: Asked, answered: Answered, scrub: Scrub): CloudFailure {
  const { status } = answered
  const body = readErrorBody(answered.body)
  return {
    kind: kindOfAnswer(status, body),
    call: asked.call,
    status,
    words: scrub(body.words),
    requestId: requestIdOf(answered.headers['x-request-id'], scrub),
    nothing: !asked.write || (status >= 400 && status < 500),
    retryAfterMs: retryAfterMs(answered, body.resetSeconds),
  }
}

/** Types that mean the same under every 4xx. `out_of_stock` heals when others free what they use. */
const KIND_OF_TYPE = new Map<string, CloudFailureKind>([
  ['denied_authentication', 'credentials'],
  ['permissions_denied', 'forbidden'],
  ['authorization_required', 'forbidden'],
  ['quotas_exceeded', 'quota'],
  ['not_found', 'missing'],
  ['unknown_resource', 'missing'],
  ['expired', 'missing'],
  ['transient_state', 'busy'],
  ['already_exists', 'refused'],
  ['locked', 'locked'],
  ['out_of_stock', 'unavailable'],
  ['too_many_requests', 'throttled'],
])

/** A status that speaks for itself when the type is unknown, missing, or the body is empty. */
const KIND_OF_STATUS = new Map<number, CloudFailureKind>([
  [401, 'credentials'],
  [403, 'forbidden'],
  [404, 'missing'],
  [408, 'unavailable'],
  [409, 'busy'],
  [410, 'missing'],
  [412, 'busy'],
  [423, 'locked'],
])

/** `precondition_failed` is 412, and 400 on Instance v1. What must be set or freed by someone decides. */
const KIND_OF_PRECONDITION = new Map<string, CloudFailureKind>([
  ['resource_still_in_use', 'in-use'],
  ['protected_resource', 'in-use'],
  ['attribute_must_be_set', 'refused'],
])

function kindOfAnswer(status: number, body: ErrorBody): CloudFailureKind {
  if (status === 429) return 'throttled'
  // An HTML page is some gateway's: the API itself has not spoken, not even by a 404.
  if (status < 400 || status >= 500 || body.form === 'html') return 'unavailable'
  if (body.type === 'precondition_failed') return KIND_OF_PRECONDITION.get(body.precondition ?? '') ?? 'busy'
  return kindOfMessage(status, body) ?? KIND_OF_TYPE.get(body.type ?? '') ?? kindOfStatus(status, body)
}

/** The two sentences that are known only by their wording, both `invalid_request_error`. */
function kindOfMessage(status: number, body: ErrorBody): CloudFailureKind | null {
  if (body.type !== 'invalid_request_error') return null
  if (status === 403 && /quota exceeded/i.test(body.message ?? '')) return 'quota'
  if (/snapshot is not available/i.test(body.message ?? '')) return 'busy'
  return null
}

function kindOfStatus(status: number, body: ErrorBody): CloudFailureKind {
  return KIND_OF_STATUS.get(status) ?? (body.form === 'empty' ? 'unavailable' : 'refused')
}
