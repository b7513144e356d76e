import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  aFailure,
  aSnapshot,
  GOOD,
  KEYS,
  openWorld,
  PROJECT,
  SNAPSHOT,
  VOLUME,
  type World,
} from './harness.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())
beforeEach(() => world.reset())

const post = (payload: unknown, headers: Record<string, string> = {}) =>
  world.send({
    method: 'POST',
    url: '/v1/migrations',
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
    headers: { 'content-type': 'application/json', ...headers },
  })
const counted = async () => (await world.send({ url: '/v1/migrations' })).json().items.length

describe('an accepted request', () => {
  test('answers 202 with the migration, where it is, and every default filled in from the source', async () => {
    const response = await post(GOOD)
    const body = response.json()
    expect(response.statusCode).toBe(202)
    expect(response.headers).toMatchObject({
      location: `/v1/migrations/${body.id}`,
      etag: '"v1"',
      'retry-after': '5',
      'snapferry-mode': 'sandbox',
    })
    expect(body).toMatchObject({ state: 'queued', done: false, attempt: 1, leftovers: [] })
    expect(body.plan).toEqual({
      source: { snapshot: SNAPSHOT },
      from: 'fr-par-1',
      to: 'fr-par-2',
      copy: { name: 'db', tags: ['prod'], size: 10_000_000_000, project: PROJECT, type: 'sbs' },
      image: { bucket: 'acme-staging', keep: 'never' },
      takenSnapshot: { keep: false },
      labels: {},
      priority: 0,
    })
    expect(world.added).toEqual([body.id])
  })

  test('keeps what was asked for over what the source says', async () => {
    const asked = {
      ...GOOD,
      copy: { name: 'x', tags: ['a'], size: 20_000_000_512 - 512, project: VOLUME, type: 'l_ssd' },
      image: { bucket: 'other-bucket', keep: 'P7D' },
      takenSnapshot: { keep: true },
      labels: { ticket: 'OPS-1' },
      priority: 9,
    }
    const { plan } = (await post(asked)).json()
    expect(plan).toEqual(asked)
  })

  test('an image shows the plan of an image: no zone it comes from, no staging image', async () => {
    const { plan } = (
      await post({ source: { image: { bucket: 'imgs', key: 'a/debian.qcow2' } }, to: 'fr-par-2' })
    ).json()
    expect(plan).toEqual({
      source: { image: { bucket: 'imgs', key: 'a/debian.qcow2' } },
      to: 'fr-par-2',
      copy: { name: 'debian', tags: [], project: PROJECT, type: 'sbs' },
      labels: {},
      priority: 0,
    })
  })

  test.each([
    ['is unwell', { failure: aFailure({ kind: 'unavailable' }) }],
    ['slows us down', { failure: aFailure({ kind: 'throttled', status: 429 }) }],
    [
      'shows the source as not ready yet',
      { snapshot: aSnapshot({ state: { kind: 'pending', word: 'creating' } }) },
    ],
  ])('is accepted unchecked when the provider %s, with the defaults left open', async (_, provider) => {
    Object.assign(world.provider, provider)
    const response = await post(GOOD)
    expect(response.statusCode).toBe(202)
    expect(response.json().plan.copy).toEqual({})
  })

  test('waits no longer than 3 seconds for a provider that says nothing', async () => {
    const waits: number[] = []
    const impatient = await openWorld({
      pause: async (ms) => void waits.push(ms),
    })
    impatient.provider.isSilent = true
    const response = await impatient.send({ method: 'POST', url: '/v1/migrations', payload: GOOD })
    expect([response.statusCode, waits]).toEqual([202, [3_000]])
    await impatient.close()
  })
})

describe('a repeated request', () => {
  test.each([
    ['"8e03978e-40d5-43e8-bc93-6894a57f9324"', '8e03978e-40d5-43e8-bc93-6894a57f9324'],
    ['"a \\"b\\" \\\\"', '"a \\"b\\" \\\\"'],
    ['plain', '"plain"'],
  ])('under the Idempotency-Key %s answers with the same migration', async (first, second) => {
    const made = await post(GOOD, { 'idempotency-key': first })
    const again = await post(
      { to: 'fr-par-2', from: 'fr-par-1', source: { snapshot: SNAPSHOT } },
      { 'idempotency-key': second },
    )
    expect(again.statusCode).toBe(202)
    expect(again.json().id).toBe(made.json().id)
    expect([made.headers['idempotency-replayed'], again.headers['idempotency-replayed']]).toEqual([
      undefined,
      'true',
    ])
    expect(await counted()).toBe(1)
  })

  test('finds its migration even when the source is gone by now', async () => {
    const made = await post(GOOD, { 'idempotency-key': 'k1' })
    world.provider.snapshot = null
    const again = await post(GOOD, { 'idempotency-key': 'k1' })
    expect([again.statusCode, again.json().id]).toEqual([202, made.json().id])
  })

  test('by twenty clients at once makes one migration', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post(GOOD, { 'idempotency-key': 'k1' })),
    )
    expect([...new Set(answers.map((one) => `${one.statusCode} ${one.json().id ?? one.body}`))]).toHaveLength(
      1,
    )
    expect(await counted()).toBe(1)
  })

  test('with another body under the same key is refused', async () => {
    await post(GOOD, { 'idempotency-key': 'k1' })
    const other = await post({ ...GOOD, to: 'fr-par-3' }, { 'idempotency-key': 'k1' })
    expect([other.statusCode, other.json().code]).toEqual([422, 'key_reused'])
  })

  test('keys of two API keys never meet', async () => {
    const asOperator = { 'idempotency-key': 'k1', authorization: `Bearer ${KEYS.operator}` }
    await world.needs.journal.apiKeys.put((await import('../src/principal.ts')).hashOfKey(KEYS.operator), {
      name: 'nightly',
      role: 'operator',
    })
    const mine = await post(GOOD, { 'idempotency-key': 'k1' })
    const theirs = await post({ ...GOOD, to: 'fr-par-3' }, asOperator)
    expect(theirs.statusCode).toBe(202)
    expect(theirs.json().id).not.toBe(mine.json().id)
  })

  test('without a key is told which migration does the work already', async () => {
    const made = await post(GOOD)
    const again = await post(GOOD)
    expect([again.statusCode, again.json().code, again.json().migrationId]).toEqual([
      409,
      'already_under_way',
      made.json().id,
    ])
  })

  test.each(['""', '"open', 'a,b', 'x'.repeat(256), '"a" "b"'])(
    'the Idempotency-Key %j is refused',
    async (key) => {
      const response = await post(GOOD, { 'idempotency-key': key })
      expect([response.statusCode, response.json().code]).toEqual([400, 'invalid_header'])
      expect(await counted()).toBe(0)
    },
  )
})
