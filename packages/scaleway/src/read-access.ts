import { bad, good, type Result } from '@snapferry/migration'
import { type Access, MODES, type Mode } from './access.ts'
import { type Env, openEnvReader, type ReadFile, shown } from './env-reader.ts'
import { readCloud } from './read-cloud.ts'
import { readSandbox } from './read-sandbox.ts'

/**
 * Reads where the provider is and who asks from the environment; names as the official tools have them. The mode has
 * no default: nobody shall reach the provider, or think so, by accident. Every mistake is in the list, each with
 * the name to set; secrets never are.
 */
export function readAccess(env: Env, readFile: ReadFile): Result<Access, readonly string[]> {
  const mode = readMode(env)
  if (!mode.ok) return bad([mode.failure])
  const reader = openEnvReader(env, readFile)
  const access = mode.value === 'sandbox' ? readSandbox(reader) : readCloud(reader, mode.value)
  return access === null || reader.mistakes.length > 0 ? bad(reader.mistakes) : good(access)
}

/** The mode an environment asks for, or what to set. */
export function readMode(env: Env): Result<Mode, string> {
  const text = env['SNAPFERRY_MODE']?.trim() || null
  const mode = MODES.find((one) => one === text)
  if (mode !== undefined) return good(mode)
  const now = text === null ? 'not set' : shown(text)
  return bad(`SNAPFERRY_MODE is ${now}: set SNAPFERRY_MODE to sandbox, observe or armed`)
}
