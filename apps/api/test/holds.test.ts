import { HOLDS } from '@snapferry/contracts'
import type { Hold } from '@snapferry/migration'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { auditOf, nudgesOf, stoodUnder } from './happens.ts'
import { aFailure, created, GOOD, openWorld, VOLUME, type World } from './harness.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())
beforeEach(() => world.reset())

const list = async () => (await world.send({ url: '/v1/holds' })).json().items
const post = (payload: unknown) =>
  world.send({
    method: 'POST',
    url: '/v1/holds',
    payload: JSON.stringify(payload),
    headers: { 'content-type': 'application/json' },
  })
const lift = (name: string) => world.send({ method: 'DELETE', url: `/v1/holds/${name}` })

/** A hold as a migration puts it up. */
async function raised(parts: Partial<Hold>): Promise<void> {
  const { call, requestId } = aFailure({})
  await world.needs.journal.holds.put({
    ...{ name: 'quota:profile/default', kind: 'quota', scope: 'profile/default', stops: 'creates' },
    ...{ act: 'start-import', said: 'quota exceeded: snapshots', call, requestId, by: null },
    ...{ probeAt: Date.UTC(2026, 10, 24, 12, 1), ...parts },
  })
}

describe('a drain', () => {
  test.each([
    ['of the fleet', 'fleet', 'drain:fleet', 'drain%3Afleet'],
    ['of a profile', { profile: 'default' }, 'drain:profile/default', 'drain%3Aprofile%2Fdefault'],
    ['of a zone', { zone: 'fr-par-2' }, 'drain:zone/fr-par-2', 'drain%3Azone%2Ffr-par-2'],
  ])('%s is put up, shown, and ended', async (_, scope, name, escaped) => {
    const put = await post({ scope, reason: ' maintenance until 18:00 ' })
    expect([put.statusCode, put.headers['location']]).toEqual([201, `/v1/holds/${escaped}`])
    const hold = put.json()
    expect(hold).toEqual({
      ...{ name, kind: 'drain', scope, stops: 'creates', since: hold.since },
      ...{ reason: 'maintenance until 18:00', by: 'sandbox' },
      affected: { waiting: 0, examples: [], text: HOLDS.drain.waits },
      fix: HOLDS.drain.fix,
    })
    expect(await list()).toEqual([hold])
    expect((await world.send({ url: String(put.headers['location']) })).json()).toEqual(hold)
    // A slash that was not escaped finds it as well.
    expect((await world.app.inject(`/v1/holds/${name}`)).json()).toEqual(hold)
    expect((await lift(escaped)).statusCode).toBe(204)
    expect(await list()).toEqual([])
  })

  test('said again changes its reason and not since when it stands', async () => {
    const first = await post({ scope: 'fleet', reason: 'one' })
    const second = await post({ scope: 'fleet', reason: 'two' })
    expect([second.statusCode, second.headers['location']]).toEqual([200, undefined])
    expect(second.json()).toEqual({ ...first.json(), reason: 'two' })
    expect(await list()).toHaveLength(1)
  })

  test('shows who waits under it, and its end wakes them', async () => {
    await post({ scope: 'fleet', reason: 'maintenance' })
    const ids = [
      await created(world),
      await created(world, { ...GOOD, source: { snapshot: VOLUME } }),
      await created(world, { ...GOOD, to: 'fr-par-3' }),
    ]
    for (const id of ids) await stoodUnder(world, id, 'drain:fleet')
    const [hold] = await list()
    expect(hold.affected).toMatchObject({ waiting: 3, examples: expect.arrayContaining(ids) })
    const before = await Promise.all(ids.map((id) => nudgesOf(world, id)))
    expect((await world.app.inject({ method: 'DELETE', url: '/v1/holds/drain:fleet' })).statusCode).toBe(204)
    const woken = await Promise.all(ids.map((id) => nudgesOf(world, id)))
    expect(woken).toEqual(before.map((count) => count + 1))
  })
})

describe('an automatic hold', () => {
  test('tells what was answered, since when, how often, when it is tried again and what to do', async () => {
    await raised({})
    await raised({})
    const [hold] = await list()
    expect(hold).toEqual({
      ...{ name: 'quota:profile/default', kind: 'quota', scope: { profile: 'default' }, stops: 'creates' },
      since: hold.since,
      answered: {
        ...{ call: 'block GetSnapshot', words: 'quota exceeded: snapshots', requestId: 'req-1', times: 2 },
        lastTime: hold.answered.lastTime,
      },
      affected: { waiting: 0, examples: [], text: HOLDS.quota.waits },
      nextTryTime: '2026-11-24T12:01:00.000Z',
      fix: HOLDS.quota.fix,
    })
  })

  test('of a bucket is named by its bucket, and can be lifted by hand although its name has slashes', async () => {
    const name = 'bucket:bucket/fr-par/acme-staging'
    await raised({ name, kind: 'bucket', scope: 'bucket/fr-par/acme-staging', stops: 'calls', act: null })
    expect((await list())[0].scope).toEqual({ bucket: 'acme-staging', region: 'fr-par' })
    const id = await created(world)
    await stoodUnder(world, id, name)
    const before = await nudgesOf(world, id)
    expect((await lift(name)).statusCode).toBe(204)
    expect([await list(), await nudgesOf(world, id)]).toEqual([[], before + 1])
  })
})

describe('bad holds are refused with code, pointer and fix, and none is put up', () => {
  const reason = 'maintenance'
  test.each<[title: string, body: unknown, code: string, pointer: string | null]>([
    ['an unknown zone', { scope: { zone: 'fr-par-9' }, reason }, 'unknown_zone', '#/scope/zone'],
    ['a text that is no zone', { scope: { zone: 'Paris' }, reason }, 'unknown_zone', '#/scope/zone'],
    ['an unknown profile', { scope: { profile: 'b' }, reason }, 'unknown_profile', '#/scope/profile'],
    ['a misspelt fleet', { scope: 'flet', reason }, 'invalid_value', '#/scope'],
    ['two scopes', { scope: { zone: 'fr-par-1', profile: 'default' }, reason }, 'invalid_value', '#/scope'],
    ['an empty scope', { scope: {}, reason }, 'invalid_value', '#/scope'],
    ['a bucket', { scope: { bucket: 'b' }, reason }, 'unknown_field', '#/scope/bucket'],
    ['no scope', { reason }, 'missing_field', '#/scope'],
    ['a number as a scope', { scope: 1, reason }, 'invalid_value', '#/scope'],
    ['no reason', { scope: 'fleet' }, 'missing_field', '#/reason'],
    ['an empty reason', { scope: 'fleet', reason: '' }, 'invalid_value', '#/reason'],
    ['a blank reason', { scope: 'fleet', reason: ' \n\t ' }, 'invalid_value', '#/reason'],
    ['a reason of 201 characters', { scope: 'fleet', reason: 'x'.repeat(201) }, 'invalid_value', '#/reason'],
    ['a reason that is a number', { scope: 'fleet', reason: 5 }, 'invalid_value', '#/reason'],
    ['a kind of its own', { scope: 'fleet', reason, kind: 'quota' }, 'unknown_field', '#/kind'],
    ['nothing', '', 'malformed_json', null],
  ])('%s', async (_, body, code, pointer) => {
    const response = await post(body)
    const problem = response.json()
    expect([problem.code, problem.errors[0]?.pointer ?? null]).toEqual([code, pointer])
    expect(problem.fix).toMatch(/\.$/)
    expect(await world.connection.hlen('{snapferry}:holds')).toBe(0)
    expect((await auditOf(world)).every(({ outcome }) => outcome === code)).toBe(true)
  })

  test('what is allowed is told in words', async () => {
    expect((await post({ scope: 'flet', reason })).json().errors).toEqual([
      {
        code: 'invalid_value',
        detail: '/scope must be the text "fleet", or an object with exactly one of profile and zone.',
        fix: 'Send the text "fleet", or an object with exactly one of profile and zone.',
        pointer: '#/scope',
      },
    ])
  })

  test('half a character in a reason is replaced, not stumbled over', async () => {
    const response = await world.send({
      ...{ method: 'POST', url: '/v1/holds', headers: { 'content-type': 'application/json' } },
      payload: '{"scope":"fleet","reason":"a\\ud800b"}',
    })
    expect([response.statusCode, response.json().reason]).toEqual([201, 'a\ufffdb'])
  })

  test.each(['drain:fleet', 'drain%3Azone%2Ffr-par-1', 'nonsense', 'a/b/c', '%7B%7D'])(
    'DELETE and GET of %s, which does not stand, answer 404',
    async (name) => {
      const gone = await lift(name)
      expect([gone.statusCode, gone.json().code]).toEqual([404, 'hold_not_found'])
      expect((await world.send({ url: `/v1/holds/${name}` })).json().code).toBe('hold_not_found')
    },
  )
})

test('the audit says who put a hold up, changed it and ended it', async () => {
  await post({ scope: 'fleet', reason: 'one' })
  await post({ scope: 'fleet', reason: 'two' })
  await lift('drain:fleet')
  await lift('drain:fleet')
  expect(
    (await auditOf(world)).map(({ by, action, target, outcome, before, after }) => [
      ...[by, action, target, outcome],
      ...[before, after],
    ]),
  ).toEqual([
    ['sandbox', 'holds.put', 'drain:fleet', 'accepted', null, { reason: 'one' }],
    ['sandbox', 'holds.put', 'drain:fleet', 'accepted', { reason: 'one' }, { reason: 'two' }],
    ['sandbox', 'holds.lift', 'drain:fleet', 'accepted', expect.objectContaining({ said: 'two' }), null],
    ['sandbox', 'holds.lift', 'drain:fleet', 'hold_not_found', undefined, undefined],
  ])
})
