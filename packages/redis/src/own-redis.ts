import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { Readable } from 'node:stream'

/** No Redis server could be started, because there is none on this machine. */
export class NoRedisServer extends Error {
  override readonly name = 'NoRedisServer'
}

/** What a private Redis is started with. */
export interface OwnRedisOptions {
  /** Where it keeps its data; made when missing. */
  readonly dir: string
  /** Whether it survives a restart. */
  readonly aof: boolean
  /** `everysec` loses at most a second on the loss of the machine, `always` nothing. Default `everysec`. */
  readonly fsync?: 'everysec' | 'always'
  /** What clients must show; default nothing. Stands in the URL, and in the process list while it runs. */
  readonly password?: string
  /** The program, or the program with what must stand before its options; default: looked for on PATH. */
  readonly binary?: string | readonly string[]
}

/** A Redis of our own, on loopback. */
export interface OwnRedis {
  readonly url: string
  /** Of the process that runs now. */
  readonly pid: number
  /** Lets it save and ends it. */
  stop(): Promise<void>
  /** Ends it with SIGKILL. */
  kill(): Promise<void>
  /** Starts it again at the same URL, over the same data; ends it before when it still runs. */
  restart(): Promise<void>
}

const ON_PATH: readonly (readonly string[])[] = [['redis-server'], ['valkey-server']]
const PORT_TRIES = 5
/** How long a stopping server may take before it is killed. */
const STOP_MS = 10_000

/** Starts a private Redis on a free port of 127.0.0.1; throws `NoRedisServer` when there is no program for it. */
export async function startOwnRedis(o: OwnRedisOptions): Promise<OwnRedis> {
  await mkdir(o.dir, { recursive: true })
  const { port, command, server } = await startSomewhere(o)
  let running = server
  return {
    url: `redis://${o.password === undefined ? '' : `:${encodeURIComponent(o.password)}@`}127.0.0.1:${port}`,
    get pid() {
      return running.pid
    },
    stop: () => running.end('SIGTERM'),
    kill: () => running.end('SIGKILL'),
    restart: async () => {
      await running.end('SIGTERM')
      running = await startServer(command, port, o)
    },
  }
}

/** A free port may be taken by another between being found and being used: then the next one is tried. */
async function startSomewhere(o: OwnRedisOptions) {
  const commands = o.binary === undefined ? ON_PATH : [typeof o.binary === 'string' ? [o.binary] : o.binary]
  let last: unknown = null
  for (let tries = 0; tries < PORT_TRIES; tries++) {
    const port = await freePort()
    for (const command of commands) {
      try {
        return { port, command, server: await startServer(command, port, o) }
      } catch (error) {
        last = error
        if (!(error instanceof NoRedisServer)) break
      }
    }
    if (last instanceof NoRedisServer) break
  }
  throw last
}

/** A running server and the way to end it. */
interface Server {
  readonly pid: number
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

async function startServer(command: readonly string[], port: number, o: OwnRedisOptions): Promise<Server> {
  const [program = '', ...first] = command
  const child = spawn(program, [...first, ...settings(port, o)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A Ctrl-C at the terminal is for us: we stop it when everything that needs it has stopped.
    detached: true,
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  killedAtOurEnd(child, exited)
  await untilServing(child, program)
  return {
    pid: child.pid ?? 0,
    end: async (signal) => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      await exited
      clearTimeout(timer)
    },
  }
}

const alive = new Set<ChildProcess>()
const sweep = () => {
  for (const child of alive) child.kill('SIGKILL')
}

/** A process that ends without stopping its servers must not leave them behind. */
function killedAtOurEnd(child: ChildProcess, exited: Promise<void>): void {
  if (alive.size === 0) process.once('exit', sweep)
  alive.add(child)
  exited.then(() => {
    alive.delete(child)
    if (alive.size === 0) process.off('exit', sweep)
  })
}

function settings(port: number, o: OwnRedisOptions): string[] {
  return [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', o.dir, '--save', ''],
    ...['--daemonize', 'no', '--logfile', '', '--maxmemory-policy', 'noeviction'],
    ...['--appendonly', o.aof ? 'yes' : 'no', '--appendfsync', o.fsync ?? 'everysec'],
    ...(o.password === undefined ? [] : ['--requirepass', o.password]),
  ]
}

/** Resolves when the server says that it serves, its data loaded; rejects with its last words when it ends before. */
function untilServing(child: ChildProcessByStdio<null, Readable, Readable>, program: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    const listen = (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-4_000)
      if (said.includes('Ready to accept connections')) resolve()
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    child.once('error', (cause) => reject(startError(cause, program)))
    child.once('close', () =>
      reject(new Error(`${program} ended before it served: ${said.trim().slice(-600)}`)),
    )
  })
}

function startError(cause: Error, program: string): Error {
  if ('code' in cause && cause.code === 'ENOENT')
    return new NoRedisServer(
      `there is no ${program} here: install the Debian package redis-server (or valkey-server), or give the path of the program`,
      { cause },
    )
  return new Error(`${program} could not be started`, { cause })
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no free port on 127.0.0.1')
  return address.port
}
