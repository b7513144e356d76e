import { randomUUID } from 'node:crypto'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import Fastify, { type FastifyInstance } from 'fastify'
import { guardAccess } from './access.ts'
import { adoptRoute } from './adopt-route.ts'
import { budgetRoutes } from './budget-routes.ts'
import { bundleRoute } from './bundle-route.ts'
import { healthRoutes } from './health-routes.ts'
import { holdRoutes } from './hold-routes.ts'
import { migrationRoutes } from './migration-routes.ts'
import type { ApiNeeds } from './needs.ts'
import { collectOpenapi, serveDocs } from './openapi.ts'
import { orphanRoutes } from './orphan-routes.ts'
import { refusalOfError, sendProblem } from './problems.ts'
import { makeRoomForFacts } from './request-facts.ts'
import { steerRoutes } from './steer-routes.ts'
import { answerBadHttp, answerUnrouted } from './unrouted.ts'
import { validatorCompiler } from './validation.ts'

/** The largest body, bytes: a full request with 100 tags and 50 labels has about 40 kB. */
export const BODY_BYTES_MAX = 64 * 1024
/** How long a client may take to send a request. */
const REQUEST_MS = 30_000

/** The API as a function of its needs; not yet listening. */
export async function openApp(needs: ApiNeeds): Promise<FastifyInstance> {
  const app = Fastify({
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS,
    // A closing server still says so as a problem document: see the first hook.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    genReqId: ({ headers }) => requestIdOf(headers['x-request-id']),
    frameworkErrors: (error, request, reply) =>
      void sendProblem(request, reply, refusalOfError(error, request, needs)),
    clientErrorHandler: (_error, socket) => answerBadHttp(socket),
  })
  app.setValidatorCompiler(validatorCompiler)
  // Answers are what the views made; the schemas describe them and tests compare.
  app.setSerializerCompiler(() => (value) => JSON.stringify(value))
  readBodies(app)
  makeRoomForFacts(app)
  observeRequests(app, needs)
  app.setErrorHandler((error: Error, request, reply) =>
    sendProblem(request, reply, refusalOfError(error, request, needs)),
  )
  answerUnrouted(app)
  await app.register(helmet, HELMET)
  await app.register(rateLimit, { global: false })
  await collectOpenapi(app)
  await app.register(async (scope) => healthRoutes(scope, needs))
  await app.register(
    async (scope) => {
      guardAccess(scope, needs)
      migrationRoutes(scope, needs)
      bundleRoute(scope, needs)
      steerRoutes(scope, needs)
      budgetRoutes(scope, needs)
      holdRoutes(scope, needs)
      orphanRoutes(scope, needs)
      adoptRoute(scope, needs)
    },
    { prefix: '/v1' },
  )
  await serveDocs(app)
  await app.ready()
  return app
}

/** Strict for answers, with what the documentation page needs: its own scripts and inline styles. No upgrade to https, which would break plain loopback. */
const HELMET = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
}

/** JSON is the only language of bodies. An empty one is no body: clients say application/json by habit. */
function readBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined)
    else parse(request, String(body), done)
  })
}

function observeRequests(app: FastifyInstance, { mode, stopping, telemetry }: ApiNeeds): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id).header('snapferry-mode', mode)
    if (!stopping.aborted) return
    if (request.routeOptions.url?.startsWith('/v1/') !== true) return
    const headers = { 'retry-after': '5' }
    return sendProblem(request, reply, { code: 'too_busy', detail: 'The service is stopping.', headers })
  })
  // Also what was asked before it began to stop: a connection kept alive would keep the process alive as well.
  app.addHook('onSend', async (_request, reply) => {
    if (stopping.aborted) reply.header('connection', 'close')
  })
  app.addHook('onResponse', async (request, reply) => {
    telemetry.requestServed({
      method: METHODS.has(request.method) ? request.method : 'OTHER',
      route: request.routeOptions.url ?? 'unrouted',
      status: reply.statusCode,
      ms: reply.elapsedTime,
      requestId: request.id,
      code: request.problemCode,
      by: request.principal?.name ?? null,
    })
  })
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** The caller's request id when it is a plain word, else one of ours. */
function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && /^[A-Za-z0-9._-]{1,128}$/.test(header) ? header : randomUUID()
}
