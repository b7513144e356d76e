import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One thing a watched process wanted from the network. */
export interface Wanted {
  readonly pid: number
  readonly what: 'started' | 'connect' | 'lookup' | 'datagram'
  /** `host:port`, a name, or for `started` the program. */
  readonly where: string
}

/** Watches what processes want from the network; see `connect-watch.mjs`. */
export interface ConnectionWatch {
  /** The environment that makes a Node process, and those it starts, watched. */
  readonly env: Readonly<Record<string, string>>
  wanted(): readonly Wanted[]
  /** Everything that is not on this machine. */
  beyondLoopback(): readonly Wanted[]
  close(): void
}

const HOOK = fileURLToPath(new URL('./connect-watch.mjs', import.meta.url))
const HERE = /^(?:localhost|127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)(?::\d+)?$/

/** Begins to watch. */
export function watchConnections(): ConnectionWatch {
  const folder = mkdtempSync(join(tmpdir(), 'snapferry-watch-'))
  const file = join(folder, 'wanted')
  writeFileSync(file, '')
  const wanted = (): readonly Wanted[] =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.endsWith('}'))
      .map((line): Wanted => JSON.parse(line))
  return {
    env: { WATCH_FILE: file, NODE_OPTIONS: `--import=${HOOK}` },
    wanted,
    beyondLoopback: () => wanted().filter(({ what, where }) => what !== 'started' && !HERE.test(where)),
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}
