import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Town } from './town.ts'

/** How a command of the archive ended, and what it said. */
export interface ArchiveRun {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

const BIN = fileURLToPath(new URL('../../worker/src/archive-bin.ts', import.meta.url))

/** The settings of a town as an operator gives them to a command. */
export function settingsOf({ emulator, redis, install }: Town): Readonly<Record<string, string>> {
  const s3 = Object.entries(emulator.s3Urls).map(([region, url]) => `${region}=${url}`)
  return {
    SNAPFERRY_MODE: 'sandbox',
    SNAPFERRY_EMULATOR_URL: emulator.apiUrl,
    SNAPFERRY_EMULATOR_S3: s3.join(','),
    SNAPFERRY_INSTALL: install,
    SNAPFERRY_BUCKETS: 'fr-par=staging',
    REDIS_URL: redis.url,
  }
}

/** Runs one command of the archive as a process of its own, with the settings of a town and what is changed of them. */
export async function runArchive(
  town: Town,
  args: readonly string[],
  changed: Readonly<Record<string, string>> = {},
): Promise<ArchiveRun> {
  const child = spawn(process.execPath, [BIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...settingsOf(town), ...changed },
  })
  const [out, err]: [string[], string[]] = [[], []]
  child.stdout.on('data', (data) => out.push(String(data)))
  child.stderr.on('data', (data) => err.push(String(data)))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, out: out.join(''), err: err.join('') }
}
