import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const READY_MS = 30_000

/** A program of ours as an operator starts it, and everything it has said. */
export interface WatchedProcess {
  readonly pid: number
  /** All of stdout and stderr up to now. */
  said(): string
  /** Resolves with the first JSON line on stdout that says `ready`; rejects when the process ends before. */
  ready(): Promise<Readonly<Record<string, unknown>>>
  /** Resolves with the code when it has ended by itself. */
  ended(): Promise<number | null>
  /** SIGTERM, then the end. */
  stop(): Promise<number | null>
}

/** Starts the API or the worker with this environment alone; it is killed when it neither serves nor ends in 30 s. */
export function watchProcess(app: 'api' | 'worker', env: Readonly<Record<string, string>>): WatchedProcess {
  const bin = fileURLToPath(new URL(`../../${app}/src/bin.ts`, import.meta.url))
  const child: ChildProcess = spawn(process.execPath, [bin], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...env },
  })
  let out = ''
  let errors = ''
  const { promise: ready, resolve, reject } = Promise.withResolvers<Record<string, unknown>>()
  ready.catch(() => {})
  child.stdout?.on('data', (chunk) => {
    out += String(chunk)
    const line = out.split('\n').find((one) => one.includes('"ready":true') && one.endsWith('}'))
    if (line !== undefined) resolve(JSON.parse(line))
  })
  child.stderr?.on('data', (chunk) => {
    errors += String(chunk)
  })
  const gone = new Promise<number | null>((end) => child.once('close', (code) => end(code)))
  const late = setTimeout(() => {
    errors += `killed: not ready after ${READY_MS} ms`
    child.kill('SIGKILL')
  }, READY_MS)
  ready.then(
    () => clearTimeout(late),
    () => clearTimeout(late),
  )
  void gone.then((code) => reject(new Error(`the ${app} ended with ${code}: ${errors}`)))
  return {
    pid: child.pid ?? 0,
    said: () => `${out}\n${errors}`,
    ready: () => ready,
    ended: () => gone,
    stop: () => {
      child.kill('SIGTERM')
      return gone
    },
  }
}
