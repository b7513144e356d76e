import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { openProvider } from '../src/provider.ts'
import { accessTo, always, open } from './opened.ts'
import type { Reaction } from './scripted-server.ts'
import { AT, importOrder, instanceSnapshot, OWNER, REGION, snapshotItem, WIP } from './wire-things.ts'

const AT_OBJECT = { region: REGION, bucket: 'acme-staging', key: 'a.qcow2' }
const BREAKS: [string, Reaction, string][] = [
  ['a server that takes the request and never answers', 'hang', 'no-answer'],
  ['a connection cut before the answer', 'reset', 'no-answer'],
  ['a success cut in the middle of its body', { halfOf: 201 }, 'no-answer'],
  ['a success that is not JSON', { status: 201, body: '<html>' }, 'unreadable'],
  ['a success without the promised field', { status: 201, body: { snapshot: { id: 1 } } }, 'unreadable'],
  ['a success with an empty body', { status: 201 }, 'unreadable'],
  ['an empty 500', { status: 500 }, 'unavailable'],
  ['an HTML 502', { status: 502, body: '<html>Bad Gateway</html>' }, 'unavailable'],
  ['a redirect', { status: 307, headers: { location: '/elsewhere' } }, 'unavailable'],
]

/** Only an answer that never comes is waited for in vain; the others come, however busy the machine. */
const limitFor = (reaction: Reaction) => (reaction === 'hang' ? { readMs: 50, writeMs: 50 } : {})

describe('what is known after a call without a usable answer', () => {
  test.each(BREAKS)('%s leaves a write open', async (_, reaction, kind) => {
    const { provider, server } = await open(limitFor(reaction))
    server.react = () => reaction
    const answer = await provider.writesFor(always).instance.startImport(importOrder())
    expect(answer).toMatchObject({
      ok: false,
      failure: { kind, nothing: false, call: 'instance ImportSnapshot' },
    })
    expect(server.arrived).toHaveLength(1)
  })

  test.each(BREAKS)('%s to a read changed nothing', async (_, reaction, kind) => {
    const { provider, server } = await open(limitFor(reaction))
    server.react = () => reaction
    const answer = await provider.looks.instance.find(AT)
    expect(answer).toMatchObject({ ok: false, failure: { kind, nothing: true } })
    expect(server.arrived).toHaveLength(1)
  })

  test('a refusal whose body is cut is a refusal by its status', async () => {
    const { provider, server } = await open()
    server.react = () => ({ halfOf: 429 })
    const answer = await provider.writesFor(always).block.startImport(importOrder())
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'throttled', nothing: true, status: 429 } })
  })

  test('a refused connection changed nothing, even for a write', async () => {
    const url = await unusedAddress()
    const provider = await openProvider(accessTo(url), { stopping: new AbortController().signal })
    const write = await provider.writesFor(always).block.startExport({ ...AT, bucket: 'b', key: 'k.qcow2' })
    expect(write).toMatchObject({
      ok: false,
      failure: { kind: 'unavailable', nothing: true, status: null, words: 'ECONNREFUSED' },
    })
    expect(await provider.looks.images.head(AT_OBJECT)).toMatchObject({
      ok: false,
      failure: { kind: 'unavailable', words: 'ECONNREFUSED' },
    })
    await provider.close()
  })

  test('a host name that has lost its address is unavailable, and nothing changed', async () => {
    const answers = [[{ address: '127.0.0.1', family: 4 }]]
    const provider = await openProvider(accessTo('http://emulator.test'), {
      stopping: new AbortController().signal,
      resolve: async () =>
        answers.pop() ?? Promise.reject(Object.assign(new Error('gone'), { code: 'ENOTFOUND' })),
    })
    const answer = await provider.writesFor(always).instance.startImport(importOrder())
    expect(answer).toMatchObject({
      ok: false,
      failure: { kind: 'unavailable', nothing: true, words: 'ENOTFOUND' },
    })
    await provider.close()
  })

  test('an answer longer than any honest one is given up', async () => {
    const { provider, server } = await open()
    server.react = () => ({
      status: 200,
      body: { snapshot: instanceSnapshot({ name: 'x'.repeat(5_000_000) }) },
    })
    expect(await provider.looks.instance.find(AT)).toMatchObject({
      ok: false,
      failure: { kind: 'unreadable', words: 'too-long' },
    })
  })

  test('a redirect is not followed: its target would get our token', async () => {
    const { provider, server } = await open()
    server.react = ({ path }) =>
      path === '/stolen' ? { status: 200 } : { status: 302, headers: { location: '/stolen' } }
    await provider.looks.block.find(AT)
    expect(server.arrived.map(({ path }) => path)).not.toContain('/stolen')
  })

  test('secrets that the provider repeats are not kept', async () => {
    const { provider, server } = await open()
    server.react = ({ headers }) => ({
      status: 400,
      body: { message: `token ${headers['x-auth-token']} is odd` },
    })
    expect(await provider.looks.block.find(AT)).toMatchObject({
      failure: { words: 'token [removed] is odd' },
    })
  })
})

describe('stopping', () => {
  test('gives up a read that is under way', async () => {
    const { provider, server, stop } = await open()
    server.react = () => {
      stop.abort()
      return 'hang'
    }
    expect(await provider.looks.instance.find(AT)).toMatchObject({
      ok: false,
      failure: { kind: 'stopped', nothing: true },
    })
    expect(await provider.looks.images.head(AT_OBJECT)).toMatchObject({ failure: { kind: 'stopped' } })
    expect(server.arrived).toHaveLength(1)
  })

  test('never gives up a write that was sent', async () => {
    const { provider, server, stop } = await open()
    server.react = () => {
      stop.abort()
      return { status: 201, body: { snapshot: instanceSnapshot() } }
    }
    expect((await provider.writesFor(always).instance.startImport(importOrder())).ok).toBe(true)
  })

  test('lets no further write leave', async () => {
    const { provider, server, stop } = await open()
    stop.abort()
    const answer = await provider.writesFor(always).instance.startImport(importOrder())
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'stopped', nothing: true } })
    expect(server.arrived).toHaveLength(0)
  })
})

describe('the send guard', () => {
  test('a write without permission is not sent', async () => {
    const { provider, server, facts } = await open()
    const writes = provider.writesFor(() => false)
    const answers = [
      await writes.instance.startImport(importOrder()),
      await writes.block.startExport({ ...AT, bucket: 'b', key: 'k.qcow2' }),
    ]
    for (const answer of answers) {
      expect(answer).toMatchObject({ ok: false, failure: { kind: 'stopped', nothing: true, status: null } })
    }
    expect(server.arrived).toHaveLength(0)
    expect(facts.map(({ code }) => code)).toEqual(['stopped', 'stopped'])
  })

  test('is asked after the adapter’s own reads, directly before the delete', async () => {
    const { provider, server } = await open()
    server.react = ({ method }) =>
      method === 'GET'
        ? { status: 200, body: { snapshot: instanceSnapshot({ tags: [WIP] }) } }
        : { status: 204 }
    const readsBefore: number[] = []
    const writes = provider.writesFor(() => {
      readsBefore.push(server.arrived.length)
      return false
    })
    expect(await writes.instance.removeOurs(snapshotItem(), OWNER)).toMatchObject({
      failure: { kind: 'stopped' },
    })
    expect(readsBefore).toEqual([1])
    expect(server.arrived.map(({ method }) => method)).toEqual(['GET'])
  })

  test('is not asked for a write that still waits for a connection: its intent is growing old', async () => {
    const { provider, server } = await open({ writeMs: 50, connections: 8 })
    const { promise: allBusy, resolve } = Promise.withResolvers<void>()
    server.react = () => {
      if (server.arrived.length === 8) resolve()
      return 'hang'
    }
    const stuck = Array.from({ length: 8 }, () => provider.looks.instance.find(AT))
    await Promise.race([allBusy, ...stuck])
    let asked = 0
    const writes = provider.writesFor(() => {
      asked += 1
      return true
    })
    const answer = await writes.instance.startImport(importOrder())
    expect(answer).toMatchObject({
      ok: false,
      failure: { kind: 'unavailable', nothing: true, words: 'timeout' },
    })
    expect(asked).toBe(0)
    expect(server.arrived.map(({ method }) => method)).not.toContain('POST')
    await server.close()
    expect((await Promise.all(stuck)).every((answer) => !answer.ok)).toBe(true)
    expect(asked).toBe(0)
  })
})

describe('connections', () => {
  test('are kept: twenty calls one after another use at most two', async () => {
    const { provider, server } = await open()
    server.react = () => ({ status: 200, body: { snapshot: instanceSnapshot() } })
    for (let call = 0; call < 20; call++) await provider.looks.instance.find(AT)
    expect(server.connections()).toBeLessThanOrEqual(2)
  })

  test('are closed with the provider, twice as well as once', async () => {
    const { provider, server } = await open()
    server.react = () => ({ status: 404 })
    await provider.looks.instance.find(AT)
    await provider.close()
    await provider.close()
    expect(await provider.looks.instance.find(AT)).toMatchObject({
      ok: false,
      failure: { kind: 'unavailable' },
    })
  })
})

test('every request is told once, with the API, the operation, how it ended and how long it took', async () => {
  const { provider, server, facts } = await open({ readMs: 1_000 })
  server.react = ({ path }) => (path.includes('/volumes/') ? 'hang' : { status: 404 })
  await provider.looks.instance.find(AT)
  await provider.looks.block.findVolume(AT)
  await provider.looks.images.head(AT_OBJECT)
  expect(facts).toEqual([
    { api: 'instance', operation: 'GetSnapshot', code: '404', ms: expect.any(Number) },
    { api: 'block', operation: 'GetVolume', code: 'no-answer', ms: expect.any(Number) },
    { api: 's3', operation: 'HeadObject', code: '404', ms: expect.any(Number) },
  ])
  expect(facts.every(({ ms }) => ms >= 0 && ms < 5_000)).toBe(true)
})

/** An address where nobody listens: a port that was just free. */
async function unusedAddress(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}
