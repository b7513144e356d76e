import { migrationId } from '@snapferry/migration'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { admitted, auditOf, happened, nudgesOf } from './happens.ts'
import { created, GOOD, openWorld, VOLUME, type World } from './harness.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())
beforeEach(() => world.reset())

type Body = { budgets: unknown; calls?: unknown }

const show = () => world.send({ url: '/v1/budgets' })
const put = (payload: unknown, headers: Record<string, string> = { 'if-match': '*' }) =>
  world.send({
    method: 'PUT',
    url: '/v1/budgets',
    payload: JSON.stringify(payload),
    headers: { 'content-type': 'application/json', ...headers },
  })
const fleet = (limits: object) => ({ budgets: [{ work: 'export', ...limits }] })
const other = { ...GOOD, source: { snapshot: VOLUME } }

describe('budgets', () => {
  test('are none at first: nothing is limited, and in the sandbox no calls are', async () => {
    expect((await show()).json()).toEqual({
      budgets: [],
      calls: [{ profile: 'default', callsPerSecond: null }],
    })
  })

  test('that were put are shown, each by its place, and the answer can be sent back as it is', async () => {
    const asked: Body = {
      budgets: [
        { work: 'export', concurrent: 8, gigabytes: null },
        { work: 'export', backend: 'block', concurrent: null, gigabytes: 0.5e7 },
        { work: 'export', zone: 'fr-par-1', concurrent: 4, gigabytes: 1999.5 },
        { work: 'import', profile: 'default', concurrent: 10_000, gigabytes: 10_000_000 },
      ],
      calls: [{ profile: 'default', callsPerSecond: 2.5 }],
    }
    const answer = await put(asked)
    expect(answer.statusCode).toBe(200)
    const shown = await show()
    expect(shown.json()).toEqual(answer.json())
    expect(shown.headers['etag']).toBe(answer.headers['etag'])
    const none = { used: 0, usedGigabytes: 0, waiting: 0 }
    const budgets = (asked.budgets as object[]).map((budget) => ({ ...budget, ...none }))
    expect(shown.json()).toEqual({ budgets, calls: asked.calls })
    const again = await put(shown.json(), { 'if-match': String(shown.headers['etag']) })
    expect([again.statusCode, again.json()]).toEqual([200, shown.json()])
  })

  test('that are left out, or have null, have no limit afterwards', async () => {
    await put({
      budgets: [
        { work: 'export', concurrent: 8 },
        { work: 'import', concurrent: 8 },
      ],
    })
    const { budgets } = (await put({ budgets: [{ work: 'import', concurrent: null }] })).json()
    expect(budgets).toEqual([])
    expect(await world.connection.hlen('{snapferry}:budgets')).toBe(0)
  })

  test('leave the rates of calls alone when nothing is said of them, and null gives the default back', async () => {
    await put({ budgets: [], calls: [{ profile: 'default', callsPerSecond: 3 }] })
    expect((await put({ budgets: [] })).json().calls).toEqual([{ profile: 'default', callsPerSecond: 3 }])
    const back = await put({ budgets: [], calls: [{ profile: 'default', callsPerSecond: null }] })
    expect(back.json().calls).toEqual([{ profile: 'default', callsPerSecond: null }])
  })
})

describe('what is used', () => {
  test('is shown, waiting counted, and a raised limit lets who waits go at once', async () => {
    await put(fleet({ concurrent: 1 }))
    const [first, second] = [await created(world), await created(world, other)]
    const claims = ['slot:export', 'slot:export@zone=fr-par-1']
    await admitted(world, first, [])
    await admitted(world, second, [])
    expect((await admitted(world, first, claims)).outcome).toBe('appended')
    const full = await admitted(world, second, claims)
    expect(full).toEqual({ outcome: 'full', slot: 'slot:export', used: 1, limit: 1, ahead: 0 })
    expect((await show()).json().budgets).toMatchObject([
      { work: 'export', concurrent: 1, used: 1, waiting: 1 },
      { work: 'export', zone: 'fr-par-1', concurrent: null, used: 1, waiting: 0 },
    ])
    const before = await nudgesOf(world, second)
    await put(fleet({ concurrent: 2 }))
    expect(await nudgesOf(world, second)).toBe(before + 1)
    expect((await admitted(world, second, claims)).outcome).toBe('appended')
    expect((await show()).json().budgets[0]).toMatchObject({ concurrent: 2, used: 2, waiting: 0 })
    // Lowered below what is used: nothing is stopped, and it is told.
    await put(fleet({ concurrent: 1 }))
    expect((await show()).json().budgets[0]).toMatchObject({ concurrent: 1, used: 2 })
  })

  test('a limit that is removed lets who waits go at once, too', async () => {
    await put(fleet({ concurrent: 1 }))
    const [first, second] = [await created(world), await created(world, other)]
    for (const id of [first, second]) await admitted(world, id, [])
    for (const id of [first, second]) await admitted(world, id, ['slot:export'])
    const before = await nudgesOf(world, second)
    await put({ budgets: [] })
    expect(await nudgesOf(world, second)).toBe(before + 1)
  })

  test('a raised limit wakes as many as may go, and without one all go, however many', async () => {
    await put(fleet({ concurrent: 1 }))
    const ids = []
    for (let n = 0; n < 151; n++) {
      const snapshot = `44444444-4444-4444-8444-${String(n).padStart(12, '0')}`
      // The dice of these tests make few different ids; a key makes one of its own.
      const { id } = (
        await world.send({
          ...{ method: 'POST', url: '/v1/migrations', payload: { ...GOOD, source: { snapshot } } },
          headers: { 'idempotency-key': `n${n}` },
        })
      ).json()
      await admitted(world, id, [])
      await admitted(world, id, ['slot:export'])
      ids.push(id)
    }
    const wokenBy = async (change: object): Promise<number> => {
      await world.connection.del('{snapferry}:nudges')
      await put(change)
      return await world.connection.zcard('{snapferry}:nudges')
    }
    expect((await show()).json().budgets[0]).toMatchObject({ used: 1, waiting: 150 })
    expect(await wokenBy(fleet({ concurrent: 3 }))).toBe(2)
    expect(await wokenBy({ budgets: [] })).toBe(100)
    // The others stand up as those sit down.
    for (let round = 0; round < 60; round++)
      for (const id of await world.connection.zrange('{snapferry}:nudges', '0', '-1')) {
        await admitted(world, migrationId(id), ['slot:export'])
        await world.connection.zrem('{snapferry}:nudges', id)
      }
    expect((await show()).json().budgets[0]).toMatchObject({ used: 151, waiting: 0 })
  })

  test('a parked migration has no place and no claim, and stands in no line', async () => {
    await put(fleet({ concurrent: 1 }))
    const [first, second] = [await created(world), await created(world, other)]
    for (const id of [first, second]) await admitted(world, id, [])
    for (const id of [first, second]) await admitted(world, id, ['slot:export', `source:fr-par-1/${id}`])
    const failure = { kind: 'defect', text: 'Our error.', words: null, requestId: null, call: null } as const
    expect((await show()).json().budgets[0]).toMatchObject({ used: 1, waiting: 1 })
    for (const id of [second, first]) await happened(world, id, { type: 'defect', failure })
    expect((await show()).json().budgets[0]).toMatchObject({ used: 0, waiting: 0 })
    expect(await world.connection.hlen('{snapferry}:claims')).toBe(0)
  })
})

/** body → code and pointer of the first finding; every one of these leaves the budgets as they were. */
const BAD: readonly (readonly [title: string, body: unknown, code: string, pointer: string | null])[] = [
  ['zero at a time', fleet({ concurrent: 0 }), 'invalid_value', '#/budgets/0/concurrent'],
  ['minus one at a time', fleet({ concurrent: -1 }), 'invalid_value', '#/budgets/0/concurrent'],
  ['one and a half at a time', fleet({ concurrent: 1.5 }), 'invalid_value', '#/budgets/0/concurrent'],
  ['10,001 at a time', fleet({ concurrent: 10_001 }), 'invalid_value', '#/budgets/0/concurrent'],
  ['a text as a limit', fleet({ concurrent: '4' }), 'invalid_value', '#/budgets/0/concurrent'],
  ['no gigabyte', fleet({ gigabytes: 0 }), 'invalid_value', '#/budgets/0/gigabytes'],
  ['less than none', fleet({ gigabytes: -10 }), 'invalid_value', '#/budgets/0/gigabytes'],
  ['more than 10 PB', fleet({ gigabytes: 10_000_001 }), 'invalid_value', '#/budgets/0/gigabytes'],
  ['1e308 gigabytes', fleet({ gigabytes: 1e308 }), 'invalid_value', '#/budgets/0/gigabytes'],
  ['another work', { budgets: [{ work: 'verify', concurrent: 1 }] }, 'invalid_value', '#/budgets/0/work'],
  ['no work', { budgets: [{ concurrent: 1 }] }, 'missing_field', '#/budgets/0/work'],
  ['an unknown zone', fleet({ zone: 'fr-par-9', concurrent: 1 }), 'unknown_zone', '#/budgets/0/zone'],
  ['a backend nobody has', fleet({ backend: 'tape' }), 'invalid_value', '#/budgets/0/backend'],
  ['an unknown profile', fleet({ profile: 'b', concurrent: 1 }), 'unknown_profile', '#/budgets/0/profile'],
  [
    'a zone and a backend at once',
    fleet({ zone: 'fr-par-1', backend: 'block', concurrent: 1 }),
    'two_scopes',
    '#/budgets/0/backend',
  ],
  [
    'the same twice',
    { budgets: [fleet({ concurrent: 1 }), fleet({})].flatMap((one) => one.budgets) },
    'duplicate',
    '#/budgets/1',
  ],
  ['a misspelt limit', fleet({ concurent: 1 }), 'unknown_field', '#/budgets/0/concurent'],
  ['no list', { budgets: { work: 'export' } }, 'invalid_value', '#/budgets'],
  ['no budgets at all', {}, 'missing_field', '#/budgets'],
  ['a list', [], 'malformed_json', null],
  [
    '101 budgets',
    { budgets: Array.from({ length: 101 }, () => ({ work: 'export' })) },
    'invalid_value',
    '#/budgets',
  ],
  [
    'no calls',
    { budgets: [], calls: [{ profile: 'default', callsPerSecond: 0 }] },
    'invalid_value',
    '#/calls/0/callsPerSecond',
  ],
  [
    'calls below none',
    { budgets: [], calls: [{ profile: 'default', callsPerSecond: -5 }] },
    'invalid_value',
    '#/calls/0/callsPerSecond',
  ],
  [
    'calls without end',
    { budgets: [], calls: [{ profile: 'default', callsPerSecond: 1_001 }] },
    'invalid_value',
    '#/calls/0/callsPerSecond',
  ],
  [
    'calls of nobody',
    { budgets: [], calls: [{ profile: 'b', callsPerSecond: 1 }] },
    'unknown_profile',
    '#/calls/0/profile',
  ],
  [
    'calls of one profile twice',
    { budgets: [], calls: [1, 2].map((callsPerSecond) => ({ profile: 'default', callsPerSecond })) },
    'duplicate',
    '#/calls/1',
  ],
]

describe('bad budgets are refused with code, pointer and fix, and nothing is changed', () => {
  test.each(BAD)('%s', async (_, body, code, pointer) => {
    await put({
      budgets: [{ work: 'import', concurrent: 3 }],
      calls: [{ profile: 'default', callsPerSecond: 4 }],
    })
    const before = (await show()).json()
    const response = await put(body)
    const problem = response.json()
    expect([response.statusCode, problem.code, problem.errors[0]?.pointer ?? null]).toEqual([
      code === 'malformed_json' ? 400 : 422,
      code,
      pointer,
    ])
    expect(problem.fix).toMatch(/\.$/)
    expect((await show()).json()).toEqual(before)
    // The refusal is in the audit where the request was understood, and changes nothing either.
    const lines = await auditOf(world)
    expect(lines.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1)
    expect(lines.slice(1).every(({ outcome }) => outcome === code)).toBe(true)
  })

  test('one bad budget among good ones changes none of them, and every finding is told at once', async () => {
    const budgets = [
      { work: 'export', concurrent: 2 },
      { work: 'export', zone: 'nowhere', concurrent: 2 },
      { work: 'import', profile: 'nobody', concurrent: 2 },
      { work: 'export', concurrent: 9 },
    ]
    const { errors } = (await put({ budgets })).json()
    expect(errors.map(({ code, pointer }: { code: string; pointer: string }) => [code, pointer])).toEqual([
      ['unknown_zone', '#/budgets/1/zone'],
      ['unknown_profile', '#/budgets/2/profile'],
      ['duplicate', '#/budgets/3'],
    ])
    expect((await show()).json().budgets).toEqual([])
  })

  test('what is allowed is told in words', async () => {
    expect((await put(fleet({ concurrent: 0 }))).json().errors).toEqual([
      {
        code: 'invalid_value',
        detail: '/budgets/0/concurrent must be a whole number from 1 to 10000, or null for no limit.',
        fix: 'Send a whole number from 1 to 10000, or null for no limit.',
        pointer: '#/budgets/0/concurrent',
      },
    ])
  })
})

describe('two people who change budgets at once do not undo each other', () => {
  test.each([
    ['no If-Match', {}, 428, 'if_match_missing'],
    ['the tag of what was there before', { 'if-match': '"0123456789abcdef0123"' }, 412, 'changed_meanwhile'],
    ['a text that is no tag', { 'if-match': 'yes' }, 412, 'changed_meanwhile'],
  ])('%s', async (_, headers, status, code) => {
    const response = await put(fleet({ concurrent: 2 }), headers)
    expect([response.statusCode, response.json().code]).toEqual([status, code])
    expect((await show()).json().budgets).toEqual([])
  })

  test('of many changes of the same budgets exactly one goes through', async () => {
    const etag = String((await show()).headers['etag'])
    const asked = Array.from({ length: 8 }, (_, at) =>
      put(fleet({ concurrent: at + 1 }), { 'if-match': etag }),
    )
    const answers = await Promise.all(asked)
    const good = answers.filter(({ statusCode }) => statusCode === 200)
    expect(good).toHaveLength(1)
    expect(answers.filter(({ statusCode }) => statusCode === 412)).toHaveLength(7)
    expect((await show()).json()).toEqual(good[0]!.json())
    expect((await auditOf(world)).filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1)
  })

  test('changes that overwrite whatever is there all go through, one after the other', async () => {
    const answers = await Promise.all([1, 2, 3].map((concurrent) => put(fleet({ concurrent }))))
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200])
    const lines = await auditOf(world)
    expect(lines).toHaveLength(3)
    // Each begins where the one before ended.
    expect(lines[1]!['before']).toEqual(lines[0]!['after'])
    expect(lines[2]!['before']).toEqual(lines[1]!['after'])
  })
})

test('the audit says who changed what, and the log says it too', async () => {
  world.lines.length = 0
  const response = await put(fleet({ concurrent: 2, zone: 'fr-par-1' }))
  expect(await auditOf(world)).toEqual([
    {
      by: 'sandbox',
      requestId: response.headers['x-request-id'],
      action: 'budgets.put',
      target: 'budgets',
      outcome: 'accepted',
      before: { budgets: {}, callsPerSecond: {} },
      after: {
        budgets: { 'slot:export@zone=fr-par-1': { concurrent: 2, bytes: null } },
        callsPerSecond: {},
      },
    },
  ])
  await put(fleet({ zone: 'nowhere' }))
  const told = world.lines.map((line) => JSON.parse(line)).filter(({ audit }) => audit === true)
  expect(told.map(({ action, outcome }) => [action, outcome])).toEqual([
    ['budgets.put', 'accepted'],
    ['budgets.put', 'unknown_zone'],
  ])
})
