import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Town } from './town.ts'

/** The programs that a town starts as processes of their own: the worker, and its variants for tests. */
const PROGRAMS = {
  worker: '../../worker/src/bin.ts',
  /** Takes `TUNING`. */
  'tuned worker': '../../worker/test/tuned-worker.ts',
  /** Takes `TUNING` and `POISON`. */
  'dying worker': '../../worker/test/dying-worker.ts',
} as const

const READY_MS = 30_000

/** A program that runs. */
export interface Program {
  readonly pid: number
  signal(name: NodeJS.Signals): void
  /** Resolves at its end: its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
  /** Whether it has ended, as far as this process has heard. */
  hasEnded(): boolean
  /** Resolves at a line of its log with this `msg`; rejects when it ends before. */
  said(msg: string): Promise<void>
  /** Everything it wrote to stderr so far. */
  words(): string
}

/** Starts a program of a town and waits until it is ready; when it ends before or takes 30 s, rejects with what it said. */
export async function startProgram(
  town: Pick<Town, 'emulator' | 'redis'>,
  name: keyof typeof PROGRAMS,
  env: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const s3 = Object.entries(town.emulator.s3Urls).map(([region, url]) => `${region}=${url}`)
  const child = spawn(process.execPath, [fileURLToPath(new URL(PROGRAMS[name], import.meta.url))], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      SNAPFERRY_MODE: 'sandbox',
      SNAPFERRY_EMULATOR_URL: town.emulator.apiUrl,
      SNAPFERRY_EMULATOR_S3: s3.join(','),
      SNAPFERRY_METRICS_PORT: '0',
      REDIS_URL: town.redis.url,
      ...env,
    },
  })
  let words = ''
  child.stderr.on('data', (data) => {
    words += String(data)
  })
  const lines: string[] = []
  const waiting = new Set<() => void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    for (const look of waiting) look()
  })
  let isOver = false
  let how: number | string = ''
  const ended = once(child, 'close').then(([code, signal]) => {
    isOver = true
    how ||= code ?? signal
    for (const look of waiting) look()
    return code ?? signal
  })
  const line = (part: string) =>
    new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (lines.some((one) => one.includes(part))) resolve()
        else if (isOver) reject(new Error(`it ended with ${how} before ${part}: ${words}`))
        else return
        waiting.delete(look)
      }
      waiting.add(look)
      look()
    })
  const late = setTimeout(() => {
    how = `nothing in ${READY_MS} ms, killed,`
    child.kill('SIGKILL')
  }, READY_MS)
  await line('"ready":true').finally(() => clearTimeout(late))
  return {
    pid: child.pid ?? 0,
    signal: (name) => void child.kill(name),
    ended,
    hasEnded: () => isOver,
    said: (msg) => line(`"msg":${JSON.stringify(msg)}`),
    // What every process says first: its mode, installation and provider.
    words: () => words.replace(/^Snapferry sandbox: .*\n/, ''),
  }
}
