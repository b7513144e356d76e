import { openRedis, untilReady } from '@snapferry/redis'

/** What a stretch of work took. Processor times are of the whole process, in milliseconds. */
export interface Spent {
  readonly ms: number
  readonly nodeCpuMs: number
  readonly redisCpuMs: number
  /** Scripts that Redis ran: each is one round trip. */
  readonly scripts: number
  /** Commands that Redis ran, inside scripts and outside. */
  readonly commands: number
}

/** Measures one stretch of work against one Redis. */
export interface Meter {
  start(): Promise<void>
  stop(): Promise<Spent>
  close(): void
}

const READY_MS = 10_000

/** Opens a meter on a connection of its own. */
export async function openMeter(url: string): Promise<Meter> {
  const redis = openRedis(url, 'worker')
  await untilReady(redis, READY_MS)
  const read = async () => readInfo(await redis.info('cpu', 'commandstats'))
  let first = readInfo('')
  let cpu = process.cpuUsage()
  let from = 0
  return {
    start: async () => {
      first = await read()
      cpu = process.cpuUsage()
      from = performance.now()
    },
    stop: async () => {
      const ms = performance.now() - from
      const { user, system } = process.cpuUsage(cpu)
      const last = await read()
      return {
        ms,
        nodeCpuMs: (user + system) / 1_000,
        redisCpuMs: last.cpuMs - first.cpuMs,
        scripts: last.scripts - first.scripts,
        commands: last.commands - first.commands,
      }
    },
    close: () => redis.disconnect(),
  }
}

/** Reads INFO: lines such as `used_cpu_user:1.5` and `cmdstat_evalsha:calls=12,usec=…`. */
export function readInfo(info: string): { cpuMs: number; scripts: number; commands: number } {
  const calls = new Map(
    [...info.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].map(([, name, n]) => [name ?? '', Number(n)]),
  )
  const seconds = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1] ?? 0)
  return {
    cpuMs: (seconds('used_cpu_user') + seconds('used_cpu_sys')) * 1_000,
    scripts: (calls.get('evalsha') ?? 0) + (calls.get('eval') ?? 0),
    commands: [...calls.values()].reduce((sum, n) => sum + n, 0),
  }
}
