import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  durabilityOf,
  keyOf,
  type OwnRedis,
  openJournal,
  openRedis,
  startOwnRedis,
  untilReady,
} from '@snapferry/redis'
import { openTelemetry } from '@snapferry/telemetry'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type GateNeeds, openGate } from '../src/open-gate.ts'

let dir: string
let redis: OwnRedis
let connection: ReturnType<typeof openRedis>
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'snapferry-api-gate-'))
  redis = await startOwnRedis({ dir, aof: true })
  connection = openRedis(redis.url, 'requests')
  await untilReady(connection, 10_000)
})
// Each test finds a Redis that belongs to nobody and knows no key.
afterEach(() => connection.del(keyOf.installation, keyOf.apiKeys))
afterAll(async () => {
  connection.disconnect()
  await redis.stop()
  rmSync(dir, { recursive: true, force: true })
})

/** A gate whose timer the test rings. */
function opened(changed: Partial<GateNeeds> = {}) {
  const rings: (() => void)[] = []
  const gate = openGate({
    redis: connection,
    apiKeys: openJournal(connection, { install: 'default', sandbox: true, leftoverRetryMs: 1 }).apiKeys,
    telemetry: openTelemetry({ service: 'api', level: 'silent', build: { version: '', revision: '' } }),
    install: 'default',
    mode: 'sandbox',
    allowVolatile: false,
    apiKey: null,
    clock: Date.now,
    timer: (_, ring) => {
      rings.push(ring)
      return () => {}
    },
    ...changed,
  })
  return { gate, rings }
}

/** Waits until the gate is as wanted; a gate that never is fails by the test's own limit. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await connection.ping()
}

test('a fit Redis opens the gate', async () => {
  const { gate } = opened()
  expect(gate.state().kind).toBe('waiting')
  expect(await gate.firstLook).toBeNull()
  expect(gate.state()).toEqual({ kind: 'open', durability: durabilityOf(await connection.info()) })
  expect(Math.abs((await gate.clockSkewMs())!)).toBeLessThan(1_000)
  gate.stop()
})

test('a clock that runs ahead is seen', async () => {
  const { gate } = opened({ clock: () => Date.now() + 60_000 })
  expect(await gate.clockSkewMs()).toBeGreaterThan(59_000)
  gate.stop()
})

test('a Redis that may forget keys is refused until somebody has mended it', async () => {
  await connection.config('SET', 'maxmemory-policy', 'allkeys-lru')
  const { gate, rings } = opened()
  expect((await gate.firstLook)?.join()).toContain('maxmemory-policy noeviction')
  expect(gate.state().kind).toBe('refused')
  await connection.config('SET', 'maxmemory-policy', 'noeviction')
  rings[0]!()
  await until(() => gate.state().kind === 'open')
  gate.stop()
})

test('without any API key an armed gate stays shut and says what to set, until there is one', async () => {
  const { gate, rings } = opened({ mode: 'armed' })
  const said = 'set SNAPFERRY_API_KEY or SNAPFERRY_API_KEY_FILE'
  expect(await gate.firstLook).toEqual([expect.stringContaining(said)])
  expect(gate.state()).toMatchObject({ kind: 'refused', text: expect.stringContaining(said) })
  await connection.hset(keyOf.apiKeys, 'a-hash', JSON.stringify({ name: 'nightly', role: 'operator' }))
  rings[0]!()
  await until(() => gate.state().kind === 'open')
  gate.stop()
})

test.each(['sandbox', 'armed'] as const)('one API key is enough (%s)', async (mode) => {
  const { gate } = opened({ mode, apiKey: mode === 'armed' ? 'first-key-0123456789' : null })
  expect(await gate.firstLook).toBeNull()
  expect(await connection.hlen(keyOf.apiKeys)).toBe(mode === 'armed' ? 1 : 0)
  gate.stop()
})

test('a look that got no answer is repeated', async () => {
  const { gate, rings } = opened({ apiKey: 'first-key-0123456789', apiKeys: failingOnce() })
  await until(() => rings.length === 1)
  expect(gate.state().kind).toBe('waiting')
  rings[0]!()
  expect(await gate.firstLook).toBeNull()
  gate.stop()
})

function failingOnce(): GateNeeds['apiKeys'] {
  let calls = 0
  return {
    find: async () => null,
    put: async () => {
      calls += 1
      if (calls === 1) throw new Error('Command timed out')
    },
  }
}

test('the gate closes with the connection and opens with the next', async () => {
  const { gate } = opened()
  await gate.firstLook
  const closed = new Promise((resolve) => connection.once('close', resolve))
  await redis.kill()
  await closed
  expect(gate.state().kind).toBe('waiting')
  expect(await gate.clockSkewMs()).toBeNull()
  await redis.restart()
  await untilReady(connection, 10_000)
  await until(() => gate.state().kind === 'open')
  gate.stop()
})
