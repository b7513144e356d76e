import type { Call } from '../http/call.ts'
import { mayUse, type Principal } from '../principals.ts'
import type { World } from '../world.ts'
import { isUuid } from './fields.ts'
import { type Dialect, deniedAuthentication, notFound, permissionsDenied } from './refusals.ts'

/** Who the `X-Auth-Token` belongs to; refuses with 401. */
export function authenticate(world: World, call: Call, dialect: Dialect): Principal {
  const token = call.request.headers['x-auth-token']
  if (typeof token !== 'string' || !isUuid(token)) throw deniedAuthentication(dialect, 'invalid_argument')
  const credential = world.credentials.find((known) => known.secretKey === token)
  if (credential === undefined) throw deniedAuthentication(dialect, 'not_found')
  return { credential, projectId: credential.projectId }
}

/** Refuses when the project is not one of the caller's; a missing project is left to the body's check. */
export function requireProject(
  dialect: Dialect,
  principal: Principal,
  projectId: string | undefined,
  asked: { action: string; resource: string },
): void {
  if (projectId !== undefined && !mayUse(principal, projectId)) {
    throw permissionsDenied(dialect, asked.action, asked.resource)
  }
}

/** Refuses when the resource is a stranger's, in the way the switch says. */
export function requireOwn(
  world: World,
  dialect: Dialect,
  principal: Principal,
  found: { id: string; projectId: string } | undefined,
  asked: { action: string; resource: string },
): void {
  if (found === undefined || mayUse(principal, found.projectId)) return
  if (world.switches.foreignResource === 'not-found') throw notFound(dialect, asked.resource, found.id)
  throw permissionsDenied(dialect, asked.action, asked.resource)
}
