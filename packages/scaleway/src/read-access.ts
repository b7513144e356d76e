import { bad, good, type Result } from '@snapferry/migration'
import type { Access } from './access.ts'
import { type Env, openEnvReader, shown } from './env-reader.ts'
import { readArmed } from './read-armed.ts'
import { readSandbox } from './read-sandbox.ts'

/**
 * Reads where the provider is and who asks from the environment; names as the official tools have them. The mode has
 * no default: nobody shall reach the provider, or think so, by accident. Every mistake is in the list, each with
 * the name to set; secrets never are.
 */
export function readAccess(env: Env, readFile: (path: string) => string): Result<Access, readonly string[]> {
  const reader = openEnvReader(env, readFile)
  const mode = reader.optional('SNAPFERRY_MODE')
  switch (mode) {
    case 'sandbox':
      return orMistakes(readSandbox(reader), reader.mistakes)
    case 'armed':
      return orMistakes(readArmed(reader), reader.mistakes)
    default: {
      const now = mode === null ? 'not set' : shown(mode)
      return bad([`SNAPFERRY_MODE is ${now}: set SNAPFERRY_MODE to sandbox or armed`])
    }
  }
}

function orMistakes(access: Access | null, mistakes: readonly string[]): Result<Access, readonly string[]> {
  return access === null || mistakes.length > 0 ? bad(mistakes) : good(access)
}
