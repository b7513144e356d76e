import { type ListedThing, markOfTags, type SweepReport, type SweepWish, zone } from '@snapferry/migration'
import { keyOf, openSweepStore, type SweepStore } from '@snapferry/redis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  aFailure,
  aSnapshot,
  created,
  KEYS,
  openWorld,
  PROJECT,
  SNAPSHOT,
  VOLUME,
  type World,
} from './harness.ts'

const NOBODY = 'mig_nobodynobodynobodynobody01'
const COPY = [
  `snapferry:copy=default.${NOBODY}`,
  `snapferry:volume=${VOLUME}`,
  'snapferry:taken=2026-01-02T03:04:05.000Z',
  'snapferry:verified=2026-01-02T04:00:00.000Z',
]

const OTHERS = [`snapferry:copy=other.${NOBODY}`]
const BOTH = [...COPY, `snapferry:wip=other.${NOBODY}.1`]
const BROKEN = aSnapshot({ tags: COPY, state: { kind: 'error', word: 'error', details: null } })
const tagged = (tags: readonly string[]) => ({ snapshot: aSnapshot({ tags }) })

let world: World
let store: SweepStore
beforeAll(async () => {
  world = await openWorld()
  store = openSweepStore(world.connection)
})
beforeEach(() => world.reset())
afterAll(() => world.close())

const NONE = { things: 0, bytes: 0 }
const WISH: SweepWish = {
  id: 'w1',
  by: 'nightly',
  askedAt: 1_700_000_000_000,
  dryRun: true,
  acknowledged: null,
}

function aReport(parts: Partial<SweepReport> = {}): SweepReport {
  return {
    ...{ ...WISH, startedAt: 1_700_000_001_000, finishedAt: 1_700_000_002_000, refused: [], marked: NONE },
    places: [
      { place: 'snapshots/block/fr-par-1/p', notSeen: 'block ListSnapshots: 403 forbidden', counts: {} },
    ],
    counts: {
      ...{ 'in-use': NONE, known: NONE, copy: NONE, 'too-young': NONE },
      ...{ late: NONE, orphan: NONE, unclaimed: NONE },
    },
    listed: { late: 0, orphan: 0, unclaimed: 0 },
    ...parts,
  }
}

function aThing(kind: ListedThing['kind'], id: string): ListedThing & { text: string } {
  const tags = kind === 'unclaimed' ? COPY : [`snapferry:wip=default.${NOBODY}.1`]
  const where = { backend: 'block', zone: zone('fr-par-2'), name: 'db', imported: true } as const
  const thing = {
    what: 'snapshot',
    id,
    bytes: 5,
    at: 1,
    mark: markOfTags(tags, 'default'),
    ...where,
  } as const
  return { kind, thing, firstSeenAt: 2, text: id }
}

const orphan = (n: number) => aThing('orphan', `orphan-${n}`)
const get = (query = '') => world.send({ method: 'GET', url: `/v1/orphans${query}` })
const ask = (payload: object | undefined, query = '', headers = {}) =>
  world.send({
    method: 'POST',
    url: `/v1/orphans/sweep${query}`,
    headers,
    ...(payload === undefined ? {} : { payload }),
  })
const adopt = (id: string, headers = {}) =>
  world.send({ method: 'POST', url: `/v1/copies/${id}/adopt`, headers })

describe('GET /v1/orphans', () => {
  test('before the first sweep has nothing to tell but the second net', async () => {
    await store.addPlaces([
      { kind: 'bucket', region: 'fr-par' as never, bucket: 'acme', prefix: 'snapferry' },
    ])
    const { items, nextPageToken, sweep, pending, lifecycle } = (await get()).json()
    expect({ items, nextPageToken, sweep, pending }).toEqual({ items: [], nextPageToken: '' })
    expect(lifecycle).toMatchObject([{ region: 'fr-par', bucket: 'acme' }])
    expect(lifecycle[0].command).toContain('put-bucket-lifecycle-configuration')
    expect(lifecycle[0].rules[0].Filter).toEqual({ Prefix: 'snapferry/default/work/' })
  })

  test('gives what the newest sweep lists, in parts, with the places that were not seen', async () => {
    const found = [orphan(1), orphan(2), aThing('unclaimed', SNAPSHOT), aThing('late', 'late-1')]
    await store.finish(aReport({ listed: { late: 1, orphan: 2, unclaimed: 1 } }), found)
    const first = (await get('?pageSize=2')).json()
    expect(first.items.map((one: { id: string }) => one.id)).toEqual(['late-1', 'orphan-1'])
    expect(first.sweep.places[0].notSeen).toContain('403')
    const second = (await get(`?pageSize=2&pageToken=${first.nextPageToken}`)).json()
    expect(second.items.map((one: { id: string }) => one.id)).toEqual(['orphan-2', SNAPSHOT])
    expect(second.nextPageToken).toBe('')
    const only = (await get('?kind=orphan')).json()
    expect(only.items).toMatchObject([
      { kind: 'orphan', what: 'snapshot', id: 'orphan-1', zone: 'fr-par-2', migrationId: NOBODY, bytes: 5 },
      { id: 'orphan-2' },
    ])
  })

  test('a token of an earlier sweep, of another kind, or made up, is refused', async () => {
    await store.finish(aReport({ listed: { late: 0, orphan: 2, unclaimed: 0 } }), [orphan(1), orphan(2)])
    const { nextPageToken } = (await get('?pageSize=1')).json()
    expect((await get(`?kind=orphan&pageToken=${nextPageToken}`)).json().code).toBe('invalid_cursor')
    expect((await get('?pageToken=nonsense')).json().code).toBe('invalid_cursor')
    await store.finish(aReport({ id: 'w2', listed: { late: 0, orphan: 1, unclaimed: 0 } }), [orphan(1)])
    expect((await get(`?pageToken=${nextPageToken}`)).json().code).toBe('invalid_cursor')
  })

  test.each(['?kind=copy', '?pageSize=0', '?pageSize=x', '?zone=fr-par-1'])(
    '%s is no filter',
    async (query) => {
      expect((await get(query)).json()).toMatchObject({ status: 400, code: 'invalid_filter' })
    },
  )
})

describe('POST /v1/orphans/sweep', () => {
  test('asks for a dry run unless it is told otherwise, and writes who asked into the audit', async () => {
    const answer = await ask({})
    expect(answer.statusCode).toBe(202)
    expect(answer.headers['location']).toBe('/v1/orphans')
    expect(answer.json()).toMatchObject({ state: 'waiting', dryRun: true })
    expect(await store.pending()).toMatchObject({ wish: { id: answer.json().id, dryRun: true } })
    expect((await get()).json().pending).toMatchObject({ id: answer.json().id, state: 'waiting' })
    const [line = ''] = await world.connection.zrange(keyOf.audit, '0', '-1')
    expect(line).toContain('orphans.sweep')
  })

  test('whose line the audit does not take is not asked for', async () => {
    await world.connection.set(keyOf.audit, 'in the way')
    expect((await ask({ dryRun: false })).statusCode).toBeGreaterThanOrEqual(500)
    expect(await store.pending()).toBeNull()
  })

  test('the audit has a line of each who asked, also of the same sweep, and of a refusal', async () => {
    const { id } = (await ask({ dryRun: false })).json()
    await ask({ dryRun: false })
    await ask({})
    const lines = (await world.connection.zrange(keyOf.audit, '0', '-1')).map((line) =>
      JSON.parse(line.slice(line.indexOf('{'))),
    )
    expect(lines.filter((line) => line.outcome === 'accepted')).toMatchObject([
      { action: 'orphans.sweep', target: id, after: { id, dryRun: false } },
      { action: 'orphans.sweep', target: id, after: { id, dryRun: false } },
    ])
    expect(lines.filter((line) => line.outcome === 'sweep_under_way')).toHaveLength(1)
  })

  test('the same again is the same sweep; another one has to wait', async () => {
    const first = await ask({ dryRun: false, acknowledge: { things: 60, bytes: 5 } })
    const again = await ask({ dryRun: false, acknowledge: { things: 60, bytes: 5 } })
    expect(again.json().id).toBe(first.json().id)
    expect((await ask({ dryRun: false })).json()).toMatchObject({ status: 409, code: 'sweep_under_way' })
    expect((await ask({})).json()).toMatchObject({ status: 409, code: 'sweep_under_way' })
  })

  test('with wait it answers when the sweep is finished', async () => {
    const first = (await ask({})).json()
    await store.finish(aReport({ ...(await store.pending())!.wish }), [])
    expect(await store.pending()).toBeNull()
    const again = await ask({})
    expect(again.json().id).not.toBe(first.id)
    const held = ask({}, '?wait=10s')
    // It has found the sweep that is pending, and only then is that finished.
    await expect.poll(() => world.connection.zcard(keyOf.audit)).toBe(3)
    await store.finish(aReport({ ...(await store.pending())!.wish }), [])
    expect((await held).json()).toMatchObject({ id: again.json().id, state: 'finished', refused: [] })
  })

  test.each([
    [{ dryRun: 'no' }, 'invalid_value'],
    [{ dryRun: null }, 'invalid_value'],
    [{ acknowledge: { things: -1, bytes: 0 } }, 'invalid_value'],
    [{ acknowledge: { things: 1 } }, 'missing_field'],
    [{ acknowledge: { things: 1e9, bytes: 0 } }, 'invalid_value'],
    [{ acknowledge: 'all' }, 'invalid_value'],
    [{ install: 'other' }, 'unknown_field'],
  ])('%j is refused with %s, and nothing is asked for', async (body, code) => {
    expect((await ask(body)).json()).toMatchObject({ status: 422, code })
    expect(await store.pending()).toBeNull()
  })

  test('nothing, or what is no object, is no body', async () => {
    expect((await ask(undefined)).json()).toMatchObject({ status: 400, code: 'malformed_json' })
    expect((await ask([])).json()).toMatchObject({ status: 400, code: 'malformed_json' })
    expect(await store.pending()).toBeNull()
  })

  test('a wait that is none is refused', async () => {
    expect((await ask({}, '?wait=soon')).json().code).toBe('invalid_filter')
  })
})

describe('POST /v1/copies/{id}/adopt', () => {
  beforeEach(async () => {
    await store.finish(aReport({ listed: { late: 0, orphan: 0, unclaimed: 1 } }), [
      aThing('unclaimed', SNAPSHOT),
    ])
    world.provider.snapshot = aSnapshot({ tags: COPY, zone: zone('fr-par-2') })
  })

  test('makes the entry of the catalogue from the tags of the copy', async () => {
    const answer = await adopt(SNAPSHOT)
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toEqual({
      ...{
        id: SNAPSHOT,
        migrationId: NOBODY,
        backend: 'block',
        type: 'sbs',
        zone: 'fr-par-2',
        project: PROJECT,
      },
      ...{ name: 'db', sizeBytes: 10_000_000_000, source: { kind: 'volume', id: VOLUME }, volume: VOLUME },
      ...{ dataTime: '2026-01-02T03:04:05.000Z', verifyTime: '2026-01-02T04:00:00.000Z' },
    })
    expect(await store.catalogued([SNAPSHOT])).toEqual(new Set([SNAPSHOT]))
    expect((await adopt(SNAPSHOT)).json()).toMatchObject({ status: 409, code: 'copy_claimed' })
  })

  test.each([
    ['a text that is no id', 'nonsense', {}, 404, 'copy_not_found'],
    ['a copy that no sweep listed', VOLUME, {}, 404, 'copy_not_found'],
    ['a copy that is gone', SNAPSHOT, { snapshot: null }, 404, 'copy_not_found'],
    ['one whose tags are another installation’s by now', SNAPSHOT, tagged(OTHERS), 409, 'copy_not_ours'],
    ['one whose tags contradict each other', SNAPSHOT, tagged(BOTH), 409, 'copy_not_ours'],
    ['one that is not available', SNAPSHOT, { snapshot: BROKEN }, 409, 'copy_not_available'],
    ['one at a provider that is away', SNAPSHOT, { failure: aFailure({}) }, 503, 'provider_away'],
  ] as const)('%s is refused', async (_, id, turn, status, code) => {
    Object.assign(world.provider, turn)
    expect((await adopt(id)).json()).toMatchObject({ status, code })
    expect(await store.catalogued([id])).toEqual(new Set())
  })

  test('a copy whose migration has a record is left to it', async () => {
    const id = await created(world)
    world.provider.snapshot = aSnapshot({ tags: [`snapferry:copy=default.${id}`] })
    expect((await adopt(SNAPSHOT)).json()).toMatchObject({
      status: 409,
      code: 'copy_claimed',
      migrationId: id,
    })
  })
})

test('only an admin sweeps, only an operator adopts, and a viewer reads', async () => {
  const armed = await openWorld({ mode: 'armed' })
  const as = (key: keyof typeof KEYS) => ({ authorization: `Bearer ${KEYS[key]}` })
  const sweep = { method: 'POST', url: '/v1/orphans/sweep', payload: {} } as const
  expect((await armed.send({ ...sweep, headers: as('operator') })).statusCode).toBe(403)
  expect((await armed.send({ ...sweep, headers: as('admin') })).statusCode).toBe(202)
  const adoption = { method: 'POST', url: `/v1/copies/${SNAPSHOT}/adopt` } as const
  expect((await armed.send({ ...adoption, headers: as('viewer') })).statusCode).toBe(403)
  expect((await armed.send({ ...adoption, headers: as('operator') })).statusCode).toBe(404)
  expect((await armed.send({ method: 'GET', url: '/v1/orphans', headers: as('viewer') })).statusCode).toBe(
    200,
  )
  await armed.close()
})
