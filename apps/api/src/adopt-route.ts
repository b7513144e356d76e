import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { CatalogueCopy, CopyPath, NoBody } from '@snapferry/contracts'
import { adopted, bad, type Copy, good, type Result, type SnapshotSeen } from '@snapferry/migration'
import type { FastifyInstance } from 'fastify'
import { principalOn } from './access.ts'
import type { ApiNeeds } from './needs.ts'
import { toCatalogueCopy } from './orphan-view.ts'
import type { Refusal } from './refusal.ts'
import { answer, problems } from './route-schema.ts'
import { settled } from './settled.ts'

/** Things of one kind that a report lists at most. */
const LISTED_MAX = 1_000
const ADOPT_PROBLEMS = [
  'malformed_json',
  'body_too_large',
  'unsupported_media_type',
  'unknown_field',
  'invalid_value',
  'copy_not_found',
  'copy_claimed',
  'copy_not_ours',
  'copy_not_available',
  'provider_away',
] as const

/** Bring a proven copy that no record knows into the catalogue. */
export function adoptRoute(base: FastifyInstance, needs: ApiNeeds): void {
  const app = base.withTypeProvider<TypeBoxTypeProvider>()
  const schema = {
    tags: ['leftovers'],
    operationId: 'adoptCopy',
    summary: 'Bring an unclaimed copy into the catalogue',
    description:
      'The copy is looked at again, and its entry is made from what its own tags say. The copy itself is not changed.',
    params: CopyPath,
    body: NoBody,
    response: { 200: answer('Its entry.', CatalogueCopy), ...problems(...ADOPT_PROBLEMS) },
  }
  app.post('/copies/:id/adopt', { schema, config: { role: 'operator' } }, async (request) => {
    const { id } = request.params
    const by = principalOn(request).name
    const about = { action: 'copies.adopt', target: id.slice(0, 60) } as const
    const fact = { ...about, by, requestId: request.id, outcome: 'accepted' }
    const copy = await settled(needs, request, about, await adopt(id, needs, fact))
    return toCatalogueCopy(copy)
  })
}

async function adopt(
  id: string,
  needs: ApiNeeds,
  fact: Parameters<ApiNeeds['catalogue']['adopt']>[1],
): Promise<Result<Copy, Refusal>> {
  const { catalogue, journal, defaults } = needs
  if ((await catalogue.get(id)) !== null)
    return bad({ code: 'copy_claimed', detail: `The catalogue has ${id} already.` })
  const seen = await lookAt(id, needs)
  if (!seen.ok) return seen
  const copy = adopted(seen.value, defaults.install)
  if (!copy.ok) return bad(REFUSED[copy.failure](seen.value))
  const { migration } = copy.value
  if ((await journal.read(migration)) !== null)
    return bad({ code: 'copy_claimed', detail: `Its migration has a record.`, migrationId: migration })
  const isNew = await catalogue.adopt(copy.value, { ...fact, after: copy.value })
  return isNew ? good(copy.value) : bad({ code: 'copy_claimed', detail: 'Somebody was quicker.' })
}

const REFUSED = {
  'not-ours': ({ id }: SnapshotSeen): Refusal => ({
    code: 'copy_not_ours',
    detail: `The tags of ${id} do not say that it is a proven copy of this installation.`,
  }),
  'not-available': ({ id, state }: SnapshotSeen): Refusal => ({
    code: 'copy_not_available',
    detail: `The provider shows ${id} as ${state.word}.`,
  }),
} as const

/** The copy as the provider shows it now; where it is, the newest sweep says. */
async function lookAt(id: string, { sweeps, looks }: ApiNeeds): Promise<Result<SnapshotSeen, Refusal>> {
  const { items } = await sweeps.found('unclaimed', 0, LISTED_MAX)
  const thing = items.map((item) => item.thing).find((one) => one.id === id)
  if (thing?.what !== 'snapshot') {
    const detail = `The newest sweep lists no unclaimed copy ${id.slice(0, 60)}.`
    return bad({ code: 'copy_not_found', detail })
  }
  const seen = await looks[thing.backend].find({ zone: thing.zone, id })
  if (!seen.ok) {
    const { call, status, kind, words } = seen.failure
    return bad({ code: 'provider_away', detail: `${call} answered ${status ?? kind}: ${words}` })
  }
  if (seen.value === null)
    return bad({ code: 'copy_not_found', detail: `${id} is no longer in ${thing.zone}.` })
  return good(seen.value)
}
