import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { BudgetsView, PutBudgets } from '@snapferry/contracts'
import { bad, good, type Result } from '@snapferry/migration'
import type { LimitSettings } from '@snapferry/redis'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { principalOn } from './access.ts'
import { settingsOf } from './budget-settings.ts'
import { etagOfLimits, toBudgetsView } from './budget-view.ts'
import type { ApiNeeds } from './needs.ts'
import type { Refusal } from './refusal.ts'
import { answer, problems } from './route-schema.ts'
import { settled } from './settled.ts'

/** How often a change that overwrites whatever is there is tried anew when somebody else was quicker. */
const OVERTAKEN_MAX = 8

const ETAG = { type: 'string', description: 'Changes with the limits; send it as If-Match.' } as const
const TAGS = ['limits']
const PUT_PROBLEMS = [
  ...['malformed_json', 'body_too_large', 'unsupported_media_type'],
  ...['unknown_field', 'missing_field', 'invalid_value'],
  ...['unknown_zone', 'unknown_profile', 'two_scopes', 'duplicate'],
  ...['changed_meanwhile', 'if_match_missing'],
] as const

/** Show and change what may be done at a time. */
export function budgetRoutes(base: FastifyInstance, needs: ApiNeeds): void {
  const app = base.withTypeProvider<TypeBoxTypeProvider>()
  const shown = answer('The limits, and what of them is used.', BudgetsView, { ETag: ETAG })
  const get = {
    tags: TAGS,
    operationId: 'getBudgets',
    summary: 'Show every budget that has a limit or is used',
    description:
      'Exports and imports take a place in the budget of the fleet, of their zone, of their backend and of their profile, all at once or none. Who finds no place stands in line, by age and priority.',
    response: { 200: shown, ...problems() },
  }
  app.get('/budgets', { schema: get }, async (_, reply) => {
    return shownOn(reply, await needs.limits.settings(), needs)
  })

  const put = {
    tags: TAGS,
    operationId: 'putBudgets',
    summary: 'Change what may be done at a time',
    description:
      'Replaces all limits at once, or none of them when anything is refused. A limit that is raised lets waiting migrations go at once; one that is lowered stops nothing that runs.',
    body: PutBudgets,
    headers: {
      type: 'object',
      properties: {
        'if-match': {
          type: 'string',
          description: 'The ETag of GET /v1/budgets, or * to overwrite whatever is there.',
        },
      },
    },
    response: { 200: shown, ...problems(...PUT_PROBLEMS) },
  }
  app.put('/budgets', { schema: put, config: { role: 'admin' } }, async (request, reply) => {
    const by = principalOn(request).name
    const asked = { body: request.body, ifMatch: request.headers['if-match'], by, requestId: request.id }
    const changed = await change(needs, asked)
    const about = { action: 'budgets.put', target: 'budgets' } as const
    return shownOn(reply, await settled(needs, request, about, changed), needs)
  })
}

interface Asked {
  readonly body: PutBudgets
  readonly ifMatch: string | undefined
  readonly by: string
  readonly requestId: string
}

async function change(
  { limits, defaults }: ApiNeeds,
  { body, ifMatch, by, requestId }: Asked,
): Promise<Result<LimitSettings, Refusal>> {
  if (ifMatch === undefined)
    return bad({ code: 'if_match_missing', detail: 'A change of the budgets says which ones it changes.' })
  for (let tries = 0; tries < OVERTAKEN_MAX; tries++) {
    const before = await limits.settings()
    if (!isMatch(ifMatch, etagOfLimits(before)))
      return bad({ code: 'changed_meanwhile', detail: 'If-Match names other budgets than those in force.' })
    const after = settingsOf(body, before, [defaults.profile])
    if (!after.ok) return after
    const fact = { action: 'budgets.put', target: 'budgets', outcome: 'accepted', before, after: after.value }
    if (await limits.replace(before, after.value, { by, requestId, ...fact })) return good(after.value)
  }
  return bad({ code: 'too_busy', detail: 'The budgets change too quickly at this moment.' })
}

/** Whether an If-Match allows a change of what has this tag: strong comparison, as RFC 9110 §13.1.1 asks for. */
function isMatch(ifMatch: string, tag: string): boolean {
  return ifMatch.split(',').some((one) => one.trim() === '*' || one.trim() === tag)
}

async function shownOn(
  reply: FastifyReply,
  settings: LimitSettings,
  { journal, defaults, mode }: ApiNeeds,
): Promise<BudgetsView> {
  const uses = await journal.budgets.list()
  reply.header('etag', etagOfLimits(settings)).header('cache-control', 'no-cache')
  return toBudgetsView(settings, uses, { profiles: [defaults.profile], mode })
}
