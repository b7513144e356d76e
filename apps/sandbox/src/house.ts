import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { POLICY } from '@snapferry/migration'
import { openJournal, openRedis, startOwnRedis, untilReady } from '@snapferry/redis'
import { type Child, startChild } from './child.ts'
import { driveClock } from './clock-driver.ts'
import { commandsUntil } from './command-runner.ts'
import { type Guardian, openGuardian } from './guardian.ts'
import { freePort } from './ports.ts'
import { findRedis } from './redis-finder.ts'

/** How the house is to be built. */
export interface HouseOptions {
  /** Under it a folder for this run is made, and removed when the house closes. */
  readonly dataDir: string
  readonly speed: number
  readonly say: (line: string) => void
}

/** The whole of Snapferry on this machine, with an emulated provider. */
export interface House {
  readonly apiUrl: string
  readonly redisUrl: string
  readonly apiMetricsUrl: string
  readonly workerMetricsUrl: string
  readonly provider: {
    readonly apiUrl: string
    readonly adminUrl: string
    readonly s3Urls: Readonly<Record<string, string>>
  }
  readonly worker: Child
}

const BUCKETS = 'fr-par=sandbox-staging'
type ProgramName = 'emulator' | 'api' | 'worker'
const PORTS = { api: 8080, apiMetrics: 9464, workerMetrics: 9465, provider: 8090, s3: 8091 }

/** A house that is being built. */
export interface OpeningHouse {
  /** Resolves when everything serves; rejects, with the rest closed, when something fails or it is closed before. */
  readonly ready: Promise<House>
  /** Ends whatever was started, ready or not, and removes the folder of this run. */
  close(): Promise<void>
}

/** Starts Redis, the emulated provider, API and worker, each a process of its own; whatever fails closes the rest. */
export function openHouse(o: HouseOptions): OpeningHouse {
  mkdirSync(o.dataDir, { recursive: true })
  const folder = mkdtempSync(join(o.dataDir, 'run-'))
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  process.once('exit', removeFolder)
  const guardian = openGuardian(folder)
  const site: Site = { ...o, folder, guardian, stopping: new AbortController(), children: [], closers: [] }
  const building = build(site)
  let closing: Promise<void> | null = null
  const close = async (): Promise<void> => {
    site.stopping.abort(new Error('the house was closed before it was ready'))
    for (const child of site.children) child.expectEnd()
    await runAll(site.closers)
    // What was being started fails by that; what it had begun meanwhile is closed too.
    await building.catch(() => undefined)
    await runAll(site.closers)
    await guardian.done()
    removeFolder()
    process.off('exit', removeFolder)
  }
  const closeOnce = (): Promise<void> => {
    closing ??= close()
    return closing
  }
  const ready = building.catch(async (error: unknown) => {
    // Not awaited inside close(), which awaits the building itself.
    await closeOnce()
    throw error
  })
  ready.catch(() => undefined)
  return { ready, close: closeOnce }
}

/** Where a house is built: what was started so far, and how it ends. */
interface Site extends HouseOptions {
  readonly folder: string
  readonly guardian: Guardian
  readonly stopping: AbortController
  readonly children: Child[]
  /** Each stands here before what it closes is waited for. */
  readonly closers: (() => Promise<unknown>)[]
}

/** The last one first: nobody loses what it stands on. */
async function runAll(closers: (() => Promise<unknown>)[]): Promise<void> {
  for (let step = closers.pop(); step !== undefined; step = closers.pop()) {
    await step().catch(() => undefined)
  }
}

async function build(site: Site): Promise<House> {
  const { url: redisUrl, isOwn } = await openRedisFor(site)
  const emulator = start(site, 'emulator', {
    SNAPFERRY_EMULATOR_DATA: join(site.folder, 'provider'),
    SNAPFERRY_EMULATOR_SPEED: String(site.speed),
    SNAPFERRY_EMULATOR_PORT: await portFor(site, 'the provider', PORTS.provider),
    SNAPFERRY_EMULATOR_S3_PORTS: `fr-par=${await portFor(site, 'Object Storage', PORTS.s3)}`,
  })
  const provider = placesOf(await emulator.ready)
  const shared = {
    SNAPFERRY_MODE: 'sandbox',
    REDIS_URL: redisUrl,
    // Somebody's own Redis may keep nothing: good enough for a sandbox, and said nowhere else.
    ...(isOwn ? {} : { SNAPFERRY_REDIS_VOLATILE: '1' }),
    SNAPFERRY_BUCKETS: BUCKETS,
    SNAPFERRY_EMULATOR_URL: provider.apiUrl,
    SNAPFERRY_EMULATOR_S3: Object.entries(provider.s3Urls)
      .map(([region, url]) => `${region}=${url}`)
      .join(','),
  }
  const api = start(site, 'api', {
    ...shared,
    SNAPFERRY_API_PORT: await portFor(site, 'the API', PORTS.api),
    SNAPFERRY_METRICS_PORT: await portFor(site, "the API's metrics", PORTS.apiMetrics),
  })
  const apiSaid = await api.ready
  const worker = start(site, 'worker', {
    ...shared,
    SNAPFERRY_METRICS_PORT: await portFor(site, "the worker's metrics", PORTS.workerMetrics),
  })
  const workerSaid = await worker.ready
  if (site.speed > 1) await hurry(site, redisUrl)
  return {
    apiUrl: String(apiSaid['url']),
    redisUrl,
    apiMetricsUrl: String(apiSaid['metricsUrl']),
    workerMetricsUrl: String(workerSaid['metricsUrl']),
    provider,
    worker,
  }
}

async function portFor({ say }: Site, what: string, wanted: number): Promise<string> {
  const port = await freePort(wanted)
  if (port !== wanted) say(`Port ${wanted} is taken: ${what} takes ${port}.`)
  return String(port)
}

function start(site: Site, name: ProgramName, env: Record<string, string>): Child {
  site.stopping.signal.throwIfAborted()
  const child = startChild({
    name,
    program: programOf(`@snapferry/${name}`, 'bin.ts'),
    env,
    guardian: site.guardian,
    logFile: join(site.folder, `${name}.log`),
    onRestart: (who, how) => site.say(`${who} died (${how}); it is being started again`),
  })
  site.children.push(child)
  site.closers.push(() => child.stop())
  return child
}

async function openRedisFor({
  dataDir,
  folder,
  say,
  stopping,
  closers,
  guardian,
}: Site): Promise<{ url: string; isOwn: boolean }> {
  const run = commandsUntil(stopping.signal)
  const found = await findRedis(dataDir, process.env, { say, run })
  if (found.kind === 'url') return { url: found.url, isOwn: false }
  const binary =
    found.env === undefined ? found.path : ['env', `LD_LIBRARY_PATH=${found.env.LD_LIBRARY_PATH}`, found.path]
  stopping.signal.throwIfAborted()
  const starting = startOwnRedis({ dir: join(folder, 'redis'), aof: true, binary })
  // One that is still starting is let start: it takes a moment, and then it can be stopped.
  closers.push(async () => (await starting).stop())
  const { url, pid } = await starting
  guardian.born(pid)
  return { url, isOwn: true }
}

/** The programs stand beside the packages' front doors. */
function programOf(name: string, file: string): string {
  const door = createRequire(import.meta.url).resolve(name)
  return join(door, '..', file)
}

function placesOf(said: Readonly<Record<string, unknown>>): House['provider'] {
  const s3: unknown = said['s3Urls']
  const s3Urls =
    typeof s3 === 'object' && s3 !== null
      ? Object.fromEntries(Object.entries(s3).map(([region, url]) => [region, String(url)]))
      : {}
  return { apiUrl: String(said['apiUrl']), adminUrl: String(said['adminUrl']), s3Urls }
}

/** Makes our clock as fast as the provider's. */
async function hurry({ speed, closers }: Site, redisUrl: string): Promise<void> {
  const redis = openRedis(redisUrl, 'requests')
  closers.push(async () => redis.disconnect())
  await untilReady(redis, 10_000)
  const driver = driveClock(
    openJournal(redis, { install: 'default', sandbox: true, leftoverRetryMs: POLICY.leftoverRetryMs }),
    speed,
  )
  closers.push(() => driver.stop())
}
