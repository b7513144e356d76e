import type { ProblemCode } from '@snapferry/contracts'
import type { FastifyInstance } from 'fastify'
import type { Principal } from './principal.ts'
import type { Role } from './role.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null before it is known and on open routes. */
    principal: Principal | null
    /** The code of the problem it was answered with. */
    problemCode: ProblemCode | null
  }
  interface FastifyContextConfig {
    /** The least role a route asks for; open to everybody without. */
    role?: Role
  }
}

/** Room on each request for what is found out about it on its way. */
export function makeRoomForFacts(app: FastifyInstance): void {
  app.decorateRequest('principal', null)
  app.decorateRequest('problemCode', null)
}
