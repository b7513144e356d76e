import { good, type Result } from '@snapferry/migration'
import type { Access } from './access.ts'
import type { Env, ReadFile } from './env-reader.ts'
import { readAccess, readMode } from './read-access.ts'

/** Where the key of an environment comes from, so that it can be read again. */
export interface CredentialSource {
  /** The files that the key is read from; empty when all of it stands in the environment, and in mode sandbox. */
  readonly files: readonly string[]
  /** The access as the environment and these files give it now. `readFile` answers the text of a file or throws. */
  read(readFile: ReadFile): Result<Access, readonly string[]>
}

/** Where this environment takes its key from. */
export function credentialSourceOf(env: Env): CredentialSource {
  const mode = readMode(env)
  const isCloud = mode.ok && mode.value !== 'sandbox'
  const paths = [env['SCW_ACCESS_KEY_FILE'], env['SCW_SECRET_KEY_FILE'], env['SCW_CONFIG_PATH']]
  const files = isCloud ? paths.map((path) => path?.trim() ?? '').filter((path) => path !== '') : []
  return { files: [...new Set(files)], read: (readFile) => readAccess(env, readFile) }
}

/** What may not change while a process runs: a key of another project would carry into that one. */
export function sameElsewhere(before: Access, now: Access): Result<null, readonly string[]> {
  const moved = [
    ...(now.projectId === before.projectId ? [] : ['the project']),
    ...(now.apiUrl === before.apiUrl ? [] : ['the address of the provider']),
  ]
  return moved.length === 0
    ? good(null)
    : { ok: false, failure: [`${moved.join(' and ')} changed with the key: start again for that`] }
}
