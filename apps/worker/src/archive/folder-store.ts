import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type ArchiveStore, good, readObjectName } from '@snapferry/migration'

/** An archive in a folder, made when it is missing; for a copy beside the bucket. What the file system refuses throws. */
export function openFolderStore(folder: string): ArchiveStore {
  const place = resolve(folder)
  const pathOf = (name: string): string => {
    if (readObjectName(name) === null)
      throw new RangeError(`not an object of an archive: ${name.slice(0, 60)}`)
    return join(place, name)
  }
  return {
    place,
    async putIfAbsent(name, bytes) {
      const path = pathOf(name)
      await mkdir(place, { recursive: true })
      if ((await readOrNull(path)) !== null) return good('exists')
      await writeWhole(path, bytes)
      return good('written')
    },
    get: async (name) => good(await readOrNull(pathOf(name))),
    list: async () => good(await namesIn(place)),
  }
}

/** Under its name a file is whole: who is killed in the middle leaves `.part` behind, which nobody reads. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const unfinished = `${path}.part`
  await rm(unfinished, { force: true })
  const file = await open(unfinished, 'wx')
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(unfinished, path)
}

async function readOrNull(path: string): Promise<Uint8Array | null> {
  return readFile(path).catch(nullWhenMissing)
}

async function namesIn(place: string): Promise<readonly string[]> {
  const names = await readdir(place).catch(nullWhenMissing)
  return (names ?? []).filter((name) => !name.endsWith('.part'))
}

function nullWhenMissing(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
  throw error
}
