import { createRequire } from 'node:module'
import { join } from 'node:path'

/** The program of one of our packages: it stands beside the package's front door. */
export function programOf(name: string): string {
  return join(createRequire(import.meta.url).resolve(name), '..', 'bin.ts')
}
