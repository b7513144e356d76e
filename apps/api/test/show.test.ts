import { Problem } from '@snapferry/contracts'
import type { MigrationId } from '@snapferry/migration'
import { Value } from 'typebox/value'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { created, GOOD, openWorld, type World } from './harness.ts'

let world: World
let ids: MigrationId[]
beforeAll(async () => {
  world = await openWorld()
  const uuid = (n: number) => `0000000${n}-0000-4000-8000-000000000000`
  ids = []
  for (const n of [1, 2, 3, 4, 5])
    ids.push(
      await created(world, {
        source: { volume: uuid(n) },
        from: 'fr-par-1',
        to: n % 2 ? 'fr-par-2' : 'fr-par-3',
      }),
    )
  await world.send({ method: 'POST', url: `/v1/migrations/${ids[0]}/cancel` })
})
afterAll(() => world.close())

const get = (url: string, headers: Record<string, string> = {}) => world.send({ url, headers })
const listed = async (query: string) => (await get(`/v1/migrations?${query}`)).json()
const idsOf = (page: { items: { id: string }[] }) => page.items.map((item) => item.id)

describe('one migration', () => {
  test('says when to ask again as long as it is not done', async () => {
    expect((await get(`/v1/migrations/${ids[1]}`)).headers['retry-after']).toBe('5')
    expect((await get(`/v1/migrations/${ids[0]}`)).headers['retry-after']).toBeUndefined()
  })

  test('is not sent again to who knows it already', async () => {
    const first = await get(`/v1/migrations/${ids[1]}`)
    for (const known of [first.headers.etag!, `W/${first.headers.etag}`, `"v9", ${first.headers.etag}`]) {
      const again = await get(`/v1/migrations/${ids[1]}`, { 'if-none-match': String(known) })
      expect([again.statusCode, again.body]).toEqual([304, ''])
    }
    expect((await get(`/v1/migrations/${ids[1]}`, { 'if-none-match': '"v99"' })).statusCode).toBe(200)
  })

  test('that nobody made is 404, also under a text that is no id', async () => {
    for (const id of ['mig_aaaaaaaaaaaaaaaaaaaaaaaaaa', 'x', '%00', 'mig_A'])
      expect((await get(`/v1/migrations/${id}`)).json()).toMatchObject({ status: 404, code: 'not_found' })
  })

  test.each(['30', 's', '-1s', '30m', ''])('wait=%s is no time to wait', async (wait) => {
    const response = await get(`/v1/migrations/${ids[1]}?wait=${wait}`)
    expect(response.json()).toMatchObject({
      status: 400,
      code: 'invalid_filter',
      errors: [{ parameter: 'wait', fix: expect.stringContaining('such as 30s') }],
    })
  })
})

describe('a held request', () => {
  test('is answered at once for a migration that has ended', async () => {
    expect((await get(`/v1/migrations/${ids[0]}?wait=60s`)).json().done).toBe(true)
  })

  test('is answered as soon as the migration ends', async () => {
    const id = await created(world, { ...GOOD, to: 'fr-par-3' })
    const looks: number[] = []
    const held = await openWorld({
      journal: world.needs.journal,
      pause: async (ms) => {
        looks.push(ms)
        if (looks.length === 3) await world.send({ method: 'POST', url: `/v1/migrations/${id}/cancel` })
      },
    })
    const response = await held.send({ url: `/v1/migrations/${id}?wait=30s` })
    await held.close()
    expect([response.json().state, looks]).toEqual(['cancelled', [500, 500, 500]])
  })

  test('is answered with what is when the time is over, never later than after 60 s', async () => {
    let waitedMs = 0
    const held = await openWorld({
      journal: world.needs.journal,
      pause: async (ms) => {
        waitedMs += ms
      },
    })
    const response = await held.send({ url: `/v1/migrations/${ids[1]}?wait=9999s` })
    const { etag } = response.headers
    const unchanged = await held.send({
      url: `/v1/migrations/${ids[1]}?wait=1s`,
      headers: { 'if-none-match': String(etag) },
    })
    await held.close()
    expect([response.statusCode, response.json().done, waitedMs, unchanged.statusCode]).toEqual([
      200,
      false,
      61_000,
      304,
    ])
  })

  test('is let go when its client goes away', async () => {
    const wentAway = Promise.withResolvers<void>()
    const began = Promise.withResolvers<void>()
    const held = await openWorld({
      journal: world.needs.journal,
      pause: (_, signal) => {
        began.resolve()
        return new Promise((over) => {
          signal.addEventListener('abort', () => {
            wentAway.resolve()
            over()
          })
        })
      },
    })
    const url = await held.app.listen({ host: '127.0.0.1', port: 0 })
    const client = new AbortController()
    const answer = fetch(`${url}/v1/migrations/${ids[1]}?wait=60s`, { signal: client.signal }).catch(
      () => 'gone',
    )
    await began.promise
    client.abort()
    expect(await answer).toBe('gone')
    await wentAway.promise
    await held.close()
  })

  test('is let go when the service stops', async () => {
    const held = await openWorld({ journal: world.needs.journal })
    const answer = held.send({ url: `/v1/migrations/${ids[1]}?wait=60s` })
    await held.needs.journal.clock()
    held.stop()
    expect((await answer).statusCode).toBe(200)
    await held.close()
  })
})

describe('the list', () => {
  test('is newest first', async () => {
    const [page] = [await listed('pageSize=100')]
    expect(idsOf(page)).toEqual(expect.arrayContaining(ids))
    const times = page.items.map((item: { createTime: string }) => item.createTime)
    expect(times).toEqual([...times].sort().reverse())
  })

  test.each([
    ['state=cancelled', (all: MigrationId[]) => [all[0]]],
    ['to=fr-par-3&state=queued', (all: MigrationId[]) => [all[3], all[1]]],
    ['source=00000003-0000-4000-8000-000000000000', (all: MigrationId[]) => [all[2]]],
    ['from=fr-par-1&to=fr-par-2&state=queued', (all: MigrationId[]) => [all[4], all[2]]],
    ['from=nl-ams-1', () => []],
  ])('filtered by %s has exactly what fits', async (query, expected) => {
    const mine = idsOf(await listed(query)).filter((id) => ids.includes(id as MigrationId))
    expect(mine).toEqual(expected(ids))
  })

  test('pages through everything once', async () => {
    const all = idsOf(await listed('pageSize=1000'))
    const seen: string[] = []
    let token = ''
    do {
      const page = await listed(`pageSize=2${token === '' ? '' : `&pageToken=${token}`}`)
      seen.push(...idsOf(page))
      token = page.nextPageToken
    } while (token !== '')
    expect(seen).toEqual(all)
  })

  test('a page size above the largest is cut down', async () => {
    expect((await get('/v1/migrations?pageSize=100000')).statusCode).toBe(200)
  })

  test.each([
    ['state=done', 'invalid_filter', 'state'],
    ['pageSize=0', 'invalid_filter', 'pageSize'],
    ['pageSize=-1', 'invalid_filter', 'pageSize'],
    ['pageSize=many', 'invalid_filter', 'pageSize'],
    ['colour=red', 'invalid_filter', 'colour'],
    ['to=', 'invalid_filter', 'to'],
    ['state=failed&state=queued', 'invalid_filter', 'state'],
    ['pageToken=nonsense', 'invalid_cursor', 'pageToken'],
    [`pageToken=${'x'.repeat(2000)}`, 'invalid_cursor', 'pageToken'],
  ])('?%s is refused with %s', async (query, code, parameter) => {
    const problem = (await get(`/v1/migrations?${query}`)).json()
    expect(problem).toMatchObject({ status: 400, code, errors: [{ parameter }] })
    expect(problem.errors).toHaveLength(1)
    expect(problem.errors[0]).not.toHaveProperty('pointer')
    expect([...Value.Errors(Problem, problem)]).toEqual([])
  })

  test('a cursor of other filters is refused', async () => {
    const { nextPageToken } = await listed('pageSize=1&to=fr-par-2')
    const response = await get(`/v1/migrations?pageSize=1&to=fr-par-3&pageToken=${nextPageToken}`)
    expect(response.json()).toMatchObject({ status: 400, code: 'invalid_cursor' })
  })
})

describe('events', () => {
  test('come in order with their numbers, and from any number on', async () => {
    const all = (await get(`/v1/migrations/${ids[0]}/events`)).json().items
    expect(all.map((event: { number: number; type: string }) => [event.number, event.type])).toEqual([
      [1, 'created'],
      [2, 'cancel-requested'],
    ])
    const rest = (await get(`/v1/migrations/${ids[0]}/events?after=1&limit=1`)).json().items
    expect(rest).toEqual([all[1]])
    expect((await get(`/v1/migrations/${ids[0]}/events?after=2`)).json()).toEqual({ items: [] })
  })

  test('of nobody are 404', async () => {
    expect((await get('/v1/migrations/mig_aaaaaaaaaaaaaaaaaaaaaaaaaa/events')).json().code).toBe('not_found')
  })

  test.each(['after=-1', 'limit=0', 'limit=1001', 'after=x'])('?%s is refused', async (query) => {
    expect((await get(`/v1/migrations/${ids[0]}/events?${query}`)).json().code).toBe('invalid_filter')
  })
})
