import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import type { Fault } from '../src/index.ts'
import { BLOCK, openFaulty, PROJECT, place } from './support/faulty-stage.ts'
import { wire } from './support/stage.ts'

describe('faults of the line', () => {
  test.each(['reset', 'act-then-lose-answer'] as const)(
    '%s cuts the line, and only the second one has acted',
    async (kind) => {
      const { emulator, admin, exportPath, get } = await openFaulty()
      admin.armFault({ match: { operation: 'ExportSnapshot' }, fault: { kind } })
      await expect(wire(emulator, `POST ${exportPath}`, place)).rejects.toThrow('fetch failed')
      expect((await get()).status).toBe(kind === 'reset' ? 'available' : 'exporting')
      expect(admin.requests()[0]).toMatchObject({ operation: 'ExportSnapshot', status: 'reset', fault: kind })
    },
  )

  test.each(['timeout', 'act-then-timeout'] as const)(
    '%s never answers, and only the second one has acted',
    async (kind) => {
      const { emulator, admin, exportPath, get } = await openFaulty()
      admin.armFault({ match: { operation: 'ExportSnapshot' }, fault: { kind } })
      const hung = new AbortController()
      const call = fetch(`${emulator.apiUrl}${exportPath}`, {
        method: 'POST',
        signal: hung.signal,
        headers: { 'X-Auth-Token': '5a4d0b0c-5a4d-4b0c-8a4d-0b0c5a4d0b0c' },
        body: JSON.stringify(place),
      })
      await expect.poll(() => admin.requests().map((one) => one.status)).toEqual(['lost'])
      expect((await get()).status).toBe(kind === 'timeout' ? 'available' : 'exporting')
      hung.abort()
      await expect(call).rejects.toThrow(/abort/)
    },
  )

  test("an answer that is a gateway's page, or cut short, hides that the call has acted", async () => {
    const { emulator, admin, exportPath, get } = await openFaulty()
    admin.armFault({ match: { operation: 'ExportSnapshot' }, fault: { kind: 'act-then-502' } })
    const page = await wire(emulator, `POST ${exportPath}`, place)
    expect([page.status, page.headers.get('content-type'), (await get()).status]).toEqual([
      502,
      'text/html',
      'exporting',
    ])
    await admin.advance(600_000)
    admin.armFault({ match: { operation: 'ExportSnapshot' }, fault: { kind: 'act-then-unreadable-200' } })
    const cut = await wire(emulator, `POST ${exportPath}`, place)
    expect([cut.status, (await get()).status]).toEqual([200, 'exporting'])
    expect(() => cut.json()).toThrow()
  })

  test('a delay holds the answer until the clock is moved', async () => {
    const { emulator, admin, exportPath } = await openFaulty()
    admin.armFault({ match: { operation: 'ExportSnapshot' }, fault: { kind: 'delay', ms: 5_000 } })
    let isAnswered = false
    const call = wire(emulator, `POST ${exportPath}`, place).then(() => {
      isAnswered = true
    })
    await expect.poll(() => admin.faults()[0]?.fired).toBe(1)
    await admin.advance(4_999)
    expect(isAnswered).toBe(false)
    await admin.advance(1)
    await call
  })
})

test("the gateway's 429 has nothing in it", async () => {
  const { emulator, admin, id } = await openFaulty()
  admin.armFault({ match: { api: 'block' }, fault: { kind: 'empty-429' } })
  const { status, text, headers } = await wire(emulator, `GET ${BLOCK}/snapshots/${id}`)
  expect([status, text, headers.get('content-length'), headers.get('x-envoy-ratelimited')]).toEqual([
    429,
    '',
    '0',
    'true',
  ])
  expect([headers.get('content-type'), headers.get('retry-after')]).toEqual([null, null])
  expect(headers.get('x-request-id')).toBe(admin.requests()[0]?.requestId)
})

describe('faults in a good answer', () => {
  test.each([
    [
      { kind: 'unknown-state', word: 'defrosting' },
      (one: Record<string, unknown>) => one['status'] === 'defrosting',
    ],
    [{ kind: 'extra-fields' }, (one: Record<string, unknown>) => 'x_new_field' in one && 'status' in one],
    [
      { kind: 'missing-fields', fields: ['size', 'tags'] },
      (one: Record<string, unknown>) => !('size' in one) && !('tags' in one) && 'id' in one,
    ],
    [{ kind: 'reordered-keys' }, (one: Record<string, unknown>) => Object.keys(one).at(-1) === 'id'],
  ] as [Fault, (one: Record<string, unknown>) => boolean][])(
    '%o shows in a get and in a list',
    async (fault, holds) => {
      const { emulator, admin, get } = await openFaulty()
      admin.armFault({ match: { api: 'block' }, times: 2, fault })
      expect(await get()).toSatisfy(holds)
      const list = (await wire(emulator, `GET ${BLOCK}/snapshots`)).json()
      expect(list.snapshots[0]).toSatisfy(holds)
      expect(await get()).not.toSatisfy(holds)
    },
  )
})

test('a look can be the moment at which a snapshot turns locked', async () => {
  const { admin, get } = await openFaulty()
  admin.armFault({ match: { operation: 'GetSnapshot' }, after: 1, fault: { kind: 'turn-locked' } })
  expect([(await get()).status, (await get()).status, (await get()).status]).toEqual([
    'available',
    'locked',
    'locked',
  ])
})

describe('which calls a fault spoils', () => {
  test('so many, or each so-many-th, or those its dice choose', async () => {
    const { admin, emulator, id } = await openFaulty()
    const statuses = async (calls: number) => {
      const seen: number[] = []
      for (let call = 0; call < calls; call++)
        seen.push((await wire(emulator, `GET ${BLOCK}/snapshots/${id}`)).status)
      return seen
    }
    const rule = admin.armFault({
      match: { operation: 'GetSnapshot' },
      times: 2,
      fault: { kind: 'json-503' },
    })
    expect(await statuses(4)).toEqual([503, 503, 200, 200])
    admin.clearFaults(rule.id)
    admin.armFault({
      match: { zone: 'fr-par-1' },
      times: 'forever',
      every: 3,
      after: 1,
      fault: { kind: 'json-503' },
    })
    expect(await statuses(8)).toEqual([200, 200, 200, 503, 200, 200, 503, 200])
    admin.clearFaults()
    admin.armFault({ times: 'forever', probability: 0.3, fault: { kind: 'json-503' } })
    const spoiled = (await statuses(100)).filter((status) => status === 503).length
    expect(spoiled).toBeGreaterThan(15)
    expect(spoiled).toBeLessThan(45)
  })

  test('not those of another zone, operation or resource', async () => {
    const { admin, get } = await openFaulty()
    for (const match of [
      { zone: 'fr-par-2' },
      { operation: 'ListSnapshots' },
      { resourceId: PROJECT },
      { api: 's3' },
    ] as const) {
      admin.armFault({ match, times: 'forever', fault: { kind: 'json-503' } })
    }
    expect((await get()).status).toBe('available')
  })

  test('Object Storage by bucket and key too, in its own words', async () => {
    const { admin, s3 } = await openFaulty()
    const client = s3()
    const names = ['SlowDown', 'AccessDenied', 'InternalError'] as const
    for (const [at, kind] of (['json-503', 'permissions-403', 'internal-500'] as const).entries()) {
      admin.armFault({ match: { api: 's3', operation: 'PutObject', keyPrefix: 'work/' }, fault: { kind } })
      await client.send(new PutObjectCommand({ Bucket: 'staging', Key: 'other', Body: 'x' }))
      await expect(
        client.send(new PutObjectCommand({ Bucket: 'staging', Key: 'work/1', Body: 'x' })),
      ).rejects.toMatchObject({ name: names[at] })
    }
    admin.armFault({ match: { api: 's3', operation: 'PutObject' }, fault: { kind: 'act-then-lose-answer' } })
    await expect(
      client.send(new PutObjectCommand({ Bucket: 'staging', Key: 'work/2', Body: 'x' })),
    ).rejects.toThrow()
    expect(
      (await client.send(new HeadObjectCommand({ Bucket: 'staging', Key: 'work/2' }))).ContentLength,
    ).toBe(1)
  })

  test('an unknown kind is refused with its name', async () => {
    const { admin } = await openFaulty()
    expect(() => admin.armFault({ fault: { kind: 'gremlin' } as unknown as Fault })).toThrow('gremlin')
  })
})
