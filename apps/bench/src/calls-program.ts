import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'

/** A program of ours that runs as a process of its own. */
export interface Program {
  /** What it said when it was ready. */
  readonly said: Readonly<Record<string, unknown>>
  /** Ends it and resolves when it is gone. */
  stop(): Promise<void>
}

const READY_MS = 30_000
const STOP_MS = 10_000

const alive = new Set<ChildProcess>()
// However the bench ends, short of SIGKILL, it leaves nobody behind.
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})

/** Starts the API or a worker as an operator does: by its environment. Rejects with its last words when it is not ready in 30 s. */
export async function startProgram(
  name: 'api' | 'worker',
  env: Readonly<Record<string, string>>,
): Promise<Program> {
  const door = createRequire(import.meta.url).resolve(`@snapferry/${name}`)
  const child = spawn(process.execPath, [join(dirname(door), 'bin.ts')], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  alive.add(child)
  const gone = once(child, 'exit').finally(() => alive.delete(child))
  let words = ''
  child.stderr.on('data', (data: Buffer) => {
    words = `${words}${data}`.slice(-2_000)
  })
  const { promise: ready, resolve, reject } = Promise.withResolvers<Readonly<Record<string, unknown>>>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = readyLine(line)
    if (said !== null) resolve(said)
  })
  const late = setTimeout(() => reject(new Error(`the ${name} was not ready in ${READY_MS} ms`)), READY_MS)
  gone.then(([code]) => reject(new Error(`the ${name} ended with ${code}: ${words}`)), reject)
  const stop = async (): Promise<void> => {
    const hard = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    child.kill('SIGTERM')
    await gone
    clearTimeout(hard)
  }
  try {
    return { said: await ready, stop }
  } catch (error) {
    await stop()
    throw error
  } finally {
    clearTimeout(late)
  }
}

function readyLine(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const said: unknown = JSON.parse(line)
    return typeof said === 'object' && said !== null && 'ready' in said ? { ...said } : null
  } catch {
    return null
  }
}
