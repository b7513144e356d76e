import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type OwnRedis, startOwnRedis } from '@snapferry/redis'
import type { Guardian } from '../src/guardian.ts'
import { freeLowPort } from './low-port.ts'
import { programOf } from './programs.ts'
import { startVictim, type Victim } from './victim.ts'
import { openWitness, type Witness } from './witness.ts'

/** One Snapferry: API, workers and a Redis of their own. */
export interface Installation {
  readonly name: string
  readonly apiUrl: string
  readonly redis: OwnRedis
  readonly redisDir: string
  readonly api: Victim
  readonly workers: readonly Victim[]
  readonly witness: Witness
  /** SIGKILL. */
  killRedis(): Promise<void>
  /** Starts Redis again over the files that are there. */
  restartRedis(): Promise<void>
  stop(): Promise<void>
}

/** What an installation is built with. */
export interface InstallationOptions {
  readonly name: string
  readonly folder: string
  readonly guardian: Guardian
  /** Where its API and workers find the provider. */
  readonly providerEnv: Readonly<Record<string, string>>
  readonly buckets: string
  /** A folder where programs find themselves compiled: hundreds of starts would else be most of the work. */
  readonly compileCache: string
  readonly workers: number
  readonly onFall: (name: string, how: string) => void
}

/** Ticks at a time of one worker: what one SIGKILL can strike. */
const CONCURRENCY = 12
const RESTART_TRIES = 40
const RESTART_PAUSE_MS = 250

/** Starts one and waits until all of it serves. */
export async function openInstallation(o: InstallationOptions): Promise<Installation> {
  const redisDir = join(o.folder, `redis-${o.name}`)
  mkdirSync(redisDir, { recursive: true })
  const redis = await startOwnRedis({ dir: redisDir, aof: true })
  o.guardian.born(redis.pid)
  const apiPort = await freeLowPort()
  const shared = {
    SNAPFERRY_MODE: 'sandbox',
    SNAPFERRY_INSTALL: o.name,
    SNAPFERRY_BUCKETS: o.buckets,
    SNAPFERRY_METRICS_PORT: '0',
    SNAPFERRY_CONCURRENCY: String(CONCURRENCY),
    NODE_COMPILE_CACHE: o.compileCache,
    REDIS_URL: redis.url,
    ...o.providerEnv,
  }
  const victim = (name: string, app: 'api' | 'worker', env: Readonly<Record<string, string>>): Victim =>
    startVictim({
      name: `${name}-${o.name}`,
      program: programOf(`@snapferry/${app}`),
      env: { ...shared, ...env },
      guardian: o.guardian,
      logFile: join(o.folder, `${name}-${o.name}.log`),
      onFall: o.onFall,
    })
  const api = victim('api', 'api', { SNAPFERRY_API_PORT: String(apiPort) })
  const workers = Array.from({ length: o.workers }, (_, n) => victim(`worker${n + 1}`, 'worker', {}))
  const witness = openWitness(Number(new URL(redis.url).port), () => workers)
  const stop = async (): Promise<void> => {
    witness.close()
    await Promise.all([api, ...workers].map((one) => one.stop()))
    await redis.stop()
  }
  try {
    await Promise.all([api, ...workers].map(({ ready }) => ready))
  } catch (error) {
    await stop()
    throw error
  }
  return {
    name: o.name,
    apiUrl: `http://127.0.0.1:${apiPort}`,
    redis,
    redisDir,
    api,
    workers,
    witness,
    killRedis: async () => {
      const { pid } = redis
      await redis.kill()
      o.guardian.gone(pid)
    },
    restartRedis: () => restartRedis(redis, o.guardian),
    stop,
  }
}

/** Its port is free again as soon as the old one is gone, unless a connection of somebody took it for a moment. */
async function restartRedis(redis: OwnRedis, guardian: Guardian): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await redis.restart()
      return guardian.born(redis.pid)
    } catch (error) {
      if (tries >= RESTART_TRIES) throw error
      await new Promise((next) => setTimeout(next, RESTART_PAUSE_MS))
    }
  }
}
