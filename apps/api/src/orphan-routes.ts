import { randomUUID } from 'node:crypto'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import {
  AskSweep,
  AwaitSweep,
  ListOrphans,
  OrphanPage,
  PAGE_SIZE_DEFAULT,
  PAGE_SIZE_MAX,
  SweepView,
} from '@snapferry/contracts'
import { bad, good, type Listed, type Result, type SweepWish } from '@snapferry/migration'
import type { FastifyInstance } from 'fastify'
import { principalOn } from './access.ts'
import type { ApiNeeds } from './needs.ts'
import { offsetOf, orphanToken } from './orphan-cursor.ts'
import { toLifecycleViews, toOrphanView, toPendingView, toSweepView } from './orphan-view.ts'
import type { Refusal } from './refusal.ts'
import { answer, problems } from './route-schema.ts'
import { settled } from './settled.ts'
import { HELD_POLL_MS, waitMsOf } from './waiting.ts'

const TAGS = ['leftovers']
const BODY_PROBLEMS = [
  'malformed_json',
  'body_too_large',
  'unsupported_media_type',
  'unknown_field',
  'missing_field',
  'invalid_value',
  'invalid_filter',
] as const

/** Show what no migration accounts for, and ask for a sweep. */
export function orphanRoutes(base: FastifyInstance, needs: ApiNeeds): void {
  const app = base.withTypeProvider<TypeBoxTypeProvider>()
  listRoute(app, needs)
  sweepRoute(app, needs)
}

type App = ReturnType<typeof typed>
const typed = (app: FastifyInstance) => app.withTypeProvider<TypeBoxTypeProvider>()

function listRoute(app: App, needs: ApiNeeds): void {
  const schema = {
    tags: TAGS,
    operationId: 'listOrphans',
    summary: 'What of ours no migration accounts for, by the newest sweep',
    description:
      'Late things first, then orphans, then unclaimed copies; at most 1,000 of each are listed, `sweep.counts` has them all. docs/leftovers.md says what each is and what to do.',
    querystring: ListOrphans,
    response: { 200: answer('A page.', OrphanPage), ...problems('invalid_filter', 'invalid_cursor') },
  }
  app.get('/orphans', { schema }, ({ query }) => pageOf(needs, query))
}

async function pageOf({ sweeps, defaults }: ApiNeeds, query: ListOrphans): Promise<OrphanPage> {
  const kind: Listed | null = query.kind ?? null
  const count = Math.min(PAGE_SIZE_MAX, query.pageSize ?? PAGE_SIZE_DEFAULT)
  const token = query.pageToken ?? ''
  const newest = await sweeps.newest()
  const from = token === '' ? 0 : offsetOf(token, { sweep: newest?.id ?? '', kind })
  const [{ report, items, total }, pending, places] = await Promise.all([
    sweeps.found(kind, from, count),
    sweeps.pending(),
    sweeps.places(),
  ])
  // Another sweep finished in between: its list has nothing to do with this offset.
  if (token !== '' && report !== null) offsetOf(token, { sweep: report.id, kind })
  const offset = from + items.length
  return {
    items: items.map(toOrphanView),
    nextPageToken: report === null || offset >= total ? '' : orphanToken({ sweep: report.id, kind, offset }),
    ...(report === null ? {} : { sweep: toSweepView(report) }),
    ...(pending === null ? {} : { pending: toPendingView(pending) }),
    lifecycle: toLifecycleViews(places, defaults.install),
  }
}

function sweepRoute(app: App, needs: ApiNeeds): void {
  const schema = {
    tags: TAGS,
    operationId: 'sweepOrphans',
    summary: 'Ask for a sweep',
    description:
      'A worker lists every zone and bucket in use. Without `dryRun: false` it only looks. Orphans and copies are never removed; what an ended migration left late is brought into its ledger and removed by it.',
    body: AskSweep,
    querystring: AwaitSweep,
    response: {
      202: answer('Asked for, or it was already; finished when it was waited for long enough.', SweepView, {
        Location: { type: 'string', description: 'Where its result will be.' },
      }),
      ...problems(...BODY_PROBLEMS, 'sweep_under_way'),
    },
  }
  app.post('/orphans/sweep', { schema, config: { role: 'admin' } }, async (request, reply) => {
    const { by, id: requestId } = { by: principalOn(request).name, id: request.id }
    const action = 'orphans.sweep'
    const asked = await askFor(needs, request.body, by, (wish) =>
      needs.audit.write({ action, target: wish.id, by, requestId, outcome: 'accepted', after: wish }),
    )
    const about = { action, target: asked.ok ? asked.value.id : 'sweep' } as const
    const wish = await settled(needs, request, about, asked)
    const gone = new AbortController()
    reply.raw.once('close', () => gone.abort())
    reply.code(202).header('location', '/v1/orphans')
    return await awaited(needs, wish, {
      waitMs: waitMsOf(request.query.wait),
      stop: AbortSignal.any([gone.signal, needs.stopping]),
    })
  })
}

/**
 * The same wish twice is one sweep; another one has to wait for its turn. The line of the audit comes first: no sweep runs that
 * it does not tell of. Whoever is passed between the two leaves a line of a sweep that never was, and one of what became of it.
 */
async function askFor(
  { sweeps, journal }: ApiNeeds,
  { dryRun = true, acknowledge }: AskSweep,
  by: string,
  accept: (wish: SweepWish) => Promise<void>,
): Promise<Result<SweepWish, Refusal>> {
  const { now } = await journal.clock()
  const mine: SweepWish = {
    ...{ id: randomUUID(), by, askedAt: now, dryRun },
    acknowledged: acknowledge ?? null,
  }
  const before = (await sweeps.pending())?.wish ?? null
  if (before === null) await accept(mine)
  const pending = before ?? (await sweeps.wish(mine))
  if (pending.id === mine.id) return good(pending)
  const isSame =
    pending.dryRun === dryRun && JSON.stringify(pending.acknowledged) === JSON.stringify(mine.acknowledged)
  if (isSame) {
    await accept(pending)
    return good(pending)
  }
  const what = pending.dryRun ? 'a dry run' : 'one that removes'
  return bad({ code: 'sweep_under_way', detail: `The sweep ${pending.id}, ${what}, is not finished yet.` })
}

async function awaited(
  { sweeps, pause }: ApiNeeds,
  wish: SweepWish,
  o: { readonly waitMs: number; readonly stop: AbortSignal },
): Promise<SweepView> {
  for (let leftMs = o.waitMs; ; leftMs -= HELD_POLL_MS) {
    const [newest, pending] = await Promise.all([sweeps.newest(), sweeps.pending()])
    if (newest?.id === wish.id) return toSweepView(newest)
    if (leftMs <= 0 || o.stop.aborted)
      return toPendingView(pending?.wish.id === wish.id ? pending : { wish, tries: 0 })
    await pause(Math.min(HELD_POLL_MS, leftMs), o.stop)
  }
}
