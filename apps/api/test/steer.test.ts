import { apply, type EventBody, type Failure, type MigrationId } from '@snapferry/migration'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { aSnapshot, created, GOOD, openWorld, type World } from './harness.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  await world.connection.flushall()
  world.provider.snapshot = aSnapshot()
})

const DEFECT: Failure = { kind: 'defect', text: 'Our error.', words: null, requestId: null, call: null }
const REFUSED: Failure = {
  kind: 'import-refused',
  text: 'No.',
  words: 'bad',
  requestId: 'r1',
  call: 'block ImportSnapshot',
}

/** Lets things happen to a migration as the worker would. */
async function happens(id: MigrationId, ...bodies: readonly EventBody[]): Promise<void> {
  for (const body of bodies) {
    const before = (await world.needs.journal.read(id))!
    const event = { at: before.now, ...body }
    const { v: _, ...pulse } = before.pulse
    const after = apply(before.record, event)
    const appended = await world.needs.journal.append({
      before,
      after,
      events: [event],
      pulse,
      closing: true,
      nudge: false,
    })
    if (appended.outcome !== 'appended') throw new Error(appended.outcome)
  }
}

async function admitted(id: MigrationId): Promise<EventBody> {
  const { record } = (await world.needs.journal.read(id))!
  return { type: 'admitted', phase: 'export', plan: record.plan, facts: {}, claims: [] }
}

const completed = (phase: 'export' | 'inspect' | 'import' | 'verify'): EventBody => ({
  type: 'phase-completed',
  phase,
  facts: {},
  made: [],
  extras: [],
})

const proven = async (id: MigrationId) => [
  await admitted(id),
  completed('export'),
  completed('inspect'),
  completed('import'),
  completed('verify'),
]

const STATES = {
  queued: async () => [],
  running: async (id: MigrationId) => [await admitted(id)],
  proven,
  unwinding: async (id: MigrationId) => [
    await admitted(id),
    {
      type: 'attempt-failed',
      failure: REFUSED,
      attempt: 1,
      attemptsMax: 1,
      // biome-ignore lint/suspicious/noThenProperty: the word of the core; nobody awaits an event.
      then: 'unwind',
      waitMs: 0,
      disown: [],
    },
  ],
  needs_attention: async (id: MigrationId) => [await admitted(id), { type: 'defect', failure: DEFECT }],
  failed: async () => [{ type: 'checked-bad', failure: REFUSED }],
  cancelled: async () => [{ type: 'cancel-requested', by: 'x' }],
  succeeded: async (id: MigrationId) => [...(await proven(id)), { type: 'ledger-settled' }],
} satisfies Record<string, (id: MigrationId) => Promise<readonly EventBody[]>>

async function brought(to: keyof typeof STATES): Promise<MigrationId> {
  const id = await created(world)
  await happens(id, ...((await STATES[to](id)) as EventBody[]))
  return id
}

const steer = (id: string, verb: 'cancel' | 'retry', headers: Record<string, string> = {}) =>
  world.send({ method: 'POST', url: `/v1/migrations/${id}/${verb}`, headers })
const nudges = (id: MigrationId) => world.connection.zscore('{snapferry}:nudges', id)

describe('cancel', () => {
  test.each([
    ['queued', 202, 'cancelled'],
    ['running', 202, 'unwinding'],
    ['unwinding', 202, 'unwinding'],
    ['needs_attention', 202, 'unwinding'],
    ['proven', 409, 'too_late'],
    ['succeeded', 409, 'ended'],
    ['failed', 409, 'ended'],
    ['cancelled', 409, 'ended'],
  ] as const)('of a migration that is %s answers %i %s', async (state, status, told) => {
    const id = await brought(state)
    const response = await steer(id, 'cancel')
    const body = response.json()
    expect([response.statusCode, body.code ?? body.state]).toEqual([status, told])
  })

  test('of an ended migration says that there is nothing to cancel', async () => {
    const { fix } = (await steer(await brought('succeeded'), 'cancel')).json()
    expect(fix).toBe('It has ended; there is nothing to cancel.')
  })

  test('wakes the migration and says who asked', async () => {
    const id = await brought('running')
    await steer(id, 'cancel')
    expect(Number(await nudges(id))).toBeGreaterThan(0)
    const events = (await world.send({ url: `/v1/migrations/${id}/events` })).json().items
    expect(events.at(-1)).toMatchObject({ type: 'cancel-requested', by: 'sandbox' })
  })

  test('a second cancel adds nothing to the history', async () => {
    const id = await brought('running')
    const first = await steer(id, 'cancel')
    const second = await steer(id, 'cancel')
    expect([second.statusCode, second.headers.etag]).toEqual([202, first.headers.etag])
  })

  test.each([
    ['nothing', '', 202, undefined],
    ['an empty object', '{}', 202, undefined],
    ['a field', '{"force": true}', 422, 'unknown_field'],
    ['a list', '[]', 422, 'invalid_value'],
    ['no JSON', '{', 400, 'malformed_json'],
  ])('with %s as its body', async (_, payload, status, code) => {
    const id = await brought('running')
    const headers = { 'content-type': 'application/json' }
    const response = await world.send({
      method: 'POST',
      url: `/v1/migrations/${id}/cancel`,
      payload,
      headers,
    })
    expect([response.statusCode, response.json().code]).toEqual([status, code])
  })

  test('of an id that is none answers 404', async () => {
    expect((await steer('mig_aaaaaaaaaaaaaaaaaaaaaaaaaa', 'cancel')).json().code).toBe('not_found')
    expect((await steer('nonsense', 'cancel')).json().code).toBe('not_found')
  })

  test('goes through although the worker writes at the same moment', async () => {
    const id = await brought('running')
    const { read } = world.needs.journal
    let isFirst = true
    // The worker's append lands between our read and our append, once.
    world.needs.journal.read = async (one) => {
      const reading = await read(one)
      if (isFirst) {
        isFirst = false
        await happens(id, completed('export'))
      }
      return reading
    }
    const response = await steer(id, 'cancel')
    world.needs.journal.read = read
    expect([response.statusCode, response.json().state]).toEqual([202, 'unwinding'])
    const events = (await world.send({ url: `/v1/migrations/${id}/events` })).json().items
    expect(events.map((event: { type: string }) => event.type)).toEqual([
      'created',
      'admitted',
      'phase-completed',
      'cancel-requested',
    ])
  })
})

describe('retry', () => {
  test.each([
    ['queued', 409, 'invalid_state'],
    ['running', 409, 'invalid_state'],
    ['unwinding', 409, 'invalid_state'],
    ['proven', 409, 'invalid_state'],
    ['succeeded', 409, 'ended'],
    ['needs_attention', 202, 'running'],
  ] as const)('of a migration that is %s answers %i %s', async (state, status, told) => {
    const id = await brought(state)
    const response = await steer(id, 'retry')
    const body = response.json()
    expect([response.statusCode, body.code ?? body.state]).toEqual([status, told])
  })

  test.each(['failed', 'cancelled'] as const)(
    'of a %s migration makes a new one and leaves the old as it was',
    async (state) => {
      const old = await brought(state)
      const response = await steer(old, 'retry')
      const body = response.json()
      expect(response.statusCode).toBe(202)
      expect(body).toMatchObject({ state: 'queued', retryOf: old })
      expect(body.id).not.toBe(old)
      expect(response.headers.location).toBe(`/v1/migrations/${body.id}`)
      expect(world.added).toContain(body.id)
      expect((await world.send({ url: `/v1/migrations/${old}` })).json().state).toBe(state)
    },
  )

  test('repeated under one Idempotency-Key makes one migration', async () => {
    const old = await brought('failed')
    const first = await steer(old, 'retry', { 'idempotency-key': 'again' })
    const second = await steer(old, 'retry', { 'idempotency-key': 'again' })
    expect(second.json().id).toBe(first.json().id)
    expect(second.headers['idempotency-replayed']).toBe('true')
  })

  test('names the migration that took its place while it was parked', async () => {
    const parked = await brought('needs_attention')
    const other = await created(world, GOOD)
    const response = await steer(parked, 'retry')
    expect([response.statusCode, response.json().code, response.json().migrationId]).toEqual([
      409,
      'already_under_way',
      other,
    ])
  })

  test('of a failed one is checked like a new request', async () => {
    const old = await brought('failed')
    const { snapshot } = world.provider
    world.provider.snapshot = null
    const response = await steer(old, 'retry')
    world.provider.snapshot = snapshot
    expect([response.statusCode, response.json().code]).toEqual([422, 'source_missing'])
  })
})
