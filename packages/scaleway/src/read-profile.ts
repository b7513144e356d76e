import type { EnvReader, Fallback } from './env-reader.ts'
import { readScwConfig, type ScwProfile } from './scw-config.ts'

/**
 * What the config file says that SCW_CONFIG_PATH names, under the profile that SCW_PROFILE or the file itself names;
 * nothing when SCW_CONFIG_PATH is not set. Mistakes give line and column, never a value.
 */
export function readProfile(reader: EnvReader): Fallback {
  const path = reader.optional('SCW_CONFIG_PATH')
  if (path === null) return {}
  const text = textOf(reader, path)
  if (text === null) return {}
  const read = readScwConfig(text, reader.optional('SCW_PROFILE'))
  if (read.ok) return fallbackOf(read.value)
  for (const { line, column, text: what } of read.failure)
    reader.mistakes.push(`the config file of SCW_CONFIG_PATH, line ${line}, column ${column}: ${what}`)
  return {}
}

function textOf(reader: EnvReader, path: string): string | null {
  try {
    return reader.readFile(path)
  } catch {
    reader.mistakes.push('SCW_CONFIG_PATH: the file it names cannot be read')
    return null
  }
}

const NAME_OF = {
  access_key: 'SCW_ACCESS_KEY',
  secret_key: 'SCW_SECRET_KEY',
  default_project_id: 'SCW_DEFAULT_PROJECT_ID',
  default_organization_id: 'SCW_DEFAULT_ORGANIZATION_ID',
  api_url: 'SCW_API_URL',
  insecure: 'SCW_INSECURE',
} as const satisfies Partial<Record<keyof ScwProfile, string>>

function fallbackOf(profile: ScwProfile): Fallback {
  return Object.fromEntries(
    Object.entries(NAME_OF).flatMap(([key, name]): [string, string][] => {
      const value = profile[key as keyof ScwProfile]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
