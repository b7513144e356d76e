import type { CloudFailure, CloudFailureKind } from '@snapferry/migration'
import type { Answered } from './exchange.ts'
import type { Asked } from './failure-of-transport.ts'
import { requestIdOf } from './request-id.ts'
import { retryAfterMs } from './retry-after.ts'
import type { Scrub } from './words.ts'

/**
 * The one translation of error answers of Object Storage: every answer from 300 up. The code of the XML body decides;
 * a HEAD has no body, so there the status does.
 */
export function failureOfS3(asked: Asked, answered: Answered, scrub: Scrub): CloudFailure {
  const { status, headers } = answered
  const text = new TextDecoder().decode(answered.body.subarray(0, ERROR_BYTES_MAX)).trim()
  const code = elementOf(text, 'Code')
  const message = elementOf(text, 'Message') ?? text.replace(/<[^>]*>/g, ' ')
  return {
    kind: kindOfAnswer({ status, code, message, isHtml: code === null && text.startsWith('<') }),
    call: asked.call,
    status,
    words: scrub([code, message].filter((part) => part !== null && part !== '').join(': ')),
    requestId: requestIdOf(headers['x-amz-request-id'], scrub),
    nothing: !asked.write || (status >= 400 && status < 500),
    retryAfterMs: retryAfterMs(answered, null),
  }
}

const ERROR_BYTES_MAX = 20_000

const KIND_OF_CODE = new Map<string, CloudFailureKind>([
  ['SignatureDoesNotMatch', 'credentials'],
  ['InvalidAccessKeyId', 'credentials'],
  ['RequestTimeTooSkewed', 'credentials'],
  ['AccessDenied', 'forbidden'],
  ['QuotaExceeded', 'quota'],
  ['NoSuchKey', 'missing'],
  ['NoSuchBucket', 'missing'],
  ['ObjectLockConfigurationNotFoundError', 'missing'],
  ['OperationAborted', 'busy'],
  ['InvalidObjectState', 'frozen'],
  ['SlowDown', 'throttled'],
  ['NotImplemented', 'refused'],
])

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

function kindOfAnswer(a: {
  status: number
  code: string | null
  message: string
  isHtml: boolean
}): CloudFailureKind {
  if (a.status === 429 || (a.status === 503 && /reduce your request rate/i.test(a.message)))
    return 'throttled'
  if (a.isHtml) return 'unavailable'
  const byCode = KIND_OF_CODE.get(a.code ?? '')
  if (byCode !== undefined) return byCode
  // "Ask another region": for this region's endpoint the bucket is not there.
  if (a.status === 301) return 'missing'
  if (a.status < 400 || a.status >= 500) return 'unavailable'
  return KIND_OF_STATUS.get(a.status) ?? 'refused'
}

/** The text of the first such element, with the five XML entities read. */
function elementOf(text: string, name: string): string | null {
  const found = new RegExp(`<${name}>([^<]{0,2000})</${name}>`).exec(text)?.[1]
  return found?.replace(/&(lt|gt|quot|apos|amp);/g, (_, entity: string) => ENTITIES.get(entity) ?? '') ?? null
}

const ENTITIES = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['amp', '&'],
])
