import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ApiNeeds } from './needs.ts'
import { type Principal, principalOf } from './principal.ts'
import { away } from './problems.ts'
import { type Refusal, Refused } from './refusal.ts'
import { reaches } from './role.ts'

const WINDOW_SECONDS = 60

/** Lets a request pass to the routes of this scope: Redis is there, the key is known, not too often, and the role reaches. */
export function guardAccess(app: FastifyInstance, needs: ApiNeeds): void {
  const limit = app.createRateLimit({
    max: needs.ratePerMinute,
    timeWindow: WINDOW_SECONDS * 1000,
    keyGenerator: (request) => request.principal?.id ?? `ip:${request.ip}`,
  })
  app.addHook('onRequest', async (request, reply) => {
    if (needs.gate.state().kind !== 'open') throw new Refused(away(needs.dice))
    const found = await principalOf(request.headers.authorization, needs)
    if ('role' in found) request.principal = found
    const refusal = limited(await limit(request), reply, needs.ratePerMinute)
    if (refusal !== null) throw new Refused(refusal)
    if (!('role' in found)) throw new Refused(found)
    const needed = request.routeOptions.config.role ?? 'viewer'
    if (!reaches(found.role, needed))
      throw new Refused({
        code: 'forbidden',
        detail: `This needs the role ${needed}; the key has ${found.role}.`,
      })
  })
}

/** Who asks, on a route that access was guarded for. */
export function principalOn(request: FastifyRequest): Principal {
  if (request.principal === null) throw new Error('a guarded route was reached by nobody')
  return request.principal
}

type Limited = Awaited<ReturnType<ReturnType<FastifyInstance['createRateLimit']>>>

/** The two headers of the IETF draft; the plugin sends other names. */
function limited(found: Limited, reply: FastifyReply, quota: number): Refusal | null {
  if (found.isAllowed) return null
  const seconds = found.ttlInSeconds
  reply.header('ratelimit-policy', `"default";q=${quota};w=${WINDOW_SECONDS}`)
  reply.header('ratelimit', `"default";r=${Math.max(0, found.remaining)};t=${seconds}`)
  if (!found.isExceeded) return null
  const detail = `More than ${quota} requests in ${WINDOW_SECONDS} seconds.`
  return { code: 'too_many_requests', detail, headers: { 'retry-after': String(Math.max(1, seconds)) } }
}
