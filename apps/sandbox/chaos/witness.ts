import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { QUEUE, TAG } from '@snapferry/redis'
import { ownerOf } from './connection-owner.ts'
import { type Death, type DeathRow, openRecoveries } from './recoveries.ts'

/** A worker process as the witness sees it. */
export interface Watched {
  readonly name: string
  readonly pid: number
  readonly isFrozen: boolean
  readonly isReady: boolean
}

/** Sees in Redis' own stream of commands which worker takes, reads and lets go of which migration. */
export interface Witness {
  /** A worker was killed at this moment, milliseconds since 1970. Resolves when what it had in hand is known. */
  died(worker: string, pid: number, at: number): Promise<void>
  /** Redis was put back: what was held, and what was still waited for, means nothing any more. */
  rewound(): void
  deaths(): readonly Death[]
  /** Deaths of which something was not read again so far. */
  readonly waiting: number
  /** Migrations whose next worker was killed too before it read them. */
  rows(): readonly DeathRow[]
  /** Lines of the stream that were understood: none means that nothing was seen. */
  readonly seen: number
  close(): void
}

const RETRY_MS = 25
const LOOK_MS = 50
const FORGET_MS = 2_000
/** What the dead one had sent is in the stream by then; nobody can take over its locks so early. */
const LAST_WORDS_MS = 150
const MIGRATION = '(mig_[a-z0-9]{26})'
const LINE = /^\+?(\d+\.\d+) \[\d+ ([^\]]+)\] (.*)$/
const LOCKED = new RegExp(`"SET" "${TAG}:${QUEUE}:${MIGRATION}:lock" "([^"]+)"`, 'i')
const UNLOCKED = new RegExp(`"(?:DEL|UNLINK)" "${TAG}:${QUEUE}:${MIGRATION}:lock"`, 'i')
const READ = new RegExp(
  `"4" "${TAG}:record:${MIGRATION}" "${TAG}:nudges" "${TAG}:clock" "${TAG}:holds" "mig_`,
)

/** One line of MONITOR, or null for one that tells nothing here. */
export type Said =
  | { readonly what: 'locked' | 'unlocked'; readonly migration: string }
  | { readonly what: 'read'; readonly migration: string }

/** What the command of a line says about a migration. */
export function saidIn(command: string): Said | null {
  if (!command.includes(TAG)) return null
  const read = READ.exec(command)?.[1]
  if (read !== undefined) return { what: 'read', migration: read }
  const locked = LOCKED.exec(command)?.[1]
  if (locked !== undefined) return { what: 'locked', migration: locked }
  const unlocked = UNLOCKED.exec(command)?.[1]
  return unlocked === undefined ? null : { what: 'unlocked', migration: unlocked }
}

/**
 * Listens to the Redis on this port of 127.0.0.1 until closed, also over its restarts. Commands inside a script follow
 * the line of the script, which alone names the connection; /proc tells whose connection that is.
 */
export function openWitness(redisPort: number, workers: () => readonly Watched[]): Witness {
  const book = openRecoveries()
  const owners = new Map<string, string>()
  let isClosed = false
  let socket: Socket | null = null
  let seen = 0
  let speaker = ''
  /** Empty for everybody who is no worker. */
  const nameOf = (address: string): string => {
    const known = owners.get(address)
    if (known !== undefined) return known
    const living = workers().filter(({ pid }) => pid > 0)
    const port = Number(address.split(':').at(-1))
    const pid = ownerOf(
      port,
      redisPort,
      living.map((worker) => worker.pid),
    )
    const owner = living.find((worker) => worker.pid === pid)
    const name = owner === undefined ? '' : keyOf(owner.name, owner.pid)
    owners.set(address, name)
    return name
  }
  let lookedAt = Date.now()
  const looking = setInterval(() => {
    const now = Date.now()
    if (!workers().some(({ pid, isReady, isFrozen: frozen }) => pid > 0 && isReady && !frozen))
      book.nobody(lookedAt, now)
    lookedAt = now
  }, LOOK_MS)
  // A port may be used again by somebody else.
  const forgetting = setInterval(() => owners.clear(), FORGET_MS)
  const isFrozen = (name: string): boolean =>
    workers().some((worker) => keyOf(worker.name, worker.pid) === name && worker.isFrozen)
  const hear = (line: string): void => {
    const [, seconds, address, command] = LINE.exec(line) ?? []
    if (seconds === undefined || address === undefined || command === undefined) return
    if (address !== 'lua') speaker = address
    const said = saidIn(command)
    if (said === null) return
    seen++
    if (said.what === 'unlocked') book.released(said.migration)
    const name = nameOf(speaker)
    if (name === '') return
    const at = Number(seconds) * 1_000
    if (said.what === 'locked') book.took(said.migration, name, at)
    else if (said.what === 'read' && !isFrozen(name)) book.read(said.migration, name, at)
  }
  const listen = (): void => {
    if (isClosed) return
    owners.clear()
    socket = connect(redisPort, '127.0.0.1', () => socket?.write('MONITOR\r\n'))
    socket.on('error', () => undefined)
    socket.once('close', () => setTimeout(listen, RETRY_MS))
    // The reader of lines tells the errors of its input once more.
    createInterface({ input: socket })
      .on('line', hear)
      .on('error', () => undefined)
  }
  listen()
  return {
    died: async (worker, pid, at) => {
      await new Promise((next) => setTimeout(next, LAST_WORDS_MS))
      book.died(keyOf(worker, pid), at)
    },
    rewound: () => book.forget(),
    deaths: () => book.deaths(),
    get waiting() {
      return book.waiting
    },
    rows: () => book.rows(),
    get seen() {
      return seen
    },
    close: () => {
      isClosed = true
      clearInterval(forgetting)
      clearInterval(looking)
      socket?.destroy()
    },
  }
}

function keyOf(name: string, pid: number): string {
  return `${name}#${pid}`
}
