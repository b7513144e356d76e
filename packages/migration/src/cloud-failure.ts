/**
 * What an adapter answers when a call did not succeed: the provider's words on one side, what follows from them on
 * the other. `nothing` says whether the call surely changed nothing at the provider (a readable 4xx, a connection
 * refused before a byte was written): only then may a create be sent again without looking first.
 */
export interface CloudFailure {
  readonly kind: CloudFailureKind
  /** The call, as people know it: `block ImportSnapshot`. */
  readonly call: string
  /** HTTP status, or null when no answer came. */
  readonly status: number | null
  /** The provider's own words, scrubbed, at most 500 characters; empty when it said nothing. */
  readonly words: string
  /** X-Request-Id (or X-Amz-Request-Id) of the answer: support asks for it. */
  readonly requestId: string | null
  readonly nothing: boolean
  /** Milliseconds the provider asked us to wait, when it did. */
  readonly retryAfterMs: number | null
}

/**
 * | kind | seen as |
 * |---|---|
 * | credentials | 401, or S3 SignatureDoesNotMatch, InvalidAccessKeyId |
 * | forbidden | 403 permissions_denied, authorization_required, S3 AccessDenied |
 * | quota | 403 quotas_exceeded, or the legacy "Quota exceeded for this resource." |
 * | missing | 404 of every flavour, 410, NoSuchKey, NoSuchBucket |
 * | busy | 409 transient_state, 400/412 precondition, "snapshot is not available" |
 * | in-use | 400/412 resource_still_in_use, protected_resource |
 * | locked | 423 or type locked |
 * | frozen | S3 InvalidObjectState: GLACIER not restored |
 * | refused | every other readable 4xx |
 * | throttled | 429, S3 SlowDown |
 * | unavailable | 5xx, HTML, connection refused or not resolved |
 * | no-answer | timeout, reset: what happened there is unknown |
 * | unreadable | 2xx whose body is not what was promised |
 * | stopped | our own process is stopping and the read was given up |
 * | observing | our own client in mode `observe`: a write that was not sent |
 */
export type CloudFailureKind =
  | 'credentials'
  | 'forbidden'
  | 'quota'
  | 'missing'
  | 'busy'
  | 'in-use'
  | 'locked'
  | 'frozen'
  | 'refused'
  | 'throttled'
  | 'unavailable'
  | 'no-answer'
  | 'unreadable'
  | 'stopped'
  | 'observing'

/** The most characters of the provider's words that are kept. */
export const WORDS_LENGTH_MAX = 500
