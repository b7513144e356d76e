import { cp, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'

const TRIES = 20

/** Copies the files of a Redis that is running: again, when it rewrote its append-only file meanwhile. */
export async function copyRedis(from: string, to: string): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    await rm(to, { recursive: true, force: true })
    const before = await manifestOf(from)
    try {
      await cp(from, to, { recursive: true })
    } catch {
      // A file was replaced under the copy.
      continue
    }
    if (before !== '' && (await manifestOf(from)) === before) return
  }
  throw new Error('Redis rewrote its files each time they were copied')
}

/** Puts the files back to the copy. Redis must not run. */
export async function restoreRedis(copy: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true })
  await cp(copy, to, { recursive: true })
}

/** Which files belong to the append-only log now. */
async function manifestOf(folder: string): Promise<string> {
  const inner = join(folder, 'appendonlydir')
  const name = (await readdir(inner).catch(() => [])).find((file) => file.endsWith('.manifest'))
  return name === undefined ? '' : readFile(join(inner, name), 'utf8').catch(() => '')
}
