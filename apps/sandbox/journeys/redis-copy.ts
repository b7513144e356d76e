import { appendFile, cp, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { keyOf } from '@snapferry/redis'
import type { Town } from './town.ts'

/** A copy of a town's Redis folder, as a backup has it. */
export type RedisCopy = string & { readonly __redisCopy: never }

let copies = 0

/** Copies the data folder of a running Redis: at a quiet moment, unless nobody works there at all. */
export async function copyRedis(town: Town, o = { whenQuiet: true }): Promise<RedisCopy> {
  if (o.whenQuiet) await town.quiet()
  const copy = join(town.folder, `copy-${++copies}`)
  await cp(join(town.folder, 'redis'), copy, { recursive: true })
  return copy as RedisCopy
}

/**
 * Kills Redis, puts its data folder back to the copy, and starts it again; answers when everybody has found it. Only
 * the clock of the sandbox is not put back: real time does not go back with a folder either.
 */
export async function rewindRedis(town: Town, copy: RedisCopy): Promise<void> {
  const folder = join(town.folder, 'redis')
  await town.redis.kill()
  await rm(folder, { recursive: true })
  await cp(copy, folder, { recursive: true })
  await appendFile(await lastAppendOnlyFile(folder), clockCommands(town.time.offsetMs))
  await town.redis.restart()
  await town.untilRedisIsFound()
  await town.wake()
}

/** Since Redis 7 several files and a list of them; before, one. */
async function lastAppendOnlyFile(folder: string): Promise<string> {
  const names = await readdir(folder)
  if (!names.includes('appendonlydir')) return join(folder, 'appendonly.aof')
  const list = await readFile(join(folder, 'appendonlydir', 'appendonly.aof.manifest'), 'utf8')
  const files = list.split('\n').flatMap((line) => /^file (\S+) seq \d+ type i/.exec(line)?.[1] ?? [])
  return join(folder, 'appendonlydir', files.at(-1) ?? '')
}

/** What a client would have said, before any other can: nobody shall see the old time. */
function clockCommands(offsetMs: number): string {
  const command = (...words: string[]) =>
    `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`
  return command('SELECT', '0') + command('SET', keyOf.clock, String(offsetMs))
}
