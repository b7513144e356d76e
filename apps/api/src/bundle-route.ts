import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { BundleView, MigrationPath } from '@snapferry/contracts'
import { type Bundle, bundleOf, type Event, type MigrationId } from '@snapferry/migration'
import type { FastifyInstance } from 'fastify'
import { idOf } from './migration-routes.ts'
import type { ApiJournal, ApiNeeds } from './needs.ts'
import { Refused } from './refusal.ts'
import { answer, HEADERS, problems } from './route-schema.ts'
import { notFound } from './steer.ts'

/** Events that are read at a time. */
const PAGE = 1_000

/** One migration in one file: what support needs to decide everything once more. */
export function bundleRoute(base: FastifyInstance, needs: ApiNeeds): void {
  const app = base.withTypeProvider<TypeBoxTypeProvider>()
  const schema = {
    tags: ['migrations'],
    operationId: 'getBundle',
    summary: 'One migration in one file, to be replayed',
    description:
      'The record, its pulse and every event with what it was decided from. Names, tags, labels, people, buckets, projects and keys of images that are not ours are pseudonyms, the same everywhere in the file; ids, sizes and times stay. `pnpm replay <file>` decides it once more, step by step.',
    params: MigrationPath,
    response: {
      200: answer('The bundle.', BundleView, { 'Content-Disposition': HEADERS.contentDisposition }),
      ...problems('not_found'),
    },
  }
  app.get('/migrations/:id/bundle', { schema }, async ({ params }, reply): Promise<Bundle> => {
    const id = idOf(params.id)
    const bundle = await bundleFor(id, needs)
    reply.header('content-disposition', `attachment; filename="snapferry-${id}.json"`)
    reply.header('cache-control', 'no-store')
    return bundle
  })
}

async function bundleFor(id: MigrationId, { journal, program }: ApiNeeds): Promise<Bundle> {
  const reading = await journal.read(id)
  if (reading === null) throw new Refused(notFound(id))
  const { record, pulse, now } = reading
  // The events of just this record: more may have been appended since it was read.
  const events = await eventsUpTo(id, record.events, journal)
  return bundleOf({ record, pulse, events }, { madeAt: now, program })
}

async function eventsUpTo(id: MigrationId, count: number, journal: ApiJournal): Promise<readonly Event[]> {
  const events: Event[] = []
  while (events.length < count) {
    const page = await journal.events(id, events.length, Math.min(PAGE, count - events.length))
    if (page.length === 0) break
    events.push(...page)
  }
  return events
}
