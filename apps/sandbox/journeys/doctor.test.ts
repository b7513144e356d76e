import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Emulator, SANDBOX_CREDENTIAL, SANDBOX_CREDENTIALS, startEmulator } from '@snapferry/emulator'
import { openRedis, startOwnRedis, untilReady } from '@snapferry/redis'
import { afterEach, describe, expect, test } from 'vitest'
import { Town } from './town.ts'

const BIN = fileURLToPath(new URL('../../worker/src/doctor-bin.ts', import.meta.url))
const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

interface Finding {
  readonly check: string
  readonly mark: 'good' | 'bad' | 'note'
  readonly text: string
  readonly fix: string | null
}

/** Runs the doctor as an operator does. */
async function doctor(env: Readonly<Record<string, string>>, ...args: string[]) {
  const child = spawn(process.execPath, [BIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', ...env },
  })
  let out = ''
  let errors = ''
  child.stdout.on('data', (chunk) => {
    out += String(chunk)
  })
  child.stderr.on('data', (chunk) => {
    errors += String(chunk)
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, out, errors, findings: (): readonly Finding[] => JSON.parse(out).findings }
}

async function openPlace(o: { aof: boolean } = { aof: true }) {
  const folder = mkdtempSync(join(tmpdir(), 'snapferry-doctor-'))
  closers.push(async () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  const emulator = await startEmulator({
    dataDir: join(folder, 'provider'),
    drive: { mode: 'by-hand', startMs: Date.now() },
    regions: ['fr-par', 'nl-ams', 'pl-waw', 'it-mil'],
  })
  closers.push(() => emulator.stop())
  const redis = await startOwnRedis({ dir: join(folder, 'redis'), aof: o.aof, fsync: 'always' })
  closers.push(() => redis.stop())
  return { emulator, redis, env: envOf(emulator, redis.url) }
}

function envOf(emulator: Emulator, redisUrl: string): Record<string, string> {
  return {
    SNAPFERRY_MODE: 'armed',
    SNAPFERRY_BUCKETS: 'fr-par=staging',
    SCW_ACCESS_KEY: SANDBOX_CREDENTIAL.accessKey,
    SCW_SECRET_KEY: SANDBOX_CREDENTIAL.secretKey,
    SCW_DEFAULT_PROJECT_ID: SANDBOX_CREDENTIAL.projectId,
    SCW_API_URL: emulator.apiUrl,
    SCW_S3_ENDPOINT: emulator.s3Urls['fr-par'] ?? '',
    REDIS_URL: redisUrl,
  }
}

const rule = (prefix: string, days: number) =>
  `<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status><Filter><Prefix>${prefix}</Prefix></Filter>` +
  `<Expiration><Days>${days}</Days></Expiration>` +
  '<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>' +
  '</Rule></LifecycleConfiguration>'

function expectReadsOnly(emulator: Emulator): void {
  const calls = emulator.admin.requests()
  expect(calls.length).toBeGreaterThan(20)
  expect(calls.filter(({ method }) => method !== 'GET' && method !== 'HEAD')).toEqual([])
}

describe('the doctor', () => {
  test('finds nothing wrong where nothing is, asks by GET and HEAD alone, and writes nothing into Redis', async () => {
    const { emulator, redis, env } = await openPlace()
    emulator.admin.seedBucket({
      region: 'fr-par',
      name: 'staging',
      configurations: { lifecycle: rule('snapferry/default/work/', 7) },
    })
    const told = await doctor(env)

    expect(told.out + told.errors).toContain('Nothing is wrong.')
    expect(told.code).toBe(0)
    expect(told.out).toContain('✔ key …0000 is taken')
    expect(told.out).toContain(`✔ project ${SANDBOX_CREDENTIAL.projectId} can be looked into`)
    expect(told.out).toMatch(/✔ it-mil-1: instance answers \(0 snapshots\), block is not sold here/)
    expect(told.out).toContain('✔ bucket fr-par/staging (default): what is forgotten')
    expect(told.out).toContain('! quota headroom is not told')
    expect(told.out).not.toMatch(/✘ \w/)
    expect(told.out).not.toContain(SANDBOX_CREDENTIAL.secretKey)
    expectReadsOnly(emulator)
    const client = openRedis(redis.url, 'requests')
    closers.push(async () => client.disconnect())
    await untilReady(client, 10_000)
    expect(await client.dbsize()).toBe(0)
  })

  test('tells a revoked key, and that nothing could be seen with it', async () => {
    const { emulator, env } = await openPlace()
    emulator.admin.seedBucket({ region: 'fr-par', name: 'staging' })
    const stranger = {
      SCW_ACCESS_KEY: 'SCW1234567890ABCDEFG',
      SCW_SECRET_KEY: SANDBOX_CREDENTIALS.otherProjectId,
    }
    const told = await doctor({ ...env, ...stranger }, '--json')

    expect(told.code).toBe(1)
    const bad = badOf(told.findings())
    expect(bad['key']).toEqual([
      expect.stringMatching(/key …DEFG is not taken: .*401/),
      expect.stringMatching(/Object Storage does not take key …DEFG/),
    ])
    expect(bad['zones']?.length).toBeGreaterThan(0)
    expect(told.out + told.errors).not.toContain(stranger.SCW_SECRET_KEY)
    expect(told.out + told.errors).not.toContain(stranger.SCW_ACCESS_KEY)
  })

  test('tells every planted fault with its repair, and still writes nothing', async () => {
    const { emulator, redis, env } = await openPlace({ aof: false })
    const { admin } = emulator
    const client = openRedis(redis.url, 'requests')
    closers.push(async () => client.disconnect())
    await untilReady(client, 10_000)
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru')
    await client.set('{snapferry}:installation', '{"install":"milan","mode":"armed"}')
    await client.hset('{snapferry}:migrations:meta', 'paused', '1')
    admin.seedBucket({
      region: 'fr-par',
      name: 'staging',
      project: SANDBOX_CREDENTIALS.otherProjectId,
      versioning: 'Enabled',
      configurations: {
        lifecycle: rule('', 2),
        'object-lock':
          '<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>',
      },
    })
    admin.seedBucket({
      region: 'fr-par',
      name: 'archive',
      policy: JSON.stringify({
        Version: '2023-04-17',
        Statement: [{ Effect: 'Allow', Principal: { SCW: 'user_id:x' }, Action: '*', Resource: '*' }],
      }),
    })
    admin.armFault({
      match: { zone: 'fr-par-2', api: 'block' },
      times: 'forever',
      fault: { kind: 'json-503' },
    })
    admin.armFault({
      match: { operation: 'ListVolumes', api: 'instance' },
      times: 'forever',
      fault: { kind: 'permissions-403' },
    })
    admin.armFault({
      match: { zone: 'fr-par-3', api: 'block' },
      times: 'forever',
      fault: { kind: 'quota-403' },
    })
    const buckets = { SNAPFERRY_BUCKETS: 'fr-par=staging', SNAPFERRY_ARCHIVE_BUCKET: 'fr-par=archive' }
    const told = await doctor({ ...env, ...buckets }, '--json')

    expect(told.code).toBe(1)
    const bad = badOf(told.findings())
    expect(bad['zones']).toEqual([expect.stringContaining('fr-par-2'), expect.stringContaining('fr-par-3')])
    expect(bad['buckets']).toEqual([
      expect.stringContaining('it locks objects'),
      expect.stringMatching(/fr-par\/archive \(archive\): .*403/),
    ])
    expect(bad['lifecycles']).toEqual([expect.stringContaining('a rule expires every object after 2 days')])
    expect(bad['rights']).toEqual([
      expect.stringContaining('may not list volumes of instance'),
      expect.stringContaining('(archive): the key may not list keys'),
      expect.stringContaining('(archive): the key may not read objects'),
    ])
    expect(bad['quota']).toEqual([expect.stringContaining('a quota is used up')])
    expect(bad['redis']).toEqual([
      expect.stringContaining('milan'),
      expect.stringContaining('noeviction'),
      expect.stringContaining('appendonly yes'),
    ])
    expect(bad['queue']).toEqual([expect.stringContaining('paused')])
    const notes = told.findings().filter(({ mark }) => mark === 'note')
    expect(notes.map(({ text }) => text).join('\n')).toMatch(
      /belongs to project[\s\S]*keeps versions[\s\S]*it has a policy \(1 statements\)/,
    )
    for (const { fix } of told.findings().filter(({ mark }) => mark === 'bad')) expect(fix).toMatch(/\w/)
    expectReadsOnly(emulator)
  })

  test('tells a bucket and a project that are not there, a Redis that is away, and clocks', async () => {
    const { emulator, redis, env } = await openPlace()
    emulator.admin.seedBucket({ region: 'nl-ams', name: 'elsewhere' })
    await redis.stop()
    const told = await doctor(
      {
        ...env,
        SNAPFERRY_BUCKETS: 'fr-par=elsewhere',
        SCW_DEFAULT_PROJECT_ID: SANDBOX_CREDENTIALS.foreignProjectId,
      },
      '--json',
    )
    expect(told.code).toBe(1)
    const bad = badOf(told.findings())
    expect(bad['project']).toEqual([expect.stringContaining('may not look into project')])
    expect(bad['buckets']).toEqual([expect.stringContaining('there is no bucket of that name in fr-par')])
    expect(bad['redis']).toEqual([expect.stringContaining('Redis could not be asked')])
  })

  test('compares the journal with the provider', async () => {
    const town = await Town.open({ workers: 0 })
    closers.push(() => town.close())
    const disk = town.emulator.admin.seedSnapshot({
      api: 'block',
      zone: 'fr-par-1',
      data: { bytes: 1_000_000, extents: 2 },
    })
    const worker = await town.startWorker()
    const { id } = await town.create({ source: { snapshot: disk.id }, from: 'fr-par-1', to: 'fr-par-2' })
    await town.until(id, ({ phase }) => phase === 'import')
    await worker.close(5_000)
    town.workers.splice(0)
    const env = {
      SNAPFERRY_MODE: 'sandbox',
      SNAPFERRY_BUCKETS: 'fr-par=staging',
      SNAPFERRY_EMULATOR_URL: town.emulator.apiUrl,
      SNAPFERRY_EMULATOR_S3: Object.entries(town.emulator.s3Urls)
        .map(([region, url]) => `${region}=${url}`)
        .join(','),
      REDIS_URL: town.redis.url,
    }
    const journal = async () =>
      (await doctor(env, '--json')).findings().filter(({ check }) => check === 'journal')
    expect(await journal()).toMatchObject([
      { mark: 'good', text: expect.stringMatching(/all 1 .* of them are there/) },
    ])

    town.emulator.admin.armFault({
      match: { operation: 'HeadObject' },
      times: 'forever',
      fault: { kind: 'not-found' },
    })
    expect((await journal()).at(-1)).toMatchObject({
      mark: 'bad',
      text: expect.stringMatching(new RegExp(`gone at the provider.*image staging/.* of ${id}`)),
    })
    town.emulator.admin.clearFaults()

    await town.advance(600_000)
    const late = (await doctor(env, '--json')).findings().filter(({ check }) => check === 'queue')
    expect(late.at(-1)).toMatchObject({
      mark: 'bad',
      text: expect.stringContaining('1 migrations should have been'),
    })
  })

  test('says what it cannot look at, with exit code 2', async () => {
    const none = await doctor({})
    expect(none).toMatchObject({ code: 2, errors: expect.stringMatching(/SNAPFERRY_MODE[\s\S]*REDIS_URL/) })
    expect(await doctor({}, '--frobnicate')).toMatchObject({ code: 2 })
    expect(await doctor({}, '--help')).toMatchObject({ code: 0, out: expect.stringContaining('Exit codes') })
  })
})

/** The texts of everything that is wrong, by check. */
function badOf(findings: readonly Finding[]): Readonly<Record<string, readonly string[]>> {
  const bad: Record<string, string[]> = {}
  for (const { check, text } of findings.filter(({ mark }) => mark === 'bad')) {
    const texts = bad[check] ?? []
    texts.push(text)
    bad[check] = texts
  }
  return bad
}
