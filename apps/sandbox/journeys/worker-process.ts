import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Town } from './town.ts'

const BIN = fileURLToPath(new URL('../../worker/src/bin.ts', import.meta.url))

/** A worker of a town as a process of its own, started as an operator starts it: by its environment. */
export interface WorkerProcess {
  readonly pid: number
  /** SIGKILL: nothing is drained, told or given back. Resolves when the process is gone; does nothing a second time. */
  kill(): Promise<void>
}

/** Starts a worker process and waits until it takes ticks; rejects with what it said when it ends before. */
export async function startWorkerProcess(town: Town): Promise<WorkerProcess> {
  const s3 = Object.entries(town.emulator.s3Urls).map(([region, url]) => `${region}=${url}`)
  const child = spawn(process.execPath, [BIN], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      SNAPFERRY_MODE: 'sandbox',
      SNAPFERRY_EMULATOR_URL: town.emulator.apiUrl,
      SNAPFERRY_EMULATOR_S3: s3.join(','),
      SNAPFERRY_METRICS_PORT: '0',
      SNAPFERRY_LOG_LEVEL: 'silent',
      REDIS_URL: town.redis.url,
    },
  })
  const gone = once(child, 'close')
  await Promise.race([untilReady(child), gone.then(() => Promise.reject(new Error('the worker ended')))])
  return {
    pid: child.pid ?? 0,
    kill: async () => {
      child.kill('SIGKILL')
      await gone
    },
  }
}

/** Resolves at the line that says so; rejects with the words of a worker that refuses to start. */
function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null || child.stderr === null) return reject(new Error('the worker has no output'))
    let words = ''
    child.stderr.on('data', (data) => {
      words += String(data)
    })
    child.once('close', (code) => reject(new Error(`the worker ended with ${code}: ${words}`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('"ready":true')) resolve()
    })
  })
}
