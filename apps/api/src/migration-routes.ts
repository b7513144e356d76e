import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import {
  BODY_CODES,
  CHECK_CODES,
  CreateMigration,
  EventPage,
  GetMigration,
  ListEvents,
  ListMigrations,
  MigrationPage,
  MigrationPath,
  MigrationView,
  PAGE_SIZE_DEFAULT,
  PAGE_SIZE_MAX,
} from '@snapferry/contracts'
import { isEnded, isMigrationId, type MigrationId, planOf } from '@snapferry/migration'
import type { FastifyInstance } from 'fastify'
import { accept } from './accept.ts'
import { principalOn } from './access.ts'
import { askedBodyOf } from './asked-body.ts'
import { toEventView } from './event-view.ts'
import type { ApiNeeds } from './needs.ts'
import { refusalOf } from './preflight.ts'
import { Refused } from './refusal.ts'
import { answerAccepted, etagOf, isKnownTag } from './replies.ts'
import { answer, HEADERS, IDEMPOTENCY_HEADER, problems } from './route-schema.ts'
import { notFound } from './steer.ts'
import { toView } from './view.ts'
import { openWaiting, waitMsOf } from './waiting.ts'
import { audited, keyedBy } from './written.ts'

/** Create, show and list migrations, and their events. */
export function migrationRoutes(base: FastifyInstance, needs: ApiNeeds): void {
  const app = base.withTypeProvider<TypeBoxTypeProvider>()
  createRoute(app, needs)
  getRoute(app, needs)
  listRoutes(app, needs)
}

type App = ReturnType<typeof typed>
const typed = (app: FastifyInstance) => app.withTypeProvider<TypeBoxTypeProvider>()

const TAGS = ['migrations']

function createRoute(app: App, needs: ApiNeeds): void {
  const schema = {
    tags: TAGS,
    operationId: 'createMigration',
    summary: 'Carry one snapshot to one zone',
    description:
      'The source is never changed or deleted. What needs the provider is checked when it answers within 3 seconds; else the request is accepted, and a bad finding ends the migration in `failed` with the same code. Problems of form are 422 as well.',
    body: CreateMigration,
    headers: IDEMPOTENCY_HEADER,
    response: {
      202: answer('Accepted; the worker goes on from here.', MigrationView, {
        Location: HEADERS.location,
        ETag: HEADERS.etag,
        'Retry-After': HEADERS.retryAfter,
        'Idempotency-Replayed': HEADERS.replayed,
      }),
      ...problems(...CREATE_PROBLEMS),
    },
  }
  app.post('/migrations', { schema, config: { role: 'operator' } }, async (request, reply) => {
    const by = principalOn(request)
    const idempotency = keyedBy(request, { by, route: 'POST /v1/migrations', body: request.body })
    const planned = planOf(askedBodyOf(request.body), needs.defaults)
    const accepted = planned.ok
      ? await accept(needs, { plan: planned.plan, retryOf: null, by, idempotency })
      : { ok: false as const, failure: refusalOf(planned.findings) }
    return answerAccepted(reply, await audited(needs, request, { action: 'create', id: null }, accepted))
  })
}

const CREATE_PROBLEMS = [
  'malformed_json',
  'invalid_header',
  'body_too_large',
  'unsupported_media_type',
  'already_under_way',
  'key_reused',
  'not_durable',
  ...BODY_CODES,
  ...CHECK_CODES,
] as const

function getRoute(app: App, needs: ApiNeeds): void {
  const readHeld = openWaiting(needs)
  const schema = {
    tags: TAGS,
    operationId: 'getMigration',
    summary: 'Show one migration',
    description: 'A migration that failed is an answer, not a problem: read `state` and `failure`.',
    params: MigrationPath,
    querystring: GetMigration,
    response: {
      200: answer('The migration as it is.', MigrationView, {
        ETag: HEADERS.etag,
        'Retry-After': HEADERS.retryAfter,
      }),
      304: { type: 'null', description: 'Unchanged since If-None-Match.' },
      ...problems('not_found', 'invalid_filter'),
    },
  }
  app.get('/migrations/:id', { schema }, async (request, reply) => {
    const known = request.headers['if-none-match']
    const gone = new AbortController()
    reply.raw.once('close', () => gone.abort())
    const reading = await readHeld(idOf(request.params.id), {
      waitMs: waitMsOf(request.query.wait),
      isEnough: ({ pulse }) => known !== undefined && !isKnownTag(etagOf(pulse), known),
      stop: AbortSignal.any([gone.signal, needs.stopping]),
    })
    if (reading === null) throw new Refused(notFound(request.params.id))
    const { record, pulse } = reading
    reply.header('etag', etagOf(pulse)).header('cache-control', 'no-cache')
    if (!isEnded(record)) reply.header('retry-after', '5')
    return isKnownTag(etagOf(pulse), known) ? reply.code(304).send() : toView(record, pulse)
  })
}

function listRoutes(app: App, needs: ApiNeeds): void {
  const { journal } = needs
  const list = {
    tags: TAGS,
    operationId: 'listMigrations',
    summary: 'List migrations, newest first',
    description:
      'Every filter that is given must hold. A page may be short; only an empty nextPageToken ends the list.',
    querystring: ListMigrations,
    response: { 200: answer('A page.', MigrationPage), ...problems('invalid_filter', 'invalid_cursor') },
  }
  app.get('/migrations', { schema: list }, async ({ query }): Promise<MigrationPage> => {
    const pageSize = Math.min(PAGE_SIZE_MAX, query.pageSize ?? PAGE_SIZE_DEFAULT)
    const page = await journal.list({ ...query, pageSize })
    const items = page.items.map(({ record, pulse }) => toView(record, pulse))
    return { items, nextPageToken: page.nextPageToken }
  })

  const events = {
    tags: TAGS,
    operationId: 'listEvents',
    summary: 'What happened to a migration, oldest first',
    params: MigrationPath,
    querystring: ListEvents,
    response: { 200: answer('Events.', EventPage), ...problems('not_found', 'invalid_filter') },
  }
  app.get('/migrations/:id/events', { schema: events }, async ({ params, query }): Promise<EventPage> => {
    const { after = 0, limit = 100 } = query
    const id = idOf(params.id)
    const found = await journal.events(id, after, limit)
    // Read after the events, so that its ledger has every thing they are about.
    const reading = await journal.read(id)
    // Every migration has events: none after a number may also mean that there is no migration.
    if (found.length === 0 && reading === null) throw new Refused(notFound(id))
    const ledger = reading?.record.ledger ?? []
    return { items: found.map((event, at) => toEventView(event, after + at + 1, ledger)) }
  })
}

/** A checked id of a path. */
export function idOf(text: string): MigrationId {
  if (!isMigrationId(text)) throw new Refused(notFound(text))
  return text
}
