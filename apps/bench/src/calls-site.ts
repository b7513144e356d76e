import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DurationsByApi, type Emulator, startEmulator } from '@snapferry/emulator'
import {
  type MigrationQueue,
  openJournal,
  openQueue,
  openRedis,
  type RedisJournal,
  startOwnRedis,
  untilReady,
} from '@snapferry/redis'
import { NETWORK_MS } from './calls-model.ts'
import { type Program, startProgram } from './calls-program.ts'

/** The bucket that images go through. */
export const BUCKET = 'bench-staging'
const REGION = 'fr-par'
const READY_MS = 10_000
/** Those that cannot be removed are tried again after it; no run lasts as long. */
const LEFTOVER_RETRY_MS = 24 * 3_600_000

/** What runs beside the provider. */
export interface SiteOptions {
  readonly workers: number
  /** More of the environment of API and workers: settings that are to be measured. */
  readonly settings: Readonly<Record<string, string>>
  readonly durations: DurationsByApi
}

/** The programs of one run, over an empty Redis and a new provider. */
export interface Site {
  readonly emulator: Emulator
  readonly apiUrl: string
  readonly journal: RedisJournal
  readonly queue: MigrationQueue
  readonly redis: ReturnType<typeof openRedis>
}

/** Where a provider can be reached, as the programs are told. */
export function environmentOf(emulator: Emulator): Readonly<Record<string, string>> {
  const s3 = Object.entries(emulator.s3Urls).map(([region, url]) => `${region}=${url}`)
  return {
    SNAPFERRY_MODE: 'sandbox',
    SNAPFERRY_EMULATOR_URL: emulator.apiUrl,
    SNAPFERRY_EMULATOR_S3: s3.join(','),
  }
}

/** Opens a folder for a run; it is removed when the work has ended, well or badly. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'snapferry-bench-'))
  const sweep = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  process.once('exit', sweep)
  try {
    return await work(folder)
  } finally {
    process.off('exit', sweep)
    sweep()
  }
}

/** Starts the provider in this process, on a clock that runs like a real one and may be moved forward besides. */
export async function withProvider<T>(
  durations: DurationsByApi,
  work: (emulator: Emulator, folder: string) => Promise<T>,
): Promise<T> {
  return await withFolder(async (folder) => {
    await using emulator = await startEmulator({
      dataDir: join(folder, 'provider'),
      drive: { mode: 'by-itself', speed: 1 },
      durations,
    })
    emulator.admin.seedBucket({ region: REGION, name: BUCKET })
    emulator.admin.armFault({ times: 'forever', fault: { kind: 'delay', ms: NETWORK_MS } })
    return await work(emulator, folder)
  })
}

/** Starts provider, Redis, API and workers, the last three as processes of their own, and ends them after the work. */
export async function withSite<T>(o: SiteOptions, work: (site: Site) => Promise<T>): Promise<T> {
  return await withProvider(o.durations, async (emulator, folder) => {
    const closers: (() => unknown)[] = []
    try {
      const own = await startOwnRedis({ dir: join(folder, 'redis'), aof: true, fsync: 'everysec' })
      closers.push(() => own.stop())
      // It waits for an answer as long as it takes: on a full machine a thousand jobs keep Redis busy.
      const redis = openRedis(own.url, 'worker')
      closers.push(() => redis.disconnect())
      await untilReady(redis, READY_MS)
      const queue = openQueue(own.url)
      closers.push(() => queue.close())
      const api = await startPrograms(o, own.url, emulator, closers)
      const journal = openJournal(redis, {
        install: 'default',
        sandbox: true,
        leftoverRetryMs: LEFTOVER_RETRY_MS,
      })
      return await work({ emulator, apiUrl: String(api.said['url']), journal, queue, redis })
    } finally {
      for (const close of closers.toReversed()) await close()
    }
  })
}

async function startPrograms(
  { workers, settings }: SiteOptions,
  redisUrl: string,
  emulator: Emulator,
  closers: (() => unknown)[],
): Promise<Program> {
  const env = {
    ...environmentOf(emulator),
    REDIS_URL: redisUrl,
    SNAPFERRY_BUCKETS: `${REGION}=${BUCKET}`,
    SNAPFERRY_METRICS_PORT: '0',
    SNAPFERRY_LOG_LEVEL: 'error',
    ...settings,
  }
  const start = async (name: 'api' | 'worker', more: Readonly<Record<string, string>>): Promise<Program> => {
    const program = await startProgram(name, { ...env, ...more })
    closers.push(() => program.stop())
    return program
  }
  const api = await start('api', { SNAPFERRY_API_PORT: '0' })
  for (let n = 0; n < workers; n++) await start('worker', {})
  return api
}
