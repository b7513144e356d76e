import { SANDBOX_CREDENTIALS } from '@snapferry/emulator'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { oursOf } from './hold.ts'
import { Town } from './town.ts'

let town: Town
beforeAll(async () => {
  town = await Town.open()
  const { admin } = town.emulator
  admin.seedBucket({ region: 'nl-ams', name: 'elsewhere' })
  admin.seedBucket({ region: 'fr-par', name: 'strangers', project: SANDBOX_CREDENTIALS.foreignProjectId })
  admin.seedBucket({ region: 'fr-par', name: 'other-project', project: SANDBOX_CREDENTIALS.otherProjectId })
  admin.seedBucket({ region: 'fr-par', name: 'no-reads', policy: policy('s3:PutObject') })
  admin.seedBucket({
    region: 'fr-par',
    name: 'no-writes',
    policy: policy('s3:ListBucket', 's3:GetObject', 's3:GetBucketAcl'),
  })
})
afterAll(() => town.close())
afterEach(async () => {
  town.emulator.admin.clearFaults()
  expect(await town.foreignTouched(), 'somebody else’s things are as they were').toEqual([])
})

/** As soon as a bucket has a policy, everything that is not allowed in it is denied. */
function policy(...actions: string[]): string {
  const principal = { SCW: 'application_id:1d2c3b4a-5968-4776-8655-443322110f0e' }
  return JSON.stringify({
    Version: '2023-04-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: principal,
        Action: actions,
        Resource: ['no-reads', 'no-reads/*', 'no-writes', 'no-writes/*'],
      },
    ],
  })
}

interface Problem {
  readonly code: string
  readonly fix: string
  readonly errors: readonly { readonly code: string; readonly pointer: string }[]
}

const GB = 1_000_000_000
const snapshot = (more: object = {}) =>
  town.emulator.admin.seedSnapshot({ api: 'block', zone: 'fr-par-1', ...more }).id
const move = (source: string, more: object = {}) => ({
  source: { snapshot: source },
  from: 'fr-par-1',
  to: 'fr-par-2',
  ...more,
})

describe('what the provider shows to be wrong is refused at once, with code, place and fix, and nothing is enqueued', () => {
  test.each([
    {
      what: 'an unknown snapshot',
      body: () => move('00000000-0000-4000-8000-000000000000'),
      code: 'source_missing',
      pointer: '#/source/snapshot',
    },
    {
      what: 'a snapshot of somebody else',
      body: () => move(snapshot({ project: SANDBOX_CREDENTIALS.foreignProjectId })),
      code: 'source_forbidden',
      pointer: '#/source/snapshot',
    },
    {
      what: 'a snapshot in error',
      body: () => move(snapshot({ state: 'error' })),
      code: 'source_error',
      pointer: '#/source/snapshot',
    },
    {
      what: 'a locked snapshot',
      body: () => move(snapshot({ state: 'locked' })),
      code: 'source_locked',
      pointer: '#/source/snapshot',
    },
    {
      what: 'a disk that is too small',
      body: () => move(snapshot({ sizeBytes: GB / 2 })),
      code: 'source_too_small',
      pointer: '#/source/snapshot',
    },
    {
      what: 'a disk that is too large',
      body: () => move(snapshot({ sizeBytes: 1_001 * GB })),
      code: 'source_too_large',
      pointer: '#/source/snapshot',
    },
    {
      what: 'a copy smaller than its source',
      body: () => move(snapshot(), { copy: { size: 2_048_000_000 } }),
      code: 'size_refused',
      pointer: '#/copy/size',
    },
    {
      what: 'a bucket that is missing',
      body: () => move(snapshot(), { image: { bucket: 'nowhere' } }),
      code: 'bucket_missing',
      pointer: '#/image/bucket',
    },
    {
      what: 'a bucket of another region',
      body: () => move(snapshot(), { image: { bucket: 'elsewhere' } }),
      code: 'bucket_missing',
      pointer: '#/image/bucket',
    },
    {
      what: 'a bucket of a stranger',
      body: () => move(snapshot(), { image: { bucket: 'strangers' } }),
      code: 'bucket_forbidden',
      pointer: '#/image/bucket',
    },
    {
      what: 'a bucket of another project',
      body: () => move(snapshot(), { image: { bucket: 'other-project' } }),
      code: 'bucket_foreign',
      pointer: '#/image/bucket',
    },
    {
      what: 'a bucket that refuses reads',
      body: () => move(snapshot(), { image: { bucket: 'no-reads' } }),
      code: 'bucket_forbidden',
      pointer: '#/image/bucket',
    },
  ])('$what: $code', async ({ body, code, pointer }) => {
    const before = await town.journal.counts()
    const answer = await town.ask<Problem>('POST', '/v1/migrations', body())

    expect(answer).toMatchObject({ status: 422, body: { code } })
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
    expect(answer.body.errors).toContainEqual(expect.objectContaining({ code, pointer }))
    expect(answer.body.fix.length).toBeGreaterThan(10)
    expect(await town.journal.counts()).toEqual(before)
  })
})

test('a bucket that refuses writes fails the export with its code, and nothing is left', async () => {
  const { id } = await town.create(move(snapshot(), { image: { bucket: 'no-writes' } }))

  expect(await town.ended(id)).toMatchObject({
    state: 'failed',
    failure: { kind: 'bucket-forbidden' },
    leftovers: [],
  })
  expect(await oursOf(town, id)).toEqual([])
})

test('when the provider is silent the request is accepted, and the first tick ends it with the same name', async () => {
  town.emulator.admin.armFault({ match: { operation: 'GetSnapshot' }, times: 3, fault: { kind: 'json-503' } })
  const { id } = await town.create(move('00000000-0000-4000-8000-000000000000'))

  expect(await town.ended(id)).toMatchObject({
    state: 'failed',
    failure: { kind: 'source-missing' },
    leftovers: [],
  })
})

test('the same source to the same place is carried once at a time: 409 names the migration under way', async () => {
  const source = snapshot()
  const first = await town.create(move(source))
  const second = await town.ask<Problem & { migrationId: string }>('POST', '/v1/migrations', move(source))

  expect(second).toMatchObject({ status: 409, body: { code: 'already_under_way', migrationId: first.id } })
  await town.ended(first.id)
  expect((await town.ask('POST', '/v1/migrations', move(source))).status).toBe(202)
})

test('a request repeated with its Idempotency-Key finds its migration, with another body it is refused', async () => {
  const body = move(snapshot())
  const key = { 'idempotency-key': '"night-of-the-23rd"' }
  const first = await town.ask('POST', '/v1/migrations', body, key)
  const again = await town.ask('POST', '/v1/migrations', body, key)
  const other = await town.ask<Problem>('POST', '/v1/migrations', move(snapshot()), key)

  expect([first.status, again.status]).toEqual([202, 202])
  expect(again.body.id).toBe(first.body.id)
  expect(other).toMatchObject({ status: 422, body: { code: 'key_reused' } })
})

test('one source to two zones at once: one export waits for the other and says so', async () => {
  const source = snapshot()
  const ids = [(await town.create(move(source))).id, (await town.create(move(source, { to: 'fr-par-3' }))).id]
  for (const id of ids) expect(await town.ended(id)).toMatchObject({ state: 'succeeded' })

  const waits = (await Promise.all(ids.map((id) => town.events(id))))
    .flat()
    .filter(({ type }) => type === 'waited')
  expect(waits.map(({ text }) => String(text)).join('\n')).toContain('one export at a time')
})
