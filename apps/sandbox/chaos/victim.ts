import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Guardian } from '../src/guardian.ts'

/** A program that will be killed and frozen. */
export interface VictimOptions {
  readonly name: string
  /** An absolute path to a `.ts` file. */
  readonly program: string
  readonly env: Readonly<Record<string, string>>
  readonly guardian: Guardian
  readonly logFile: string
  /** Told when it ended without being killed here, with its exit code or signal. */
  readonly onFall: (name: string, how: string) => void
}

/** A process that a supervisor starts again whenever it ends, until it is stopped. */
export interface Victim {
  readonly name: string
  /** Of the process that runs now; 0 between two. */
  readonly pid: number
  readonly isReady: boolean
  readonly isFrozen: boolean
  /** The first line in which it says that it serves; rejects when it ends before the first time. */
  readonly ready: Promise<Readonly<Record<string, unknown>>>
  /** SIGKILL. False when nobody was there, or another one had killed it already. */
  kill(): Promise<boolean>
  /** SIGSTOP, and SIGCONT after `forMs`. Whether both reached the same process. */
  freeze(forMs: number): Promise<boolean>
  /** Waits until it serves. */
  untilReady(): Promise<void>
  /** SIGKILL, and not started again until `resume`. */
  hold(): Promise<void>
  resume(): void
  /** Ends it for good. */
  stop(): Promise<void>
}

/** What ends by itself is started again after this: Redis may just be away. */
const RESTART_MS = 200
const STOP_MS = 5_000
const POLL_MS = 20

interface Standing {
  child: ChildProcess | null
  isReady: boolean
  isFrozen: boolean
  /** A kill of ours is on its way. */
  isKilled: boolean
  isHeld: boolean
  isEnding: boolean
}

/** Starts the program and keeps it started. It is ready when it writes a line of JSON with `ready` or `apiUrl`. */
export function startVictim(o: VictimOptions): Victim {
  const log = createWriteStream(o.logFile, { flags: 'a' })
  const at: Standing = {
    child: null,
    isReady: false,
    isFrozen: false,
    isKilled: false,
    isHeld: false,
    isEnding: false,
  }
  const first = Promise.withResolvers<Readonly<Record<string, unknown>>>()
  first.promise.catch(() => undefined)
  const launch = (): void => {
    if (at.isEnding || at.isHeld || at.child !== null) return
    const child = spawnOf(o, log, (said) => {
      if (at.child === child) at.isReady = true
      first.resolve(said)
    })
    Object.assign(at, { child, isReady: false, isFrozen: false, isKilled: false })
    child.once('error', (error) => first.reject(error))
    child.once('exit', (code, signal) => {
      first.reject(new Error(`${o.name} ended at its start (${signal ?? code}); its log: ${o.logFile}`))
      const wasKilled = at.isKilled
      Object.assign(at, { child: null, isReady: false, isFrozen: false })
      if (!wasKilled && !at.isEnding) o.onFall(o.name, signal ?? `exit ${code}`)
      setTimeout(launch, wasKilled ? 0 : RESTART_MS)
    })
  }
  launch()
  return victimOf(o, at, { launch, first: first.promise, closeLog: () => log.end() })
}

function victimOf(
  o: VictimOptions,
  at: Standing,
  more: { launch: () => void; first: Victim['ready']; closeLog: () => void },
): Victim {
  const kill = async (): Promise<boolean> => {
    const { child } = at
    if (child === null || at.isKilled || child.exitCode !== null || child.signalCode !== null) return false
    at.isKilled = true
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
    return true
  }
  return {
    name: o.name,
    get pid() {
      return at.child?.pid ?? 0
    },
    get isReady() {
      return at.isReady
    },
    get isFrozen() {
      return at.isFrozen
    },
    ready: more.first,
    kill,
    freeze: (forMs) => freeze(at, forMs),
    untilReady: async () => {
      while (!at.isReady && !at.isEnding) await new Promise((next) => setTimeout(next, POLL_MS))
    },
    hold: async () => {
      at.isHeld = true
      if (at.child !== null && !(await kill())) await once(at.child, 'exit')
    },
    resume: () => {
      at.isHeld = false
      more.launch()
    },
    stop: async () => {
      at.isEnding = true
      await end(at.child)
      more.closeLog()
    },
  }
}

async function freeze(at: Standing, forMs: number): Promise<boolean> {
  const { child } = at
  if (child === null || at.isFrozen || !child.kill('SIGSTOP')) return false
  at.isFrozen = true
  await new Promise((next) => setTimeout(next, forMs))
  if (at.child !== child) return false
  at.isFrozen = false
  return child.kill('SIGCONT')
}

function spawnOf(
  o: VictimOptions,
  log: NodeJS.WritableStream,
  onReady: (said: Readonly<Record<string, unknown>>) => void,
): ChildProcess {
  const child = spawn(process.execPath, [o.program], {
    env: { PATH: process.env['PATH'] ?? '', ...o.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A Ctrl-C at the terminal is for the driver, which ends everybody in order.
    detached: true,
  })
  const { pid } = child
  if (pid !== undefined) o.guardian.born(pid)
  child.once('exit', () => {
    if (pid !== undefined) o.guardian.gone(pid)
  })
  child.stderr.pipe(log, { end: false })
  createInterface({ input: child.stdout }).on('line', (line) => {
    log.write(`${line}\n`)
    const said = readyLine(line)
    if (said !== null) onReady(said)
  })
  return child
}

function readyLine(line: string): Readonly<Record<string, unknown>> | null {
  if (!line.includes('"ready":true') && !line.includes('"apiUrl"')) return null
  try {
    const said: unknown = JSON.parse(line)
    return typeof said === 'object' && said !== null ? { ...said } : null
  } catch {
    return null
  }
}

async function end(child: ChildProcess | null): Promise<void> {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGCONT')
  child.kill('SIGTERM')
  const hard = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await gone
  clearTimeout(hard)
}
