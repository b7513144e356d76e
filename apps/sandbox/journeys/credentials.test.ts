import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Credential, type Emulator, SANDBOX_CREDENTIAL, startEmulator } from '@snapferry/emulator'
import { startOwnRedis } from '@snapferry/redis'
import { afterEach, describe, expect, test } from 'vitest'
import { type WatchedProcess, watchProcess } from './watched-process.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** Keys of one project; the last four characters tell them apart. */
const keyOf = (n: number): Credential => ({
  ...SANDBOX_CREDENTIAL,
  accessKey: `SCWROTATED000000${String(n).padStart(4, '0')}`,
  secretKey: `${String(n).repeat(8)}-1234-4234-8234-123456789abc`,
})
const [OLD, NEW, NEWEST] = [keyOf(1), keyOf(2), keyOf(3)] as const

const QUICK = { baseMs: 20, perGigabyteMs: 0 }
const WORK = {
  ...{ snapshot: QUICK, export: QUICK, import: QUICK, volume: QUICK },
  answerExportMs: 0,
  answerImportMs: 0,
}
const API_KEY = 'first-key-0123456789'

interface Place {
  readonly emulator: Emulator
  readonly api: WatchedProcess
  readonly worker: WatchedProcess
  readonly pids: readonly number[]
  /** Writes the two halves: each file is replaced by a whole one. */
  write(key: { accessKey: string; secretKey: string }): void
  /** Asks for a migration of a fresh disk and waits for its end; answers its state. */
  carry(): Promise<string>
  /** The keys that were shown since the log was forgotten. */
  shown(): readonly (string | null)[]
}

async function open(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'snapferry-rotation-'))
  closers.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  const emulator = await startEmulator({
    dataDir: join(folder, 'provider'),
    drive: { mode: 'by-itself', speed: 1 },
    credentials: [OLD, NEW, NEWEST],
    durations: { instance: WORK, block: WORK },
  })
  closers.push(() => emulator.stop())
  emulator.admin.seedBucket({ region: 'fr-par', name: 'staging' })
  const redis = await startOwnRedis({ dir: join(folder, 'redis'), aof: true, fsync: 'always' })
  closers.push(() => redis.stop())
  const files = { accessKey: join(folder, 'access'), secretKey: join(folder, 'secret') }
  const write: Place['write'] = (key) => {
    for (const half of ['accessKey', 'secretKey'] as const) {
      writeFileSync(`${files[half]}.new`, `${key[half]}\n`)
      renameSync(`${files[half]}.new`, files[half])
    }
  }
  write(OLD)
  const env = {
    ...{
      SNAPFERRY_MODE: 'armed',
      SCW_ACCESS_KEY_FILE: files.accessKey,
      SCW_SECRET_KEY_FILE: files.secretKey,
    },
    ...{ SCW_DEFAULT_PROJECT_ID: OLD.projectId, SCW_API_URL: emulator.apiUrl, REDIS_URL: redis.url },
    ...{ SCW_S3_ENDPOINT: emulator.s3Urls['fr-par'] ?? '', SNAPFERRY_METRICS_PORT: '0' },
  }
  const apiEnv = { SNAPFERRY_API_PORT: '0', SNAPFERRY_API_KEY: API_KEY, SNAPFERRY_BUCKETS: 'fr-par=staging' }
  const [api, worker] = [watchProcess('api', { ...env, ...apiEnv }), watchProcess('worker', env)]
  closers.push(() => Promise.all([api.stop(), worker.stop()]))
  const [said] = await Promise.all([api.ready(), worker.ready()])
  return {
    ...{ emulator, api, worker, write, pids: [api.pid, worker.pid] },
    carry: () => carry(emulator, String(said['url'])),
    shown: () => [...new Set(emulator.admin.requests().map(({ accessKey }) => accessKey))],
  }
}

async function carry(emulator: Emulator, url: string): Promise<string> {
  const disk = emulator.admin.seedSnapshot({
    api: 'block',
    zone: 'fr-par-1',
    data: { bytes: 1_000_000, extents: 2 },
  })
  const headers = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ source: { snapshot: disk.id }, from: 'fr-par-1', to: 'fr-par-2' })
  const created = await fetch(`${url}/v1/migrations`, { method: 'POST', headers, body })
  expect(created.status).toBe(202)
  const { id } = (await created.json()) as { id: string }
  let last = { done: false, state: '' }
  await expect
    .poll(
      async () => {
        last = (await (await fetch(`${url}/v1/migrations/${id}`, { headers })).json()) as typeof last
        return last.done || last.state === 'needs_attention'
      },
      { timeout: 30_000 },
    )
    .toBe(true)
  return last.state
}

const times = (text: string, of: string) => text.split(of).length - 1
const CHANGED = '"msg":"credentials changed"'
const KEPT = '"msg":"credentials not changed"'

describe('a key that is exchanged while API and worker run', () => {
  test('is shown from the next call on, and no migration fails for it', { timeout: 120_000 }, async () => {
    const { emulator, api, worker, write, carry, shown } = await open()
    expect(await carry()).toBe('succeeded')
    expect(shown()).toEqual([OLD.accessKey])

    write(NEW)
    for (const program of [api, worker])
      await expect.poll(() => times(program.said(), CHANGED), { timeout: 20_000 }).toBe(1)
    emulator.admin.forgetRequests()
    expect(await carry()).toBe('succeeded')

    expect(shown()).toEqual([NEW.accessKey])
    expect(worker.said()).toContain('"accessKey":"…0002"')
    const words = api.said() + worker.said()
    for (const { accessKey, secretKey } of [OLD, NEW]) {
      expect(words).not.toContain(accessKey)
      expect(words).not.toContain(secretKey)
    }
  })

  test('half-written keeps the old one, which is said once, and SIGHUP takes the whole one at once', {
    timeout: 120_000,
  }, async () => {
    const { emulator, api, worker, pids, write, carry, shown } = await open()
    write({ accessKey: NEWEST.accessKey, secretKey: NEWEST.secretKey.slice(0, 20) })
    for (const program of [api, worker])
      await expect.poll(() => times(program.said(), KEPT), { timeout: 20_000 }).toBe(1)
    expect(await carry()).toBe('succeeded')
    expect(shown()).toEqual([OLD.accessKey])
    expect(worker.said()).toContain('SCW_SECRET_KEY is not a UUID')

    write(NEWEST)
    for (const pid of pids) process.kill(pid, 'SIGHUP')
    // Looks alone need two that are 2 s apart.
    for (const program of [api, worker])
      await expect.poll(() => times(program.said(), CHANGED), { timeout: 1_900, interval: 20 }).toBe(1)
    emulator.admin.forgetRequests()
    expect(await carry()).toBe('succeeded')
    expect(shown()).toEqual([NEWEST.accessKey])
    for (const program of [api, worker]) expect(times(program.said(), KEPT), 'it was said once').toBe(1)
    expect(worker.said()).not.toContain(NEWEST.secretKey.slice(0, 20))
  })
})
