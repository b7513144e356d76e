import { readFile, stat } from 'node:fs/promises'
import { bad, type Result } from '@snapferry/migration'
import type { Access, Credentials } from './access.ts'
import { type CredentialSource, sameElsewhere } from './credential-source.ts'

/** How files are looked at; tests bring their own. */
export interface CredentialFiles {
  /** Another text whenever the file is another one, or was written; never rejects. */
  stamp(path: string): Promise<string>
  text(path: string): Promise<string>
}

/** What watching a key needs. */
export interface CredentialWatchOptions {
  /** Left out, the key was given by hand and stays what it is. */
  readonly source: CredentialSource | undefined
  /** What the process was started with. */
  readonly access: Access
  /** Takes the new key into use. */
  readonly use: (credentials: Credentials) => void
  /** Told of each key that was taken into use: the last four characters of its access key. */
  readonly onChange: (tail: string) => void
  /** Told once of everything that is wrong with what the files hold now; the old key stays in use. */
  readonly onKept: (mistakes: readonly string[]) => void
  readonly timer?: Timer
  readonly files?: CredentialFiles
  /** Pause between two looks, default 2,000 ms. */
  readonly everyMs?: number | undefined
}

/** Rings once after so many milliseconds and answers what stops it. */
type Timer = (ms: number, ring: () => void) => () => void

/** A key that is watched. */
export interface CredentialWatch {
  /**
   * Reads the files now, whether or not they look changed: what SIGHUP asks for. A key of which one half only is new, in one
   * of several files, is left to the looks: the other file may be about to be written. Never rejects.
   */
  reread(): Promise<void>
  stop(): Promise<void>
}

const EVERY_MS = 2_000

/**
 * Reads the key again when one of its files changes. A change is taken at the second look that finds the files alike:
 * key and secret are two files, and half of each would be a key that nobody has. What cannot be read or is not of the
 * right form changes nothing and is tried again at each look.
 */
export function watchCredentials(o: CredentialWatchOptions): CredentialWatch {
  const { source = BY_HAND, files = SYSTEM_FILES, timer = machineTimer, everyMs = EVERY_MS } = o
  let inUse: Access = o.access
  let told = ''
  /** What the files were like when they were last read to the end, and at the last look. */
  let taken: string | null = null
  let seen: string | null = null
  let isStopped = false
  let silence = (): void => {}

  const take = async (stamps: string, isHalfTaken: boolean): Promise<void> => {
    const read = await readAll(source, files, inUse)
    // Written meanwhile: what was read may be half of each. The looks find it.
    if (isStopped || (await stampsOf(source.files, files)) !== stamps || isStopped) return
    if (!read.ok) {
      const text = read.failure.join('\n')
      if (text !== told) o.onKept(read.failure)
      told = text
      return
    }
    const { accessKey, secretKey } = read.value
    const halves = Number(accessKey !== inUse.accessKey) + Number(secretKey !== inUse.secretKey)
    if (halves === 1 && source.files.length > 1 && !isHalfTaken) return
    taken = stamps
    told = ''
    if (halves === 0) return
    inUse = read.value
    o.use({ accessKey, secretKey })
    o.onChange(tailOf(accessKey))
  }
  const look = async (): Promise<void> => {
    const stamps = await stampsOf(source.files, files)
    const isSettled = stamps === seen
    seen = stamps
    // What was read at the start may be older than the first look: it is compared once.
    if (isSettled && stamps !== taken) await take(stamps, true)
  }
  let turn: Promise<void> = Promise.resolve()
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    turn = turn.then(() => (isStopped ? undefined : work())).catch((error) => o.onKept([wordsOf(error)]))
    return turn
  }
  const again = (): void => {
    if (!isStopped) silence = timer(everyMs, () => void inTurn(look).then(again))
  }
  if (source.files.length > 0) again()
  return {
    reread: () => inTurn(async () => take(await stampsOf(source.files, files), false)),
    stop: async () => {
      isStopped = true
      silence()
      await turn
    },
  }
}

/** The last four characters, by which people know a key apart. */
export function tailOf(accessKey: string): string {
  return `…${accessKey.slice(-4)}`
}

async function stampsOf(paths: readonly string[], files: CredentialFiles): Promise<string> {
  return JSON.stringify(await Promise.all(paths.map((path) => files.stamp(path))))
}

/** Every file is read before anything is judged, so that reading takes no time of ours. */
async function readAll(
  { files: paths, read }: CredentialSource,
  files: CredentialFiles,
  before: Access,
): Promise<Result<Access, readonly string[]>> {
  const texts = new Map<string, string>()
  for (const path of paths) {
    const text = await files.text(path).catch(() => null)
    if (text !== null) texts.set(path, text)
  }
  const access = read((path) => {
    const text = texts.get(path)
    if (text === undefined) throw new Error('it could not be read')
    return text
  })
  if (!access.ok) return access
  const same = sameElsewhere(before, access.value)
  return same.ok ? access : bad(same.failure)
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

const BY_HAND: CredentialSource = {
  files: [],
  read: () => bad(['this process was given its key by hand: there is nothing to read again']),
}

const machineTimer: Timer = (ms, ring) => {
  const timeout = setTimeout(ring, ms)
  return () => clearTimeout(timeout)
}

const SYSTEM_FILES: CredentialFiles = {
  // A file that was replaced has another inode, one that was written another time or length.
  stamp: async (path) => {
    try {
      const { ino, size, mtimeMs, ctimeMs } = await stat(path)
      return `${ino} ${size} ${mtimeMs} ${ctimeMs}`
    } catch {
      return 'none'
    }
  },
  text: (path) => readFile(path, 'utf8'),
}
