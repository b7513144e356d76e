import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { CHECK_CODES, MigrationPath, MigrationView, NoBody } from '@snapferry/contracts'
import type { FastifyInstance } from 'fastify'
import { principalOn } from './access.ts'
import { idOf } from './migration-routes.ts'
import type { ApiNeeds } from './needs.ts'
import { answerAccepted } from './replies.ts'
import { answer, HEADERS, IDEMPOTENCY_HEADER, problems } from './route-schema.ts'
import { cancel, retry } from './steer.ts'
import { audited, keyedBy } from './written.ts'

const BODY_PROBLEMS = [
  'malformed_json',
  'body_too_large',
  'unsupported_media_type',
  'unknown_field',
  'invalid_value',
] as const
const RETRY_PROBLEMS = [
  ...BODY_PROBLEMS,
  'invalid_header',
  'not_found',
  'ended',
  'invalid_state',
  'already_under_way',
  'key_reused',
  'not_durable',
  ...CHECK_CODES,
] as const
const HEADERS_202 = { Location: HEADERS.location, ETag: HEADERS.etag, 'Retry-After': HEADERS.retryAfter }

/** Cancel and retry. */
export function steerRoutes(base: FastifyInstance, needs: ApiNeeds): void {
  const app = base.withTypeProvider<TypeBoxTypeProvider>()
  const cancelSchema = {
    tags: ['migrations'],
    operationId: 'cancelMigration',
    summary: 'Stop a migration and undo what it made',
    description:
      'It unwinds before it ends in `cancelled`. Once its copy is proven good there is only forward: `too_late`.',
    params: MigrationPath,
    body: NoBody,
    response: {
      202: answer('The cancel is recorded, or was already.', MigrationView, HEADERS_202),
      ...problems(...BODY_PROBLEMS, 'not_found', 'ended', 'too_late'),
    },
  }
  app.post(
    '/migrations/:id/cancel',
    { schema: cancelSchema, config: { role: 'operator' } },
    async (request, reply) => {
      const id = idOf(request.params.id)
      const result = await cancel(needs, id, principalOn(request))
      return answerAccepted(reply, await audited(needs, request, { action: 'cancel', id }, result))
    },
  )

  const retrySchema = {
    tags: ['migrations'],
    operationId: 'retryMigration',
    summary: 'Go on with a parked migration, or make a new one of a failed or cancelled one',
    description:
      'A parked migration goes on from the earliest phase whose proof no longer holds. A failed or cancelled one stays as it is; Location names the new one, which has `retryOf`.',
    params: MigrationPath,
    body: NoBody,
    headers: IDEMPOTENCY_HEADER,
    response: {
      202: answer('Under way again; Location says where.', MigrationView, {
        ...HEADERS_202,
        'Idempotency-Replayed': HEADERS.replayed,
      }),
      ...problems(...RETRY_PROBLEMS),
    },
  }
  app.post(
    '/migrations/:id/retry',
    { schema: retrySchema, config: { role: 'operator' } },
    async (request, reply) => {
      const id = idOf(request.params.id)
      const by = principalOn(request)
      const idempotency = keyedBy(request, { by, route: `POST /v1/migrations/${id}/retry`, body: null })
      const result = await retry(needs, id, { by, idempotency })
      return answerAccepted(reply, await audited(needs, request, { action: 'retry', id }, result))
    },
  )
}
