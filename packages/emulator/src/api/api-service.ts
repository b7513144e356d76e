import { randomUUID } from 'node:crypto'
import { BLOCK_ROUTES } from '../block/routes.ts'
import { echoOf } from '../faults/echo-credentials.ts'
import type { RefusalFault } from '../faults/fault.ts'
import type { Answer } from '../http/answer.ts'
import type { Call } from '../http/call.ts'
import { htmlBadGateway, type Service } from '../http/serve.ts'
import { INSTANCE_ROUTES } from '../instance/routes.ts'
import type { World } from '../world.ts'
import { zonesOf } from '../zones.ts'
import { authenticate } from './authenticate.ts'
import { BODY_BYTES_MAX } from './fields.ts'
import { resourceName } from './find-own.ts'
import {
  type Dialect,
  deniedAuthentication,
  internalError,
  notFound,
  permissionsDenied,
  preconditionFailed,
  quotasExceeded,
  rateLimited,
  refusedWith,
  transientState,
  unknownRoute,
  upstreamTimeout,
} from './refusals.ts'
import { findRoute, type Route } from './route.ts'

const ROUTES = { instance: INSTANCE_ROUTES, block: BLOCK_ROUTES } as const
const PATH = /^\/(?:(instance)\/v1|(block)\/v1(?:alpha1)?)\/zones\/([^/]+)(\/.*)$/

/** Instance v1 and Block v1/v1alpha1. Checks run in this order: token, zone and route, project, body, existence, state, quota. */
export function apiService(world: World): Service {
  return {
    bodyBytesMax: BODY_BYTES_MAX,
    newRequestId: randomUUID,
    identify({ method, path, body }) {
      const [, instance, , zone, rest = ''] = PATH.exec(path) ?? []
      const api = instance === undefined && path.startsWith('/block/') ? 'block' : 'instance'
      const found = zone === undefined ? null : findRoute(ROUTES[api], method, rest)
      const operation = isInstanceImport(found?.route, body)
        ? 'ImportSnapshot'
        : (found?.route.operation ?? 'Unknown')
      return {
        api,
        operation,
        zone: zone ?? null,
        region: null,
        resourceId: found?.id ?? null,
        bucket: null,
        key: null,
      }
    },
    act: async (call) => actOnApi(world, call),
    refuse: (fault, call) => refusalOf(fault, dialectOf(call), call),
    stamp: (answer, call) => stampsOf(answer, call),
  }
}

/** Instance imports through its create; only the body tells. */
function isInstanceImport(route: Route | undefined, body: Buffer | null): boolean {
  return (
    route === CREATE_INSTANCE_SNAPSHOT && body !== null && /"(?:bucket|key)"\s*:/.test(body.toString('utf8'))
  )
}

const CREATE_INSTANCE_SNAPSHOT = INSTANCE_ROUTES.find((route) => route.operation === 'CreateSnapshot')

function actOnApi(world: World, call: Call): Answer | Promise<Answer> {
  const dialect = dialectOf(call)
  call.principal = authenticate(world, call, dialect)
  const rest = PATH.exec(call.path)?.[4] ?? ''
  const found = findRoute(ROUTES[dialect], call.method, rest)
  if (found === null) throw unknownRoute(dialect, call.path)
  if (!zonesOf(dialect, world.regions).includes(call.zone ?? '')) throw unknownRoute(dialect, call.zone ?? '')
  return found.route.act(world, call)
}

function dialectOf(call: Call): Dialect {
  return call.api === 'block' ? 'block' : 'instance'
}

function refusalOf(fault: RefusalFault, dialect: Dialect, call: Call): Answer {
  const resource = resourceName(dialect, 'snapshot')
  const id = call.resourceId ?? ''
  switch (fault.kind) {
    case 'empty-429':
      return rateLimited()
    case 'html-502':
      return htmlBadGateway()
    case 'json-503':
      return upstreamTimeout(dialect).answer
    case 'internal-500':
      return internalError(dialect).answer
    case 'quota-403':
      return quotasExceeded(dialect, FULL_QUOTA, { organizationId: NOBODY, projectId: NOBODY }).answer
    case 'permissions-403':
      return permissionsDenied(dialect, call.method === 'GET' ? 'read' : 'write', resource).answer
    case 'unauthenticated-401':
      return deniedAuthentication(dialect, 'not_found').answer
    case 'transient-409':
      return transientState(dialect, resource, id, fault.state ?? 'exporting').answer
    case 'precondition-412':
      return preconditionFailed(
        dialect,
        'protected_resource',
        'Snapshot is currently in use, deletion is not permitted.',
        412,
      ).answer
    case 'precondition-400':
      return preconditionFailed(dialect, 'resource_not_usable', 'snapshot is not available', 400).answer
    case 'not-found':
      return notFound(dialect, resource, id).answer
    case 'echo-credentials':
      return refusedWith(dialect, fault.status ?? 400, echoOf(call.request))
  }
}

const NOBODY = '00000000-0000-0000-0000-000000000000'
const FULL_QUOTA = { resource: 'storage_total_gb', quota: 500, current: 500 }

/** Block adds the security headers of its own gateway route. */
const BLOCK_STAMPS = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Strict-Transport-Security': 'max-age=63072000',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
}

function stampsOf(answer: Answer, call: Call): Record<string, string> {
  const stamps = {
    'X-Request-Id': call.requestId,
    Server: `Scaleway API Gateway (${call.zone ?? 'fr-par-1'};edge01)`,
  }
  return call.api === 'block' && answer.status !== 429 ? { ...stamps, ...BLOCK_STAMPS } : stamps
}
