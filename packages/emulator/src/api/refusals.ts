import { type Answer, Refusal } from '../http/answer.ts'
import { jsonAnswer } from './json-answer.ts'

/** How an API words its errors: Instance spaced, Block compact with alphabetical keys; some statuses differ too. */
export type Dialect = 'instance' | 'block'

/** One complaint about one argument. */
export interface BadArgument {
  argument_name: string
  reason: 'unknown' | 'required' | 'format' | 'constraint'
  help_message: string
}

/** 401: the token is missing or of nobody. */
export function deniedAuthentication(dialect: Dialect, reason: 'invalid_argument' | 'not_found'): Refusal {
  return refusal(dialect, 401, {
    type: 'denied_authentication',
    message: 'authentication is denied',
    method: 'api_key',
    reason,
  })
}

/** 404 of a path or zone that does not exist. */
export function unknownRoute(dialect: Dialect, what: string): Refusal {
  return refusal(dialect, 404, { type: 'unknown_resource', message: `"${what}" not found` })
}

/** 403: the project is not the caller's. */
export function permissionsDenied(dialect: Dialect, action: string, resource: string): Refusal {
  return refusal(dialect, 403, {
    type: 'permissions_denied',
    message: 'insufficient permissions',
    details: [{ action, resource }],
  })
}

/** 400 with one complaint per argument. */
export function invalidArguments(dialect: Dialect, details: BadArgument[]): Refusal {
  return refusal(dialect, 400, { type: 'invalid_arguments', message: 'invalid argument(s)', details })
}

/** 400 with words only: what the importer says to images. */
export function invalidRequest(dialect: Dialect, message: string): Refusal {
  return refusal(dialect, 400, { type: 'invalid_request_error', message })
}

/** 404 of a resource. */
export function notFound(dialect: Dialect, resource: string, id: string): Refusal {
  const body = { type: 'not_found', message: 'resource is not found', resource, resource_id: id }
  return refusal(dialect, 404, body)
}

/** 409: try again when the state has passed. */
export function transientState(dialect: Dialect, resource: string, id: string, state: string): Refusal {
  return refusal(dialect, 409, {
    type: 'transient_state',
    message: 'resource is in a transient state',
    resource,
    resource_id: id,
    current_state: state,
  })
}

/** 412 on Block, 400 on Instance v1. */
export function preconditionFailed(
  dialect: Dialect,
  precondition: 'resource_still_in_use' | 'resource_not_usable' | 'protected_resource',
  helpMessage: string,
  status = dialect === 'block' ? 412 : 400,
): Refusal {
  return refusal(dialect, status, {
    type: 'precondition_failed',
    message: 'precondition is not respected',
    precondition,
    help_message: helpMessage,
  })
}

/** 403: the quota, once for the organisation and once for the project, as recorded. */
export function quotasExceeded(
  dialect: Dialect,
  broken: { resource: string; quota: number; current: number },
  owner: { organizationId: string; projectId: string },
): Refusal {
  const details = [
    { ...broken, organization_id: owner.organizationId },
    { ...broken, project_id: owner.projectId },
  ]
  const body = { type: 'quotas_exceeded', message: 'quota(s) exceeded for this resource', details }
  return refusal(dialect, 403, body)
}

/** 500 of the service itself. */
export function internalError(dialect: Dialect): Refusal {
  return refusal(dialect, 500, { type: 'internal_server_error', message: 'Internal error' })
}

/** 503 of the gateway: no type. */
export function upstreamTimeout(dialect: Dialect): Refusal {
  return refusal(dialect, 503, { message: 'upstream request timeout' })
}

/** 429 of the gateway, as it really looks: nothing in it. */
export function rateLimited(): Answer {
  return { status: 429, headers: { 'X-Envoy-Ratelimited': 'true' }, body: null }
}

/** A refusal in words that a test chooses, with an id of the request that is as careless as they are. */
export function refusedWith(dialect: Dialect, status: number, words: string): Answer {
  const { answer } = refusal(dialect, status, { type: 'invalid_request_error', message: words })
  return { ...answer, headers: { ...answer.headers, 'X-Request-Id': words.slice(-36) } }
}

function refusal(dialect: Dialect, status: number, body: Record<string, unknown>): Refusal {
  const entries = Object.entries(body)
  if (dialect === 'block') entries.sort(([one], [other]) => (one < other ? -1 : 1))
  return new Refusal(jsonAnswer(dialect, status, Object.fromEntries(entries)))
}
