import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Emulator, SANDBOX_CREDENTIAL, startEmulator } from '@snapferry/emulator'
import { startOwnRedis } from '@snapferry/redis'
import { startWorkerApp } from '@snapferry/worker'
import { afterEach, describe, expect, test } from 'vitest'
import { Town } from './town.ts'
import { watchConnections } from './watched-connections.ts'
import { watchProcess } from './watched-process.ts'

const START = fileURLToPath(new URL('../src/start.ts', import.meta.url))
const DAY_MS = 24 * 3_600_000
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

function folderFor(what: string): string {
  const folder = mkdtempSync(join(tmpdir(), `snapferry-${what}-`))
  closers.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  return folder
}

/** Every call in the provider's own log that could have changed something. */
function writesAt(emulator: Emulator): readonly string[] {
  return emulator.admin
    .requests()
    .filter(({ method }) => method !== 'GET' && method !== 'HEAD')
    .map(({ method, path }) => `${method} ${path}`)
}

function tenDisks(emulator: Emulator) {
  return Array.from({ length: 10 }, (_, at) =>
    emulator.admin.seedSnapshot({
      api: at % 2 === 0 ? 'block' : 'instance',
      zone: 'fr-par-1',
      data: { bytes: 1_000_000, extents: 2 },
    }),
  )
}

describe('mode observe', () => {
  test('in a whole day ten migrations wait and say so, and the provider sees no POST, PATCH, PUT or DELETE', {
    timeout: 120_000,
  }, async () => {
    const town = await Town.open({ workers: 0 })
    closers.push(() => town.close())
    const access = { ...town.access, mode: 'observe' } as const
    const worker = await startWorkerApp(
      {
        ...{ mode: 'sandbox', install: town.install, redisUrl: town.redis.url, allowVolatile: false },
        ...{ access, concurrency: 20, metrics: { host: '127.0.0.1', port: 0 } },
        ...{ logLevel: 'silent', revision: 'test' },
      },
      {
        drainEveryMs: 5,
        // The journal's clock is that of a sandbox, so that a day can pass; policy and client are those of observe.
        ferry: (ferry) => ({ ...ferry, policy: { ...ferry.policy, observe: true } }),
      },
    )
    town.workers.push(worker)
    const made: string[] = []
    for (const { id } of tenDisks(town.emulator))
      made.push((await town.create({ source: { snapshot: id }, from: 'fr-par-1', to: 'fr-par-2' })).id)
    const until = (await town.nowMs()) + DAY_MS
    await town.settle(async () => (await town.nowMs()) >= until)

    expect(writesAt(town.emulator)).toEqual([])
    expect(town.emulator.admin.requests().length, 'it did look').toBeGreaterThan(3 * made.length)
    for (const id of made) {
      const seen = await town.get(id)
      expect(seen).toMatchObject({ done: false, why: { code: 'observing' } })
      expect(seen.state).not.toBe('needs_attention')
    }
  })

  test('also when nobody decides to wait, nothing leaves the client, and nothing is spent by it', {
    timeout: 120_000,
  }, async () => {
    const town = await Town.open({ workers: 0 })
    closers.push(() => town.close())
    const worker = await startWorkerApp(
      {
        ...{ mode: 'sandbox', install: town.install, redisUrl: town.redis.url, allowVolatile: false },
        ...{ access: { ...town.access, mode: 'observe' }, concurrency: 20 },
        ...{ metrics: { host: '127.0.0.1', port: 0 }, logLevel: 'silent', revision: 'test' },
      },
      { drainEveryMs: 5 },
    )
    town.workers.push(worker)
    const [disk] = tenDisks(town.emulator)
    const { id } = await town.create({ source: { snapshot: disk!.id }, from: 'fr-par-1', to: 'fr-par-2' })
    const until = (await town.nowMs()) + 3_600_000
    await town.settle(async () => (await town.nowMs()) >= until)

    expect(writesAt(town.emulator)).toEqual([])
    expect(await town.get(id)).toMatchObject({ done: false, attempt: 1 })
  })

  test('is said in every banner, in /readyz and in the header, and refuses a journal of a sandbox', {
    timeout: 60_000,
  }, async () => {
    const folder = folderFor('observe')
    const emulator = await startEmulator({
      dataDir: join(folder, 'provider'),
      drive: { mode: 'by-itself', speed: 1 },
    })
    closers.push(() => emulator.stop())
    emulator.admin.seedBucket({ region: 'fr-par', name: 'staging' })
    const redis = await startOwnRedis({ dir: join(folder, 'redis'), aof: true, fsync: 'always' })
    closers.push(() => redis.stop())
    const key = 'first-key-0123456789'
    const env = {
      SNAPFERRY_MODE: 'observe',
      SCW_ACCESS_KEY: SANDBOX_CREDENTIAL.accessKey,
      SCW_SECRET_KEY: SANDBOX_CREDENTIAL.secretKey,
      SCW_DEFAULT_PROJECT_ID: SANDBOX_CREDENTIAL.projectId,
      SCW_API_URL: emulator.apiUrl,
      SCW_S3_ENDPOINT: emulator.s3Urls['fr-par'] ?? '',
      REDIS_URL: redis.url,
      SNAPFERRY_METRICS_PORT: '0',
    }
    const apiEnv = { SNAPFERRY_API_PORT: '0', SNAPFERRY_API_KEY: key, SNAPFERRY_BUCKETS: 'fr-par=staging' }
    const api = watchProcess('api', { ...env, ...apiEnv })
    const worker = watchProcess('worker', env)
    closers.push(() => Promise.all([api.stop(), worker.stop()]))
    const [said] = await Promise.all([api.ready(), worker.ready()])
    const ask = (path: string, body?: unknown) =>
      fetch(`${said['url']}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    const ready = await ask('/readyz')
    expect(ready.headers.get('snapferry-mode')).toBe('observe')
    expect(await ready.json()).toMatchObject({ ready: true, mode: 'observe', installation: 'default' })
    expect(said).toMatchObject({ mode: 'observe', install: 'default' })
    expect(worker.said()).toMatch(
      /Snapferry observe: the real provider is read and nothing is written to it .*…0000/,
    )

    const [disk] = tenDisks(emulator)
    const created = await ask('/v1/migrations', {
      source: { snapshot: disk!.id },
      from: 'fr-par-1',
      to: 'fr-par-2',
    })
    expect(created.status).toBe(202)
    const { id } = (await created.json()) as { id: string }
    await expect
      .poll(async () => ((await (await ask(`/v1/migrations/${id}`)).json()) as { why?: object }).why, {
        timeout: 20_000,
      })
      .toMatchObject({ code: 'observing', text: expect.stringContaining('writes nothing') })
    const missing = await ask('/v1/migrations', {
      source: { snapshot: randomUUID() },
      from: 'fr-par-1',
      to: 'fr-par-2',
    })
    expect(missing.status, 'the checks are in earnest').toBe(422)
    expect(writesAt(emulator)).toEqual([])

    // The same journal may be armed; the emulator's own mode may not have it.
    const sandbox = watchProcess('worker', {
      ...{ SNAPFERRY_MODE: 'sandbox', SNAPFERRY_EMULATOR_URL: emulator.apiUrl, REDIS_URL: redis.url },
      ...{ SNAPFERRY_EMULATOR_S3: `fr-par=${emulator.s3Urls['fr-par']}`, SNAPFERRY_METRICS_PORT: '0' },
    })
    expect(await sandbox.ended()).toBe(1)
    expect(sandbox.said()).toContain('this Redis belongs to the installation')
    const other = watchProcess('worker', { ...env, SNAPFERRY_INSTALL: 'milan' })
    expect(await other.ended()).toBe(1)
    const armed = watchProcess('worker', { ...env, SNAPFERRY_MODE: 'armed' })
    closers.push(() => armed.stop())
    expect(await armed.ready()).toMatchObject({ ready: true, mode: 'armed' })
  })
})

describe('mode sandbox', () => {
  const key = 'SCW99999999999999999'
  const secret = '99999999-9999-4999-8999-999999999999'

  test('with SCW_* and a config file planted, npm start sends nothing beyond loopback', {
    timeout: 120_000,
  }, async () => {
    const home = folderFor('planted')
    mkdirSync(join(home, '.config', 'scw'), { recursive: true })
    const config = join(home, '.config', 'scw', 'config.yaml')
    writeFileSync(config, `access_key: ${key}\nsecret_key: ${secret}\napi_url: https://api.scaleway.com\n`)
    const watch = watchConnections()
    closers.push(watch.close)
    const child = spawn(process.execPath, [START, '--once', '--speed', '20', '--data', join(home, 'data')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...{ PATH: process.env['PATH'] ?? '', HOME: home, XDG_CONFIG_HOME: join(home, '.config') },
        ...{ SCW_ACCESS_KEY: key, SCW_SECRET_KEY: secret, SCW_CONFIG_PATH: config, SCW_PROFILE: 'default' },
        ...{ SCW_API_URL: 'https://api.scaleway.com', SCW_S3_ENDPOINT: 'https://s3.{region}.scw.cloud' },
        ...{ SCW_DEFAULT_PROJECT_ID: secret, AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret },
        ...watch.env,
      },
    })
    let text = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        text += String(chunk)
      })
    const code = await new Promise((resolve) => child.once('close', resolve))

    expect(text).toContain('Proven: every copy is there once')
    expect(code, text).toBe(0)
    const started = watch.wanted().filter(({ what }) => what === 'started')
    for (const app of ['emulator', 'api', 'worker'])
      expect(
        started.some(({ where }) => where.includes(`/${app}/src/bin.ts`)),
        `${app} was watched`,
      ).toBe(true)
    expect(watch.wanted().filter(({ what }) => what === 'connect').length).toBeGreaterThan(20)
    expect(watch.beyondLoopback()).toEqual([])
    expect(text).not.toMatch(/SCW9999|99999999-9999/)
  })

  test.each([
    ['fetch', `await fetch('https://192.0.2.1/').catch(() => {})`],
    ['a name', `await fetch('https://api.scaleway.com/').catch(() => {})`],
    [
      'a child of a child',
      `
      import { spawn } from 'node:child_process'
      import { once } from 'node:events'
      const code = "fetch('http://192.0.2.7/').catch(() => {})"
      await once(spawn(process.execPath, ['-e', code], { env: {} }), 'exit')`,
    ],
  ])('the watch would have seen a leak, and holds it back: %s', async (_, code) => {
    const watch = watchConnections()
    closers.push(watch.close)
    const file = join(folderFor('leak'), 'leak.mjs')
    writeFileSync(file, code)
    const child = spawn(process.execPath, [file], { env: { PATH: process.env['PATH'] ?? '', ...watch.env } })
    await new Promise((resolve) => child.once('close', resolve))
    expect(
      watch
        .beyondLoopback()
        .map(({ where }) => where)
        .join(),
    ).toMatch(/192\.0\.2\.[17]|api\.scaleway\.com/)
  })

  test('whatever it is told of the provider’s address is refused in the client', async () => {
    const worker = watchProcess('worker', {
      ...{
        SNAPFERRY_MODE: 'sandbox',
        SNAPFERRY_EMULATOR_URL: 'https://51.159.0.1',
        REDIS_URL: 'redis://127.0.0.1:1',
      },
      ...{ SNAPFERRY_EMULATOR_S3: 'fr-par=https://51.159.0.2' },
    })
    expect(await worker.ended()).toBe(1)
    expect(worker.said()).toContain('only to loopback and private addresses')
  })
})
