import type { ScalewayEnvName } from './scaleway-env.ts'

/** The environment as it was given. */
export type Env = Readonly<Record<string, string | undefined>>

/** Answers the text of a file or throws. */
export type ReadFile = (path: string) => string

/** Values that stand in for names of the environment that are not set. */
export type Fallback = Readonly<Partial<Record<ScalewayEnvName, string>>>

/** Reads names, and collects every mistake instead of stopping at the first. Values never stand in a mistake. */
export interface EnvReader {
  readonly mistakes: string[]
  /** The trimmed value, or null when unset or empty. */
  optional(name: ScalewayEnvName): string | null
  /** Like `optional`, but unset is a mistake. */
  required(name: ScalewayEnvName): string | null
  /** The value of a required secret: from the name itself, the file that `<name>_FILE` names, or the fallback. */
  secret(name: 'SCW_ACCESS_KEY' | 'SCW_SECRET_KEY'): string | null
  /** The text of a file. Throws what the system does. */
  readonly readFile: ReadFile
  /** From now on these stand in for what the environment does not set. */
  fallBackOn(fallback: Fallback): void
}

/** Shorter than any secret we read: a text that may be repeated in a mistake. */
const REPEATED_LENGTH_MAX = 15

/** A wrong value as a mistake may show it: a long one may be a secret in the wrong place. */
export function shown(value: string): string {
  return value.length > REPEATED_LENGTH_MAX ? 'what stands there' : JSON.stringify(value)
}

/** Opens a reader over an environment. `readFile` answers the text of a file or throws. */
export function openEnvReader(env: Env, readFile: ReadFile): EnvReader {
  const mistakes: string[] = []
  let fallback: Fallback = {}
  const set = (name: ScalewayEnvName): string | null => env[name]?.trim() || null
  const optional = (name: ScalewayEnvName): string | null => set(name) ?? fallback[name] ?? null
  const required = (name: ScalewayEnvName): string | null => {
    const value = optional(name)
    if (value === null) mistakes.push(`${name} is not set: ${NEEDED}`)
    return value
  }
  return {
    mistakes,
    optional,
    required,
    readFile,
    fallBackOn: (values) => {
      fallback = values
    },
    secret(name) {
      const [plain, file] = [set(name), set(`${name}_FILE`)]
      if (plain !== null && file !== null) mistakes.push(`${name} and ${name}_FILE are both set: keep one`)
      if (plain !== null || file === null) return required(name)
      try {
        const text = readFile(file).trim()
        if (text === '') mistakes.push(`${name}_FILE: the file it names is empty`)
        return text || null
      } catch {
        // The name is not repeated: people paste the secret itself here.
        mistakes.push(`${name}_FILE: the file it names cannot be read`)
        return null
      }
    },
  }
}

const NEEDED = 'the real provider is not reached without it'
