import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { HoldList, HoldPath, HoldView, type ProblemItem, PutDrain } from '@snapferry/contracts'
import { bad, good, type Hold, holdName, type Result } from '@snapferry/migration'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { principalOn } from './access.ts'
import { profileFindings, zoneFindings } from './budget-settings.ts'
import { toHoldView } from './hold-view.ts'
import type { ApiNeeds } from './needs.ts'
import { type Refusal, Refused } from './refusal.ts'
import { answer, problems } from './route-schema.ts'
import { settled } from './settled.ts'

const TAGS = ['limits']
/** Migrations that a hold shows by their ids. */
const EXAMPLES_MAX = 10
const DRAIN_PROBLEMS = [
  ...['malformed_json', 'body_too_large', 'unsupported_media_type'],
  ...['unknown_field', 'missing_field', 'invalid_value', 'unknown_zone', 'unknown_profile'],
] as const

/** Show holds, let nothing begin (a drain), and end a hold. */
export function holdRoutes(base: FastifyInstance, needs: ApiNeeds): void {
  const app = base.withTypeProvider<TypeBoxTypeProvider>()
  showRoutes(app, needs)
  drainRoute(app, needs)
  liftRoutes(app, needs)
}

type App = ReturnType<typeof typed>
const typed = (app: FastifyInstance) => app.withTypeProvider<TypeBoxTypeProvider>()

function showRoutes(app: App, needs: ApiNeeds): void {
  const list = {
    tags: TAGS,
    operationId: 'listHolds',
    summary: 'Show every hold that stands',
    description:
      'A hold is what is wrong with the account, a provider that is unwell, or a drain by an operator. Migrations under it wait, spend no attempts and undo nothing because of it.',
    response: { 200: answer('All holds, oldest first.', HoldList), ...problems() },
  }
  app.get('/holds', { schema: list }, async (): Promise<HoldList> => {
    const holds = await needs.journal.holds.list()
    const sorted = holds.toSorted((a, b) => a.since - b.since || (a.name < b.name ? -1 : 1))
    return { items: await Promise.all(sorted.map((hold) => viewOf(hold, needs))) }
  })

  const get = {
    tags: TAGS,
    operationId: 'getHold',
    summary: 'Show one hold',
    params: HoldPath,
    response: { 200: answer('The hold.', HoldView), ...problems('hold_not_found') },
  }
  const show = async (name: string) => viewOf(found(await standingHold(name, needs)), needs)
  app.get('/holds/:name', { schema: get }, ({ params }) => show(params.name))
  // The names have slashes, and whoever types one does not escape them.
  app.get('/holds/*', { schema: { hide: true } }, ({ params }) => show(restOf(params)))
}

function drainRoute(app: App, needs: ApiNeeds): void {
  const put = {
    tags: TAGS,
    operationId: 'putDrain',
    summary: 'Let nothing new begin',
    description:
      'A drain: no snapshot is taken and no export or import begins under it, until somebody ends it with DELETE. What the provider has begun is watched to its end. One that stands already gets the new reason.',
    body: PutDrain,
    response: {
      200: answer('It stood already; its reason is the new one.', HoldView),
      201: answer('It stands from now on.', HoldView, {
        Location: { type: 'string', description: 'Where the hold is.' },
      }),
      ...problems(...DRAIN_PROBLEMS),
    },
  }
  app.post('/holds', { schema: put, config: { role: 'operator' } }, async (request, reply) => {
    const drained = await drain(needs, request.body, request)
    const target = holdName('drain', scopeText(request.body.scope))
    const hold = await settled(needs, request, { action: 'holds.put', target }, drained)
    if (hold.times === 1) reply.code(201).header('location', `/v1/holds/${encodeURIComponent(hold.name)}`)
    return viewOf(hold, needs)
  })
}

function liftRoutes(app: App, needs: ApiNeeds): void {
  const lift = {
    tags: TAGS,
    operationId: 'liftHold',
    summary: 'End a hold',
    description:
      'Ends a drain. A hold that was put up by itself ends as well, and everybody under it tries again: it comes back when what was wrong still is.',
    params: HoldPath,
    response: {
      204: { type: 'null', description: 'It is over; whoever stood under it is woken.' },
      ...problems('hold_not_found'),
    },
  }
  const end = async (name: string, request: FastifyRequest): Promise<void> => {
    const about = { action: 'holds.lift', target: name.slice(0, NAME_SHOWN_MAX) } as const
    await settled(needs, request, about, await lifted(needs, name, request))
  }
  app.delete('/holds/:name', { schema: lift, config: { role: 'operator' } }, async (request, reply) => {
    await end(request.params.name, request)
    return reply.code(204).send()
  })
  app.delete('/holds/*', { schema: { hide: true }, config: { role: 'operator' } }, async (request, reply) => {
    await end(restOf(request.params), request)
    return reply.code(204).send()
  })
}

const NAME_SHOWN_MAX = 100

async function drain(
  { limits, journal, defaults }: ApiNeeds,
  body: PutDrain,
  request: FastifyRequest,
): Promise<Result<Hold, Refusal>> {
  const findings = scopeFindings(body.scope, [defaults.profile])
  const [first] = findings
  if (first !== undefined)
    return bad({ code: first.code, detail: first.detail, fix: first.fix, items: findings })
  const by = principalOn(request).name
  const scope = scopeText(body.scope)
  const name = holdName('drain', scope)
  const before = (await journal.holds.list()).find((hold) => hold.name === name)
  // Half a surrogate pair has no spelling in JSON that the scripts could read.
  const said = body.reason.trim().toWellFormed()
  const fact = {
    action: 'holds.put',
    target: name,
    outcome: 'accepted',
    before: before === undefined ? null : { reason: before.said },
  }
  const hold = { name, scope, said, by, kind: 'drain', stops: 'creates' } as const
  const rest = { act: null, call: null, requestId: null, probeAt: null } as const
  return good(
    await limits.putHold(
      { ...hold, ...rest },
      { ...fact, by, requestId: request.id, after: { reason: said } },
    ),
  )
}

async function lifted(
  needs: ApiNeeds,
  name: string,
  request: FastifyRequest,
): Promise<Result<Hold, Refusal>> {
  const before = await standingHold(name, needs)
  if (!before.ok) return before
  const by = principalOn(request).name
  const fact = { by, requestId: request.id, action: 'holds.lift', target: name, outcome: 'accepted' }
  // Somebody who was quicker in between wanted the same.
  await needs.limits.liftHold(name, { ...fact, before: before.value, after: null })
  return before
}

async function standingHold(name: string, { journal }: ApiNeeds): Promise<Result<Hold, Refusal>> {
  const hold = (await journal.holds.list()).find((one) => one.name === name)
  if (hold !== undefined) return good(hold)
  return bad({ code: 'hold_not_found', detail: `No hold is called ${name.slice(0, NAME_SHOWN_MAX)}.` })
}

function found(hold: Result<Hold, Refusal>): Hold {
  if (!hold.ok) throw new Refused(hold.failure)
  return hold.value
}

async function viewOf(hold: Hold, { journal, limits }: ApiNeeds): Promise<HoldView> {
  const [waiting, examples] = await Promise.all([
    journal.holds.standing(hold.name),
    limits.under(hold.name, EXAMPLES_MAX),
  ])
  return toHoldView(hold, { waiting, examples })
}

function scopeFindings(scope: PutDrain['scope'], profiles: readonly string[]): ProblemItem[] {
  if (scope === 'fleet') return []
  if ('zone' in scope) return zoneFindings(scope.zone, '#/scope/zone')
  return profileFindings(scope.profile, '#/scope/profile', profiles)
}

function scopeText(scope: PutDrain['scope']): string {
  if (scope === 'fleet') return scope
  return 'zone' in scope ? `zone/${scope.zone}` : `profile/${scope.profile}`
}

/** What a wildcard of a path stands for. */
function restOf(params: unknown): string {
  const isWild = typeof params === 'object' && params !== null && '*' in params
  return isWild && typeof params['*'] === 'string' ? params['*'] : ''
}
