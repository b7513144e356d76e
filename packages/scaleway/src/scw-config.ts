import { bad, good, type Result } from '@snapferry/migration'
import { isMap, isScalar, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml'
import { readEndpoint } from './endpoint.ts'
import { ACCESS_KEY, REGION, UUID, type ValueForm, ZONE } from './key-forms.ts'

const KEYS = [
  'access_key',
  'secret_key',
  'default_project_id',
  'default_organization_id',
  'default_region',
  'default_zone',
  'api_url',
  'insecure',
] as const

/** One profile of the config file of the official tools; what it leaves out it takes from the values outside of all. */
export type ScwProfile = Readonly<Partial<Record<(typeof KEYS)[number], string>>>

/** What is wrong with the file, and where: line and column count from 1. Never a value. */
export interface ConfigMistake {
  readonly line: number
  readonly column: number
  readonly text: string
}

/**
 * Reads the config file as the official tools do: the values outside of all profiles are the profile `default`;
 * `wanted` (SCW_PROFILE), else `active_profile`, names the one that is laid over them. Other keys pass. Only profiles
 * that count are checked.
 */
export function readScwConfig(
  text: string,
  wanted: string | null,
): Result<ScwProfile, readonly ConfigMistake[]> {
  const lines = new LineCounter()
  // Its own sentences would quote the file, in which secrets stand.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' })
  const reading: Reading = { lines, mistakes: [] }
  for (const { pos, code } of document.errors) mistake(reading, pos[0], `this is no YAML (${code})`)
  if (reading.mistakes.length > 0) return bad(reading.mistakes)
  const root = document.contents
  if (!isMap(root)) {
    mistake(reading, startOf(root), 'a list of "key: value" lines is expected')
    return bad(reading.mistakes)
  }
  const name = wanted ?? valueAt(reading, root, 'active_profile') ?? DEFAULT
  const base = profileOf(reading, root)
  const named = name === DEFAULT ? {} : namedProfile(reading, root, name)
  return reading.mistakes.length > 0 ? bad(reading.mistakes) : good({ ...base, ...named })
}

const DEFAULT = 'default'

interface Reading {
  readonly lines: LineCounter
  readonly mistakes: ConfigMistake[]
}

function mistake({ lines, mistakes }: Reading, offset: number, text: string): void {
  const { line, col } = lines.linePos(offset)
  mistakes.push({ line, column: col, text })
}

function startOf(node: Node | null | undefined): number {
  return node?.range?.[0] ?? 0
}

function namedProfile(reading: Reading, root: YAMLMap, name: string): ScwProfile {
  const profiles = root.get('profiles', true)
  const profile = isMap(profiles) ? profiles.get(name, true) : undefined
  if (isMap(profile)) return profileOf(reading, profile)
  mistake(reading, startOf(nodeOf(profiles)), `there is no profile ${JSON.stringify(name.slice(0, 40))}`)
  return {}
}

function nodeOf(value: unknown): Node | null {
  return isMap(value) || isScalar(value) ? value : null
}

function profileOf(reading: Reading, map: YAMLMap): ScwProfile {
  return Object.fromEntries(
    KEYS.flatMap((key): [string, string][] => {
      const value = valueAt(reading, map, key)
      return value === null ? [] : [[key, value]]
    }),
  )
}

/** The value as a text; null when there is none, or when it is not what belongs there. */
function valueAt(reading: Reading, map: YAMLMap, key: Key): string | null {
  const node: unknown = map.get(key, true)
  if (node === undefined) return null
  if (!isScalar(node)) {
    mistake(reading, startOf(nodeOf(node) ?? map), `${key} must be one value`)
    return null
  }
  const { value } = node
  if (value === null || value === '') return null
  const isText = typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number'
  const text = isText ? String(value).trim() : ''
  const wrong = isText ? wrongForm(key, text) : 'is not a text'
  if (wrong === null) return text
  mistake(reading, startOf(node), `${key} ${wrong}`)
  return null
}

type Key = (typeof KEYS)[number] | 'active_profile'

const FORM: Readonly<Partial<Record<Key, ValueForm>>> = {
  access_key: ACCESS_KEY,
  secret_key: UUID,
  default_project_id: UUID,
  default_organization_id: UUID,
  default_region: REGION,
  default_zone: ZONE,
  insecure: { fits: /^(?:1|0|t|f|true|false)$/i, what: 'true or false' },
}

function wrongForm(key: Key, text: string): string | null {
  if (key === 'api_url') {
    const url = readEndpoint(text)
    return url.ok ? null : url.failure
  }
  const form = FORM[key]
  return form === undefined || form.fits.test(text) ? null : `is not ${form.what}`
}
