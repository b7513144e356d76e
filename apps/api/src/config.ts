import { readFileSync } from 'node:fs'
import { bad, good, isInstall, type Result } from '@snapferry/migration'
import { type Access, type CredentialSource, credentialSourceOf, readAccess } from '@snapferry/scaleway'
import { LOG_LEVELS, type LogLevel } from '@snapferry/telemetry'

/** Everything the process is told from outside. */
export interface Config {
  readonly access: Access
  /** Where the key of `access` can be read again; left out, it stays what it is. */
  readonly credentials?: CredentialSource
  readonly redisUrl: string
  /** Whether a Redis that forgets is good enough: only in the sandbox. */
  readonly allowVolatile: boolean
  readonly install: string
  readonly prefix: string
  readonly buckets: Readonly<Record<string, string>>
  /** The first API key, or null: then those in Redis stay as they are. */
  readonly apiKey: string | null
  readonly api: Endpoint
  readonly metrics: Endpoint
  readonly ratePerMinute: number
  readonly logLevel: LogLevel
  readonly revision: string
}

/** Where something listens; port 0 takes a free one. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** Every name of the environment read here, besides those of `SCALEWAY_ENV`. */
export const API_ENV = [
  'REDIS_URL',
  'SNAPFERRY_REDIS_VOLATILE',
  'SNAPFERRY_INSTALL',
  'SNAPFERRY_PREFIX',
  'SNAPFERRY_BUCKETS',
  'SNAPFERRY_API_KEY',
  'SNAPFERRY_API_KEY_FILE',
  'SNAPFERRY_API_HOST',
  'SNAPFERRY_API_PORT',
  'SNAPFERRY_API_RATE_PER_MINUTE',
  'SNAPFERRY_METRICS_HOST',
  'SNAPFERRY_METRICS_PORT',
  'SNAPFERRY_LOG_LEVEL',
  'SNAPFERRY_REVISION',
] as const

type Env = Readonly<Record<string, string | undefined>>
type Name = (typeof API_ENV)[number]

/** A hundred requests a second for each key: a night of 500 migrations polled each 5 s needs as much. */
const RATE_PER_MINUTE_DEFAULT = 6_000
/** Nobody has to be kept away from a sandbox; its benches ask as fast as they can. */
const RATE_PER_MINUTE_SANDBOX = 1_000_000
/** 128 bits in base64 have 22 characters; shorter keys can be guessed. */
const KEY_LENGTH_MIN = 16

/** Reads and checks the environment; every mistake in one list. `readFile` answers a file's text or throws. */
export function readConfig(env: Env, readFile: (path: string) => string): Result<Config, readonly string[]> {
  const access = readAccess(env, readFile)
  const mistakes: string[] = access.ok ? [] : [...access.failure]
  const text = (name: Name, fallback: string) => env[name]?.trim() || fallback
  const check = <T>(read: Result<T, string>, fallback: T): T => {
    if (!read.ok) mistakes.push(read.failure)
    return read.ok ? read.value : fallback
  }
  const number = (name: Name, fallback: number, max: number) =>
    check(readNumber(name, text(name, `${fallback}`), max), 0)
  const isSandbox = access.ok && access.value.mode === 'sandbox'
  const rateDefault = isSandbox ? RATE_PER_MINUTE_SANDBOX : RATE_PER_MINUTE_DEFAULT
  const config = {
    redisUrl: check(readRedisUrl(text('REDIS_URL', '')), ''),
    allowVolatile: check(
      readVolatile(text('SNAPFERRY_REDIS_VOLATILE', ''), env['SNAPFERRY_MODE']?.trim()),
      false,
    ),
    install: check(readInstall(text('SNAPFERRY_INSTALL', 'default')), ''),
    prefix: check(readPrefix(text('SNAPFERRY_PREFIX', 'snapferry')), ''),
    buckets: check(readBuckets(text('SNAPFERRY_BUCKETS', '')), {}),
    apiKey: check(readApiKey(env, readFile), null),
    api: { host: text('SNAPFERRY_API_HOST', '127.0.0.1'), port: number('SNAPFERRY_API_PORT', 8080, 65_535) },
    metrics: {
      host: text('SNAPFERRY_METRICS_HOST', '127.0.0.1'),
      port: number('SNAPFERRY_METRICS_PORT', 9464, 65_535),
    },
    ratePerMinute: number('SNAPFERRY_API_RATE_PER_MINUTE', rateDefault, 10_000_000),
    logLevel: check(readLogLevel(text('SNAPFERRY_LOG_LEVEL', 'info')), 'info'),
    revision: text('SNAPFERRY_REVISION', 'unknown'),
  }
  if (config.ratePerMinute === 0 && mistakes.length === 0)
    mistakes.push('SNAPFERRY_API_RATE_PER_MINUTE must be at least 1')
  const credentials = credentialSourceOf(env)
  return access.ok && mistakes.length === 0
    ? good({ access: access.value, credentials, ...config })
    : bad(mistakes)
}

/** The configuration of this process: the one place where its environment is read. */
export function configOfProcess(): Result<Config, readonly string[]> {
  return readConfig(process.env, (path) => readFileSync(path, 'utf8'))
}

/** All mistakes as one message for people. */
export function mistakesText(mistakes: readonly string[]): string {
  const lines = mistakes.map((mistake) => `  - ${mistake}`)
  return ['Snapferry cannot start (see .env.example):', ...lines].join('\n')
}

function readRedisUrl(url: string): Result<string, string> {
  if (url === '') return bad('REDIS_URL is not set: set it, for example redis://127.0.0.1:6379')
  const scheme = URL.canParse(url) ? new URL(url).protocol : ''
  return scheme === 'redis:' || scheme === 'rediss:'
    ? good(url)
    : bad('REDIS_URL must begin with redis:// or rediss://')
}

function readVolatile(text: string, mode: string | undefined): Result<boolean, string> {
  if (text === '' || text === '0') return good(false)
  if (text !== '1') return bad('SNAPFERRY_REDIS_VOLATILE must be 1 or unset')
  return mode === 'sandbox' ? good(true) : bad('SNAPFERRY_REDIS_VOLATILE is only for SNAPFERRY_MODE=sandbox')
}

function readInstall(text: string): Result<string, string> {
  return isInstall(text) ? good(text) : bad('SNAPFERRY_INSTALL must be 1 to 20 of a-z, 0-9 and -')
}

function readPrefix(text: string): Result<string, string> {
  return /^[a-z0-9][a-z0-9-]{0,39}$/.test(text)
    ? good(text)
    : bad('SNAPFERRY_PREFIX must be 1 to 40 of a-z, 0-9 and -, and begin with none of the dashes')
}

function readBuckets(text: string): Result<Readonly<Record<string, string>>, string> {
  const buckets: Record<string, string> = {}
  for (const part of text
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean)) {
    const [, region, bucket] = /^([a-z]{2}-[a-z]{3})=([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])$/.exec(part) ?? []
    if (region === undefined || bucket === undefined)
      return bad(
        'SNAPFERRY_BUCKETS has a part that is no bucket of a region: write fr-par=my-bucket,nl-ams=other-bucket',
      )
    if (Object.hasOwn(buckets, region)) return bad(`SNAPFERRY_BUCKETS names ${region} twice`)
    buckets[region] = bucket
  }
  return good(buckets)
}

function readApiKey(env: Env, readFile: (path: string) => string): Result<string | null, string> {
  const plain = env['SNAPFERRY_API_KEY']?.trim() || null
  const file = env['SNAPFERRY_API_KEY_FILE']?.trim() || null
  if (plain !== null && file !== null)
    return bad('SNAPFERRY_API_KEY and SNAPFERRY_API_KEY_FILE are both set: keep one')
  if (plain === null && file === null) return good(null)
  const name = file === null ? 'SNAPFERRY_API_KEY' : 'SNAPFERRY_API_KEY_FILE'
  try {
    const key = file === null ? (plain ?? '') : readFile(file).trim()
    if (key.length < KEY_LENGTH_MIN) return bad(`${name}: a key has at least ${KEY_LENGTH_MIN} characters`)
    return /^[\x21-\x7e]+$/.test(key) ? good(key) : bad(`${name}: a key has only visible ASCII characters`)
  } catch {
    // The name is not repeated: people paste the key itself here.
    return bad('SNAPFERRY_API_KEY_FILE: the file it names cannot be read')
  }
}

function readNumber(name: Name, text: string, max: number): Result<number, string> {
  const number = Number(text)
  return /^\d+$/.test(text) && number <= max
    ? good(number)
    : bad(`${name} must be a whole number from 0 to ${max}`)
}

function readLogLevel(text: string): Result<LogLevel, string> {
  const level = LOG_LEVELS.find((one) => one === text)
  return level === undefined
    ? bad(`SNAPFERRY_LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}`)
    : good(level)
}
