import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { durabilityOf, type OwnRedis, openRedis, startOwnRedis } from '@snapferry/redis'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { GOOD } from './harness.ts'

let dir: string
let redis: OwnRedis
const children: ChildProcess[] = []
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'snapferry-api-process-'))
  redis = await startOwnRedis({ dir, aof: true })
})
afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL')
  await redis.stop()
  rmSync(dir, { recursive: true, force: true })
})

interface Started {
  readonly child: ChildProcess
  readonly stderr: () => string
  readonly exit: Promise<number | null>
  /** The next line of JSON that fits; what stood before it is over. */
  until(fits: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>
}

function start(changed: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, [new URL('../src/bin.ts', import.meta.url).pathname], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      SNAPFERRY_MODE: 'sandbox',
      // Nobody listens there: what the provider would say stays unknown and requests are accepted unchecked.
      SNAPFERRY_EMULATOR_URL: 'http://127.0.0.1:9',
      SNAPFERRY_EMULATOR_S3: 'fr-par=http://127.0.0.1:9',
      SNAPFERRY_BUCKETS: 'fr-par=acme-staging',
      SNAPFERRY_API_PORT: '0',
      SNAPFERRY_METRICS_PORT: '0',
      REDIS_URL: redis.url,
      ...changed,
    },
  })
  children.push(child)
  let errors = ''
  child.stderr!.on('data', (chunk) => (errors += chunk))
  const lines: Record<string, unknown>[] = []
  let wake = () => {}
  createInterface({ input: child.stdout! }).on('line', (line) => {
    lines.push(JSON.parse(line))
    wake()
  })
  const exit = new Promise<number | null>((ended) => child.once('close', (code) => ended(code)))
  void exit.then(() => wake())
  return {
    child,
    stderr: () => errors,
    exit,
    until: async (fits) => {
      for (;;) {
        const at = lines.findIndex(fits)
        if (at !== -1) return lines.splice(0, at + 1).at(-1)!
        if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}: ${errors}`)
        await new Promise<void>((woken) => {
          wake = woken
        })
      }
    },
  }
}

/** Depends on the version of the Redis that this machine has. */
async function whatRedisPromises(): Promise<string> {
  const connection = openRedis(redis.url, 'worker')
  const info = await connection.info()
  connection.disconnect()
  return durabilityOf(info)
}

const isReady = (line: Record<string, unknown>) => line['ready'] === true

describe('the process', () => {
  test('says where it serves, serves, and ends in order on SIGTERM', async () => {
    const api = start({ SNAPFERRY_API_KEY: '0123456789abcdef' })
    const { url, metricsUrl } = await api.until(isReady)
    const ready = await (await fetch(`${url}/readyz`)).json()
    const durability = await whatRedisPromises()
    expect(ready).toMatchObject({ ready: true, mode: 'sandbox', durability, installation: 'default' })
    const created = await fetch(`${url}/v1/migrations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer 0123456789abcdef' },
      body: JSON.stringify(GOOD),
    })
    expect(created.status).toBe(202)
    const metrics = await (await fetch(String(metricsUrl))).text()
    expect(metrics).toContain('snapferry_migrations{state="queued"} 1')
    expect(metrics).toContain('snapferry_migrations_created_total 1')
    expect((await fetch(`${url}/metrics`)).status).toBe(404)
    api.child.kill('SIGTERM')
    expect(await api.exit).toBe(0)
  })

  /** Everything a server says on one connection, and what is said to it. */
  function talkTo(url: unknown) {
    const { hostname, port } = new URL(String(url))
    const socket = connect(Number(port), hostname)
    let heard = ''
    let wake = () => {}
    const hears = (part: string | RegExp) =>
      new Promise<void>((resolve, reject) => {
        wake = () => {
          if (typeof part === 'string' ? heard.includes(part) : part.test(heard)) resolve()
        }
        socket.once('close', () => reject(new Error(`the line was cut after: ${heard}`)))
        wake()
      })
    socket.on('data', (data) => {
      heard += String(data)
      wake()
    })
    return { say: (text: string) => void socket.write(text), hears }
  }
  /** A request whose answer proves that what was said right after it has arrived too. */
  const HELLO = 'GET /livez HTTP/1.1\r\nhost: a\r\n\r\n'
  const isRefused = (url: unknown) =>
    new Promise<boolean>((resolve) => {
      const { hostname, port } = new URL(String(url))
      const socket = connect(Number(port), hostname)
      socket.once('error', () => resolve(true))
      socket.once('connect', () => {
        socket.destroy()
        resolve(false)
      })
    })

  test('on SIGTERM it accepts nothing more and answers what is under way: a held look and a half-sent request', async () => {
    const api = start()
    const { url } = await api.until(isReady)
    const created = await fetch(`${url}/v1/migrations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(GOOD),
    })
    const { id } = (await created.json()) as { id: string }
    const held = talkTo(url)
    held.say(`${HELLO}GET /v1/migrations/${id}?wait=60s HTTP/1.1\r\nhost: a\r\n\r\n`)
    const halfSent = talkTo(url)
    const body = JSON.stringify({ ...GOOD, source: { snapshot: '77777777-7777-4777-8777-777777777777' } })
    const head = `content-type: application/json\r\ncontent-length: ${body.length}`
    halfSent.say(`${HELLO}POST /v1/migrations HTTP/1.1\r\nhost: a\r\n${head}\r\n\r\n${body.slice(0, 9)}`)
    await Promise.all([held.hears('HTTP/1.1 200'), halfSent.hears('HTTP/1.1 200')])

    api.child.kill('SIGTERM')
    await held.hears(`"id":"${id}"`)
    while (!(await isRefused(url))) expect(api.child.exitCode).toBeNull()
    expect(api.child.exitCode, 'it waits for the request that is still being sent').toBeNull()
    halfSent.say(body.slice(9))
    await halfSent.hears('HTTP/1.1 202')
    expect(await api.exit).toBe(0)
    expect(api.stderr()).toBe('')
  })

  test('a second signal ends it at once, and it says so in one line', async () => {
    const api = start()
    const { url } = await api.until(isReady)
    const halfSent = talkTo(url)
    halfSent.say(
      `${HELLO}POST /v1/migrations HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{`,
    )
    await halfSent.hears('HTTP/1.1 200')
    api.child.kill('SIGTERM')
    await api.until((line) => line['msg'] === 'stopping')
    expect(api.child.exitCode).toBeNull()
    api.child.kill('SIGINT')
    expect(await api.exit).toBe(72)
    expect(api.stderr()).toMatch(/^SIGINT again: [^\n]+\n$/)
  })

  test('lives through a loss of Redis and is ready again by itself', async () => {
    const api = start()
    const { url } = await api.until(isReady)
    await redis.kill()
    await api.until((line) => line['msg'] === 'redis away')
    const began = performance.now()
    const away = await fetch(`${url}/v1/migrations`)
    expect([away.status, performance.now() - began < 1_000]).toEqual([503, true])
    expect((await fetch(`${url}/readyz`)).status).toBe(503)
    expect((await fetch(`${url}/livez`)).status).toBe(200)
    await redis.restart()
    await api.until((line) => line['msg'] === 'redis back')
    const back = await fetch(`${url}/v1/migrations`)
    expect([back.status, await back.json()]).toEqual([200, { items: [], nextPageToken: '' }])
  })

  test('waits for a Redis that comes later', async () => {
    await redis.stop()
    const api = start({ SNAPFERRY_LOG_LEVEL: 'debug' })
    await api.until((line) => line['msg'] === 'redis away')
    await redis.restart()
    expect(await api.until(isReady)).toMatchObject({ ready: true })
  })

  test('refuses the Redis of another installation', async () => {
    const mine = start()
    await mine.until(isReady)
    const other = start({ SNAPFERRY_INSTALL: 'other' })
    expect(await other.exit).toBe(1)
    expect(other.stderr()).toContain('this Redis belongs to the installation')
  })

  const ARMED = {
    SNAPFERRY_MODE: 'armed',
    SCW_ACCESS_KEY: 'SCWXXXXXXXXXXXXXXXXX',
    SCW_SECRET_KEY: '55555555-5555-4555-8555-555555555555',
    SCW_DEFAULT_PROJECT_ID: '66666666-6666-4666-8666-666666666666',
    SCW_API_URL: 'http://127.0.0.1:9',
    SCW_S3_ENDPOINT: 'http://127.0.0.1:9',
  }

  test('armed without any API key it does not start, and says what to set', async () => {
    const api = start(ARMED)
    expect(await api.exit).toBe(1)
    expect(api.stderr()).toContain('set SNAPFERRY_API_KEY or SNAPFERRY_API_KEY_FILE')
  })

  test('armed without any API key it does not start either when Redis comes later', async () => {
    await redis.stop()
    const api = start({ ...ARMED, SNAPFERRY_LOG_LEVEL: 'debug' })
    await api.until((line) => line['msg'] === 'redis away')
    await redis.restart()
    expect(await api.exit).toBe(1)
    expect(api.stderr()).toContain('set SNAPFERRY_API_KEY or SNAPFERRY_API_KEY_FILE')
  })

  test('armed with the key of an earlier start it starts without one', async () => {
    const first = start({ ...ARMED, SNAPFERRY_API_KEY: '0123456789abcdef' })
    await first.until(isReady)
    const { url } = await start(ARMED).until(isReady)
    const authorization = 'Bearer 0123456789abcdef'
    expect((await fetch(`${url}/v1/migrations`)).status).toBe(401)
    expect((await fetch(`${url}/v1/migrations`, { headers: { authorization } })).status).toBe(200)
  })

  test('refuses a Redis that forgets, unless the sandbox says so', async () => {
    await redis.stop()
    redis = await startOwnRedis({ dir, aof: false })
    const api = start()
    expect(await api.exit).toBe(1)
    expect(api.stderr()).toContain('appendonly yes')
    const careless = start({ SNAPFERRY_REDIS_VOLATILE: '1' })
    const { url } = await careless.until(isReady)
    expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ ready: true, durability: 'volatile' })
  })

  test('says every mistake of its environment at once', async () => {
    const api = start({ REDIS_URL: '', SNAPFERRY_API_PORT: 'x', SNAPFERRY_MODE: '' })
    expect(await api.exit).toBe(1)
    for (const name of ['REDIS_URL', 'SNAPFERRY_API_PORT', 'SNAPFERRY_MODE', '.env.example'])
      expect(api.stderr()).toContain(name)
  })

  test('says when its port is taken', async () => {
    const first = start()
    const { url } = await first.until(isReady)
    const second = start({ SNAPFERRY_API_PORT: new URL(String(url)).port })
    expect(await second.exit).toBe(1)
    expect(second.stderr()).toContain('EADDRINUSE')
  })
})
