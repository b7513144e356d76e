import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Where the bundles are that every change is replayed against. */
export const BUNDLES = join(import.meta.dirname, '../../../fixtures/bundles')

/** The file of a story. */
export function fileOf(name: string): string {
  return join(BUNDLES, `${name}.json`)
}

/** Whether a story was recorded. */
export function isRecorded(name: string): boolean {
  return existsSync(fileOf(name))
}
