import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll } from 'vitest'

const START = join(import.meta.dirname, '../src/start.ts')
const LAUNCH = join(import.meta.dirname, '../launch.mjs')

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})

/** A sandbox that was started as a process of its own. */
export interface Run {
  readonly child: ChildProcess
  /** Its data folder, which every process it starts carries in its environment. */
  readonly data: string
  /** Resolves with the first match in what it says. */
  says(pattern: RegExp): Promise<RegExpExecArray>
  /** Exit code (or the signal that ended it) and everything it said. */
  readonly ended: Promise<{
    readonly code: number | null
    readonly signal: NodeJS.Signals | null
    readonly text: string
  }>
}

/** Starts `start.ts`, with a data folder of its own. */
export function start(...args: string[]): Run {
  return run([START], args)
}

/** Starts it as `npm start` does, in a process group of its own, as a terminal would. */
export function launch(...args: string[]): Run {
  return run([LAUNCH, 'start'], args)
}

function run(program: readonly string[], args: readonly string[]): Run {
  const data = mkdtempSync(join(tmpdir(), 'snapferry-start-'))
  folders.push(data)
  const child = spawn(process.execPath, [...program, '--data', data, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    // The one variable that every process of the house inherits: by it `ownedBy` finds them all, detached ones too.
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}${delimiter}${data}` },
  })
  let text = ''
  const heard: (() => void)[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes: Buffer) => {
      text += bytes.toString()
      for (const look of heard) look()
    })
  }
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    text,
  }))
  const says = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(text)
        if (match !== null) resolve(match)
      }
      heard.push(look)
      look()
      void ended.then(() => reject(new Error(`it ended without saying ${pattern}:\n${text}`)))
    })
  return { child, data, says, ended }
}

/** Every process of this machine that works in the folder or carries it in its environment or command line. */
export function ownedBy(folder: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const traces = [
        () => readFileSync(`/proc/${pid}/environ`, 'utf8'),
        () => readFileSync(`/proc/${pid}/cmdline`, 'utf8'),
        () => readlinkSync(`/proc/${pid}/cwd`),
      ]
      return traces.some((trace) => textOf(trace).includes(folder))
    })
    .map((pid) => `${pid} ${textOf(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))}`)
}

/** The folders of runs that are still in a data folder. */
export function runFolders(data: string): readonly string[] {
  return readdirSync(data).filter((name) => name.startsWith('run-'))
}

/** A process may end while it is looked at. */
function textOf(trace: () => string): string {
  try {
    return trace()
  } catch {
    return ''
  }
}
