import { connect } from 'node:net'
import { PROBLEMS } from '@snapferry/contracts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Gate, GateState } from '../src/gate.ts'
import { FIRST_KEY, hashOfKey } from '../src/principal.ts'
import { created, GOOD, KEYS, openWorld, type World } from './harness.ts'

let sandbox: World
let armed: World
beforeAll(async () => {
  // One after the other: building an app keeps the event loop busy, and Redis would be given up meanwhile.
  sandbox = await openWorld()
  armed = await openWorld({ mode: 'armed' })
})
afterAll(() => Promise.all([sandbox.close(), armed.close()]))

const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

describe('who may ask', () => {
  test.each([
    ['nobody', {}],
    ['an unknown key', bearer('unknown-key-0123456789')],
    ['another scheme', { authorization: 'Basic dXNlcjpwdw==' }],
    ['an empty key', { authorization: 'Bearer ' }],
    ['a key of 600 characters', bearer('x'.repeat(600))],
  ])('armed, %s is sent away with 401', async (_, headers) => {
    const response = await armed.send({ url: '/v1/migrations', headers })
    expect([response.statusCode, response.json().code, response.headers['www-authenticate']]).toEqual([
      401,
      'unauthenticated',
      'Bearer realm="snapferry"',
    ])
  })

  test('a viewer reads and does not write', async () => {
    const read = await armed.send({ url: '/v1/migrations', headers: bearer(KEYS.viewer) })
    const write = await armed.send({
      method: 'POST',
      url: '/v1/migrations',
      payload: GOOD,
      headers: bearer(KEYS.viewer),
    })
    expect([read.statusCode, write.statusCode, write.json().code]).toEqual([200, 403, 'forbidden'])
    expect(armed.added).toEqual([])
  })

  test('an operator writes, under the name of the key', async () => {
    const write = await armed.send({
      method: 'POST',
      url: '/v1/migrations',
      payload: GOOD,
      headers: bearer(KEYS.operator),
    })
    expect(write.statusCode).toBe(202)
    const url = `/v1/migrations/${write.json().id}/events`
    expect((await armed.send({ url, headers: bearer(KEYS.viewer) })).json().items[0].by).toBe('nightly')
  })

  test('the sandbox asks for no key, but a wrong one is told', async () => {
    expect((await sandbox.send({ url: '/v1/migrations' })).statusCode).toBe(200)
    expect(
      (await sandbox.send({ url: '/v1/migrations', headers: bearer('unknown-key-0123456789') })).statusCode,
    ).toBe(401)
  })

  test('a first key that was replaced opens nothing any more', async () => {
    const [old, now] = ['old-first-key-0123456789', 'new-first-key-0123456789']
    const world = await openWorld({ mode: 'armed', firstKeyHash: hashOfKey(now) })
    for (const key of [old, now])
      await world.needs.journal.apiKeys.put(hashOfKey(key), { name: FIRST_KEY, role: 'admin' })
    const get = async (key: string) =>
      (await world.send({ url: '/v1/migrations', headers: bearer(key) })).statusCode
    expect([await get(old), await get(now), await get(KEYS.viewer)]).toEqual([401, 200, 200])
    await world.close()
  })

  test('Redis keeps no key, only hashes', async () => {
    const kept = JSON.stringify(await armed.connection.hgetall('{snapferry}:api-keys'))
    expect(kept).toContain('nightly')
    expect(kept).not.toContain(KEYS.operator)
  })

  test('no key stands in a log line', () => {
    expect(armed.lines.join('')).not.toMatch(new RegExp(`${KEYS.operator}|${KEYS.viewer}|unknown-key`))
  })
})

describe('what HTTP asks for', () => {
  test.each([
    ['GET', '/v1/nothing', 404, 'no_such_route'],
    ['GET', '/nothing', 404, 'no_such_route'],
    ['DELETE', '/v1/migrations', 405, 'method_not_allowed'],
    ['PUT', '/v1/migrations/mig_aaaaaaaaaaaaaaaaaaaaaaaaaa', 405, 'method_not_allowed'],
    ['GET', '/v1/migrations/mig_aaaaaaaaaaaaaaaaaaaaaaaaaa/cancel', 405, 'method_not_allowed'],
    ['GET', '/v1/%ZZ', 400, 'malformed_request'],
  ] as const)('%s %s answers %i %s as a problem', async (method, url, status, code) => {
    const response = await sandbox.app.inject({ method, url })
    expect(response.headers['content-type']).toContain('application/problem+json')
    expect(response.json()).toMatchObject({ status, code, title: PROBLEMS[code].title })
    expect(response.statusCode).toBe(status)
  })

  test('405 names the methods that are allowed', async () => {
    const response = await sandbox.app.inject({ method: 'DELETE', url: '/v1/migrations' })
    expect(String(response.headers.allow).split(', ').sort()).toEqual(['GET', 'HEAD', 'POST'])
  })

  test('a request id comes back; one that is no plain word is replaced', async () => {
    const mine = await sandbox.send({ url: '/livez', headers: { 'x-request-id': 'job-17.a' } })
    const odd = await sandbox.send({ url: '/livez', headers: { 'x-request-id': 'a b"\u007f' } })
    expect(mine.headers['x-request-id']).toBe('job-17.a')
    expect(odd.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('answers carry security headers', async () => {
    const { headers } = await sandbox.send({ url: '/livez' })
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' })
    expect(headers['content-security-policy']).toContain("default-src 'self'")
  })

  test('what is not HTTP is answered with a problem and closed', async () => {
    await sandbox.app.listen({ host: '127.0.0.1', port: 0 })
    const address = sandbox.app.server.address()
    if (address === null || typeof address === 'string') throw new Error('not listening')
    const said = await new Promise<string>((resolve, reject) => {
      let text = ''
      const socket = connect(address.port, '127.0.0.1', () => socket.write('HELLO\r\n\r\n'))
      socket
        .on('data', (chunk) => (text += chunk))
        .on('end', () => resolve(text))
        .on('error', reject)
    })
    expect(said).toContain('400 Bad Request')
    expect(JSON.parse(said.split('\r\n\r\n')[1]!)).toMatchObject({ code: 'malformed_request' })
  })

  test('above the limit answers 429 with the time to wait', async () => {
    const strict = await openWorld({ ratePerMinute: 2 })
    const get = () => strict.send({ url: '/v1/migrations' })
    const answers = [await get(), await get(), await get()]
    expect(answers.map((one) => one.statusCode)).toEqual([200, 200, 429])
    expect(answers[0]!.headers).toMatchObject({
      'ratelimit-policy': '"default";q=2;w=60',
      ratelimit: '"default";r=1;t=60',
    })
    expect(answers[2]!.json()).toMatchObject({ code: 'too_many_requests', retryable: true })
    expect(Number(answers[2]!.headers['retry-after'])).toBeGreaterThan(0)
    expect((await strict.send({ url: '/livez' })).statusCode).toBe(200)
    await strict.close()
  })

  test('an error of ours says nothing of us, and is written down', async () => {
    const broken = await openWorld({ mode: 'sandbox' })
    broken.needs.journal.list = () => Promise.reject(new Error('secret inner workings'))
    const response = await broken.send({ url: '/v1/migrations', headers: { 'x-request-id': 'r-500' } })
    expect([response.statusCode, response.json().code]).toEqual([500, 'internal'])
    expect(response.body).not.toContain('inner workings')
    const line = broken.lines.map((one) => JSON.parse(one)).find((one) => one.msg === 'request failed')
    expect(line).toMatchObject({ requestId: 'r-500', err: { message: 'secret inner workings' } })
    await broken.close()
  })
})

describe('Redis away', () => {
  test('writes and reads answer 503 within a second, liveness goes on, and all is well again by itself', async () => {
    const world = await openWorld()
    const id = await created(world)
    await world.redis.stop()
    for (const request of [
      { url: `/v1/migrations/${id}` },
      { url: '/v1/migrations' },
      { method: 'POST' as const, url: '/v1/migrations', payload: { ...GOOD, to: 'fr-par-3' } },
    ]) {
      const began = performance.now()
      const response = await world.send(request)
      expect(performance.now() - began).toBeLessThan(1_000)
      expect([response.statusCode, response.json().code]).toEqual([503, 'unavailable'])
      expect(Number(response.headers['retry-after'])).toBeGreaterThan(0)
    }
    expect((await world.send({ url: '/livez' })).statusCode).toBe(200)
    await world.redis.restart()
    const back = new Promise((ready) => world.connection.once('ready', ready))
    if (world.connection.status !== 'ready') await back
    expect((await world.send({ url: `/v1/migrations/${id}` })).json().id).toBe(id)
    await world.close()
  })
})

describe('Redis that hangs', () => {
  test('is answered for within a second as well, even when the provider is silent too', async () => {
    const world = await openWorld()
    world.provider.isSilent = true
    process.kill(world.redis.pid, 'SIGSTOP')
    for (const request of [
      { url: '/v1/migrations' },
      { method: 'POST' as const, url: '/v1/migrations', payload: GOOD },
    ]) {
      // The quickest of three: what is measured is our own limit, not the load of the machine.
      const tookMs: number[] = []
      for (let tries = 0; tries < 3; tries++) {
        const began = performance.now()
        const response = await world.send(request)
        tookMs.push(performance.now() - began)
        expect([response.statusCode, response.json().code]).toEqual([503, 'unavailable'])
      }
      expect(Math.min(...tookMs)).toBeLessThan(1_000)
    }
    process.kill(world.redis.pid, 'SIGCONT')
    await world.close()
  })
})

describe('a service that stops', () => {
  test('is not ready, takes nothing new, and still lives', async () => {
    const world = await openWorld()
    world.stop()
    expect((await world.send({ url: '/readyz' })).json()).toMatchObject({ ready: false })
    expect((await world.send({ url: '/v1/migrations' })).json().code).toBe('too_busy')
    expect((await world.send({ url: '/livez' })).statusCode).toBe(200)
    await world.close()
  })
})

describe('readiness', () => {
  const gate = (state: GateState, skewMs: number | null): Gate => ({
    state: () => state,
    clockSkewMs: async () => skewMs,
  })
  const open = { kind: 'open', durability: 'aof' } as const
  test.each([
    ['a fit Redis', gate(open, 0), 200, []],
    ['no Redis yet', gate({ kind: 'waiting', text: 'Not yet.' }, null), 503, ['redis', 'clock']],
    ['a Redis of somebody else', gate({ kind: 'refused', text: 'Not ours.' }, 0), 503, ['redis']],
    ['a clock 6 s ahead', gate(open, 6_000), 503, ['clock']],
    ['a clock 6 s behind', gate(open, -6_000), 503, ['clock']],
  ] as const)('with %s', async (_, gate, status, failing) => {
    const world = await openWorld({ gate })
    const response = await world.send({ url: '/readyz' })
    const { checks, mode, installation } = response.json()
    expect(response.statusCode).toBe(status)
    expect(
      checks.filter((check: { ok: boolean }) => !check.ok).map((check: { name: string }) => check.name),
    ).toEqual(failing)
    expect([mode, installation]).toEqual(['sandbox', 'default'])
    await world.close()
  })
})
