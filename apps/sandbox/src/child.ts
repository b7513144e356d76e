import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Guardian } from './guardian.ts'

/** One program of the house, as a process of its own. */
export interface ChildOptions {
  readonly name: string
  /** The program, an absolute path to a `.ts` file. */
  readonly program: string
  readonly env: Readonly<Record<string, string>>
  /** Ends it when this process is killed. */
  readonly guardian: Guardian
  /** Where its log goes. */
  readonly logFile: string
  /** Told when it died without being asked to; it is started again at once. */
  readonly onRestart: (name: string, how: string) => void
}

/** A child that was started; it is started again when it dies, until it is stopped. */
export interface Child {
  readonly name: string
  /** Of the process that runs now. */
  readonly pid: number
  /** What it says of itself when it is ready the first time; rejects with its last words when it ends before. */
  readonly ready: Promise<Readonly<Record<string, unknown>>>
  kill(signal: NodeJS.Signals): void
  /** From now on it is not started again. */
  expectEnd(): void
  /** Ends it, ready or not, and resolves when it is gone. */
  stop(): Promise<void>
}

const STOP_MS = 8_000
const RESTARTS_MAX = 50

const alive = new Set<ChildProcess>()
// However this process ends, short of SIGKILL, it leaves nobody behind.
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})

/** Starts a program, which is ready when it writes a line of JSON with `ready` or `apiUrl`. */
export function startChild(o: ChildOptions): Child {
  const log = createWriteStream(o.logFile, { flags: 'a' })
  let isEnding = false
  let restarts = 0
  const first = launch(o, log)
  let running = first.process
  const restartAfter = (child: ChildProcess): void => {
    child.once('exit', (code, signal) => {
      if (isEnding || restarts++ >= RESTARTS_MAX) return
      o.onRestart(o.name, signal ?? `exit ${code}`)
      const again = launch(o, log)
      again.ready.catch(() => undefined)
      running = again.process
      restartAfter(running)
    })
  }
  const ready = first.ready.then((said) => {
    if (first.process.exitCode === null && first.process.signalCode === null) restartAfter(first.process)
    return said
  })
  // Whoever stops it before it is ready may have stopped listening.
  ready.catch(() => undefined)
  return {
    name: o.name,
    get pid() {
      return running.pid ?? 0
    },
    ready,
    kill: (signal) => void running.kill(signal),
    expectEnd: () => {
      isEnding = true
    },
    stop: async () => {
      isEnding = true
      await end(running)
      log.end()
    },
  }
}

function launch(
  o: ChildOptions,
  log: NodeJS.WritableStream,
): { process: ChildProcess; ready: Promise<Record<string, unknown>> } {
  const child = spawn(process.execPath, [o.program], {
    env: { PATH: process.env['PATH'] ?? '', ...o.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A Ctrl-C at the terminal is for us: a child that heard it too would die before it is told to, and be started again.
    detached: true,
  })
  const pid = child.pid
  alive.add(child)
  if (pid !== undefined) o.guardian.born(pid)
  child.once('exit', () => {
    alive.delete(child)
    if (pid !== undefined) o.guardian.gone(pid)
  })
  child.stderr.pipe(log, { end: false })
  const last: string[] = []
  child.stderr.on('data', (data: Buffer) => last.splice(0, last.length, data.toString().slice(-2_000)))
  const ready = new Promise<Record<string, unknown>>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      log.write(`${line}\n`)
      last.splice(0, last.length, line)
      const words = readyLine(line)
      if (words !== null) resolve(words)
    })
    child.once('error', reject)
    child.once('exit', (code) =>
      reject(new Error(`${o.name} ended at its start (exit ${code}):\n${last.join('\n')}`)),
    )
  })
  return { process: child, ready }
}

function readyLine(line: string): Record<string, unknown> | null {
  try {
    const words: unknown = JSON.parse(line)
    return typeof words === 'object' && words !== null && ('ready' in words || 'apiUrl' in words)
      ? { ...words }
      : null
  } catch {
    return null
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const hard = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await gone
  clearTimeout(hard)
}
