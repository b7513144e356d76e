import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Records of one kind, all in memory, each also a JSON file that a kill -9 leaves either old or new, never half. */
export interface Collection<T extends { readonly id: string }> {
  get(id: string): T | undefined
  all(): T[]
  readonly size: number
  /** Adds or replaces. When it returns, the record is in its file. */
  put(record: T): T
  remove(id: string): boolean
}

/** Opens the collection in its own folder. Ids become file names, so they must be uuids, hashes or other safe names. */
export function openCollection<T extends { readonly id: string }>(folder: string): Collection<T> {
  mkdirSync(folder, { recursive: true })
  const records = new Map<string, T>()
  for (const record of readRecords<T>(folder)) records.set(record.id, record)
  const fileOf = (id: string) => join(folder, `${safeName(id)}.json`)
  return {
    get: (id) => records.get(id),
    all: () => [...records.values()],
    get size() {
      return records.size
    },
    put(record) {
      const file = fileOf(record.id)
      writeFileSync(`${file}.tmp`, JSON.stringify(record))
      renameSync(`${file}.tmp`, file)
      records.set(record.id, record)
      return record
    },
    remove(id) {
      if (records.delete(id)) rmSync(fileOf(id))
      else return false
      return true
    },
  }
}

function readRecords<T extends { readonly id: string }>(folder: string): T[] {
  const found: T[] = []
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.tmp')) rmSync(join(folder, name))
    else if (name.endsWith('.json'))
      found.push(parseRecord<T>(readFileSync(join(folder, name), 'utf8'), join(folder, name)))
  }
  return found
}

function parseRecord<T extends { readonly id: string }>(text: string, file: string): T {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || !('id' in value))
    throw new Error(`${file} is no record of the emulator`)
  return value as T
}

function safeName(id: string): string {
  if (!/^[A-Za-z0-9._-]{1,200}$/.test(id) || id.startsWith('.'))
    throw new Error(`"${id}" cannot name a record`)
  return id
}
