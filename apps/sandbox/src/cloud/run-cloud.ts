import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { startOwnRedis } from '@snapferry/redis'
import { type Access, readAccess, tailOf } from '@snapferry/scaleway'
import { type Child, startChild } from '../child.ts'
import { commandsUntil } from '../command-runner.ts'
import { type Guardian, openGuardian } from '../guardian.ts'
import { freePort } from '../ports.ts'
import { findRedis } from '../redis-finder.ts'
import { askToArm } from './ask-to-arm.ts'
import { cloudEnv } from './cloud-env.ts'
import { type CloudFolder, openCloudFolder } from './cloud-folder.ts'

/** How the programs are to be started against the real provider. */
export interface CloudOptions {
  readonly arm: boolean
  readonly dataDir: string
  readonly say: (line: string) => void
  /** Resolves when somebody wants it to end. */
  readonly stopped: Promise<'stopped'>
}

/** The exit codes, as `--help` tells them. */
const EXIT = { stopped: 130, ill: 1, notStarted: 3 } as const

/**
 * Reads who asks as the official tools do, runs the doctor, and starts API and worker: in mode observe, or armed when
 * that was asked for, the doctor found nothing wrong and somebody typed that it is meant. Answers the exit code.
 */
export async function runCloud(o: CloudOptions): Promise<number> {
  const env = cloudEnv(process.env, 'observe', existsSync)
  const access = readAccess(env, (path) => readFileSync(path, 'utf8'))
  if (!access.ok) {
    o.say('The provider’s credentials are not complete:')
    for (const mistake of access.failure) o.say(`- ${mistake}`)
    return EXIT.notStarted
  }
  const install = env['SNAPFERRY_INSTALL']?.trim() || 'default'
  const folder = openCloudFolder(join(o.dataDir, 'cloud', install))
  const site: Site = { ...o, env, folder, closers: [() => folder.release()] }
  try {
    return await Promise.race([serve(site, access.value), o.stopped.then(() => EXIT.stopped)])
  } finally {
    for (let step = site.closers.pop(); step !== undefined; step = site.closers.pop()) {
      await Promise.resolve(step()).catch(() => undefined)
    }
  }
}

/** What is being started, and how each part ends. */
interface Site extends CloudOptions {
  readonly env: Readonly<Record<string, string>>
  readonly folder: CloudFolder
  readonly closers: (() => unknown)[]
}

async function serve(site: Site, access: Access): Promise<number> {
  const { say, folder } = site
  say(`The real provider: ${access.apiUrl}, project ${access.projectId}, key ${tailOf(access.accessKey)}.`)
  const guardian = guardianOf(site)
  const env = { ...site.env, REDIS_URL: await openRedisFor(site, guardian) }
  const health = await doctor(env)
  if (health === 2) return EXIT.notStarted
  if (site.arm && health !== 0) {
    say('Not armed: first mend what the doctor found (✘), or start without --arm to observe.')
    return EXIT.ill
  }
  const isArmed = site.arm && (await askToArm(access.projectId, { input: process.stdin, say }))
  if (site.arm && !isArmed) {
    say('Not armed, and not started.')
    return EXIT.ill
  }
  const mode = isArmed ? 'armed' : 'observe'
  const url = await startPrograms(site, guardian, { ...env, SNAPFERRY_MODE: mode })
  say(`Snapferry ${mode}: ${MEANS[mode]}`)
  say(`API ${url} · docs ${url}/docs`)
  say(`API key: ${folder.apiKeyFile}`)
  say(`Logs: ${folder.path}`)
  await site.stopped
  return EXIT.stopped
}

const MEANS = {
  observe: 'everything is checked and looked at, nothing is written (--arm to carry).',
  armed: 'migrations are carried out.',
} as const

function guardianOf({ folder, closers }: Site): Guardian {
  // The guardian removes its folder when this process is killed: it must not be the one that is kept.
  const run = mkdtempSync(join(folder.path, 'run-'))
  const guardian = openGuardian(run)
  closers.push(() => rmSync(run, { recursive: true, force: true }))
  closers.push(() => guardian.done())
  return guardian
}

/** REDIS_URL, or one of ours that keeps what it is told from one start to the next. */
async function openRedisFor({ dataDir, folder, say, closers }: Site, guardian: Guardian): Promise<string> {
  const stopping = new AbortController()
  closers.push(() => stopping.abort())
  const found = await findRedis(dataDir, process.env, { say, run: commandsUntil(stopping.signal) })
  if (found.kind === 'url') return found.url
  const libraries = found.env === undefined ? [] : ['env', `LD_LIBRARY_PATH=${found.env.LD_LIBRARY_PATH}`]
  const dir = join(folder.path, 'redis')
  const redis = await startOwnRedis({ dir, aof: true, fsync: 'always', binary: [...libraries, found.path] })
  guardian.born(redis.pid)
  closers.push(() => redis.stop())
  return redis.url
}

/** Its exit code: 0 nothing is wrong, 1 something is, 2 it could not look. */
function doctor(env: Readonly<Record<string, string>>): Promise<number> {
  const child = spawn(process.execPath, [programOf('worker', 'doctor-bin.ts')], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { PATH: process.env['PATH'] ?? '', ...env },
  })
  return new Promise((resolve) => child.once('close', (code) => resolve(code ?? 2)))
}

async function startPrograms(
  site: Site,
  guardian: Guardian,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const start = (name: 'api' | 'worker', more: Readonly<Record<string, string>>): Child => {
    const child = startChild({
      name,
      program: programOf(name, 'bin.ts'),
      env: { ...env, ...more },
      guardian,
      logFile: join(site.folder.path, `${name}.log`),
      onRestart: (who, how) => site.say(`${who} died (${how}); it is being started again`),
    })
    site.closers.push(() => child.stop())
    return child
  }
  const hasKey = ['SNAPFERRY_API_KEY', 'SNAPFERRY_API_KEY_FILE'].some((name) => (env[name] ?? '') !== '')
  const port = env['SNAPFERRY_API_PORT'] ?? String(await freePort(8080))
  const key = hasKey ? {} : { SNAPFERRY_API_KEY_FILE: site.folder.apiKeyFile }
  const api = start('api', {
    SNAPFERRY_API_PORT: port,
    SNAPFERRY_METRICS_PORT: String(await freePort(9464)),
    ...key,
  })
  const said = await api.ready
  await start('worker', { SNAPFERRY_METRICS_PORT: String(await freePort(9465)) }).ready
  return String(said['url'])
}

/** The programs stand beside the packages' front doors. */
function programOf(name: 'api' | 'worker', file: string): string {
  return join(createRequire(import.meta.url).resolve(`@snapferry/${name}`), '..', file)
}
