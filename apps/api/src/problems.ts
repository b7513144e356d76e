import { PROBLEM_TYPE, type Problem, type ProblemCode, problemRow, problemType } from '@snapferry/contracts'
import { BadCursor, RedisAway } from '@snapferry/redis'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { type FormPart, formRefusal } from './form-findings.ts'
import type { ApiNeeds } from './needs.ts'
import { type Refusal, Refused, retryAfter } from './refusal.ts'

/** A refusal as a problem document. */
export function problemOf(refusal: Refusal, requestId: string): Problem {
  const { status, title, fix, retryable } = problemRow(refusal.code)
  return {
    type: problemType(refusal.code),
    title,
    status,
    detail: refusal.detail,
    instance: `urn:snapferry:request:${requestId}`,
    code: refusal.code,
    requestId,
    retryable,
    fix: refusal.fix ?? fix,
    ...(refusal.migrationId === undefined ? {} : { migrationId: refusal.migrationId }),
    errors: [...(refusal.items ?? [])],
  }
}

/** Answers with a problem document; its code is remembered for the access line. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, refusal: Refusal): FastifyReply {
  const problem = problemOf(refusal, request.id)
  request.problemCode = refusal.code
  for (const [name, value] of Object.entries(refusal.headers ?? {})) reply.header(name, value)
  return reply.code(problem.status).type(PROBLEM_TYPE).send(problem)
}

/** Turns whatever a route threw into a refusal; what nobody expected becomes `internal` and says nothing of us. */
export function refusalOfError(
  error: FastifyError | Refused | RedisAway | BadCursor | Error,
  request: FastifyRequest,
  { telemetry, dice }: Pick<ApiNeeds, 'telemetry' | 'dice'>,
): Refusal {
  if (error instanceof Refused) return error.refusal
  if (error instanceof RedisAway) {
    telemetry.redisAway(error)
    return away(dice)
  }
  if (error instanceof BadCursor) return badCursor(error.message)
  if ('validation' in error && error.validation !== undefined)
    return formRefusal(error.validation, formPart(error.validationContext))
  const known = 'statusCode' in error ? (KNOWN[error.code] ?? ofStatus(error.statusCode)) : undefined
  if (known !== undefined) return { code: known, detail: DETAIL[known] ?? problemRow(known).title }
  telemetry.requestFailed(request.id, error)
  return { code: 'internal', detail: 'An error of ours; it has been written down with this request id.' }
}

/** The refusal while Redis is out of reach. */
export function away(dice: () => number): Refusal {
  const detail = 'The journal does not answer; what was accepted is kept.'
  return { code: 'unavailable', detail, headers: retryAfter(dice) }
}

function badCursor(detail: string): Refusal {
  const fix = problemRow('invalid_cursor').fix
  return {
    code: 'invalid_cursor',
    detail,
    items: [{ code: 'invalid_cursor', detail, parameter: 'pageToken', fix }],
  }
}

/** Fastify's own errors by their stable codes. */
const KNOWN: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_request',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_BAD_URL: 'malformed_request',
}

const DETAIL: Partial<Record<ProblemCode, string>> = {
  malformed_json: 'The body could not be read as JSON.',
  body_too_large: 'The body has more than 64 KiB.',
  unsupported_media_type: 'The body is not declared as application/json.',
}

function ofStatus(status: number | undefined): ProblemCode | undefined {
  // secure-json-parse refuses `__proto__` with a bare 400.
  return status === 400 ? 'malformed_json' : undefined
}

function formPart(context: string | undefined): FormPart {
  switch (context) {
    case 'body':
    case 'params':
    case 'headers':
      return context
    default:
      return 'querystring'
  }
}
