import { readFileSync } from 'node:fs'
import { isInstall } from '@snapferry/migration'
import {
  type Access,
  type CredentialSource,
  credentialSourceOf,
  type Mode,
  readAccess,
  readMode,
} from '@snapferry/scaleway'
import { LOG_LEVELS, type LogLevel } from '@snapferry/telemetry'
import { ARCHIVE_ENV, type ArchiveConfig, readArchiveConfig } from './archive/archive-config.ts'
import { NIGHTLY, type NightlySweep } from './nightly-sweep.ts'

/** Everything the worker is told from outside. */
export interface Config {
  readonly mode: Mode
  readonly install: string
  readonly redisUrl: string
  /** Redis without persistence is refused unless this says so; sandbox only. */
  readonly allowVolatile: boolean
  readonly access: Access
  /** Where the key of `access` can be read again; left out, it stays what it is. */
  readonly credentials?: CredentialSource
  /** What the sweep of each night does; left out, there is none. One that is asked for runs all the same. */
  readonly nightlySweep?: NightlySweep
  /** Ticks at a time. A waiting migration takes no place. */
  readonly concurrency: number
  readonly metrics: { readonly host: string; readonly port: number }
  readonly logLevel: LogLevel
  /** Where history goes and how much of it stays; left out, it all stays. */
  readonly archive?: ArchiveConfig
  /** Which build this is, for the metrics. */
  readonly revision: string
}

/** Every variable the worker reads itself; the provider's are in SCALEWAY_ENV. */
export const WORKER_ENV = [
  'SNAPFERRY_INSTALL',
  'REDIS_URL',
  'SNAPFERRY_REDIS_VOLATILE',
  'SNAPFERRY_CONCURRENCY',
  'SNAPFERRY_NIGHTLY_SWEEP',
  'SNAPFERRY_METRICS_HOST',
  'SNAPFERRY_METRICS_PORT',
  'SNAPFERRY_LOG_LEVEL',
  'SNAPFERRY_REVISION',
  ...ARCHIVE_ENV,
] as const

type Env = Readonly<Record<string, string | undefined>>
type Name = (typeof WORKER_ENV)[number]

const CONCURRENCY_MAX = 1_000
/** The schemes of `openRedis`. */
const REDIS_URL = /^rediss?:\/\/./

/** Reads the environment, in which an empty value is an unset one; throws one error that names every mistake. */
export function readConfig(
  env: Env = process.env,
  readFile: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): Config {
  const mistakes: string[] = []
  const text = (name: Name, unset: string) => env[name]?.trim() || unset
  const count = (name: Name, range: Range) => check(readCount(name, text(name, ''), range))
  const check = <T>({ value, mistake }: Read<T>): T => {
    if (mistake !== null) mistakes.push(mistake)
    return value
  }
  const access = readAccess(env, readFile)
  if (!access.ok) mistakes.push(...access.failure)
  const archive = readArchiveConfig(env)
  if (!archive.ok) mistakes.push(...archive.failure)
  const mode = access.ok ? access.value.mode : modeOf(env)
  const config = {
    mode,
    install: check(readInstall(text('SNAPFERRY_INSTALL', 'default'))),
    redisUrl: check(readRedisUrl(text('REDIS_URL', ''))),
    allowVolatile: check(readVolatile(text('SNAPFERRY_REDIS_VOLATILE', ''), mode)),
    concurrency: count('SNAPFERRY_CONCURRENCY', { unset: 100, from: 1, to: CONCURRENCY_MAX }),
    metrics: {
      host: text('SNAPFERRY_METRICS_HOST', '127.0.0.1'),
      port: count('SNAPFERRY_METRICS_PORT', { unset: 9465, from: 0, to: 65_535 }),
    },
    logLevel: check(readLogLevel(text('SNAPFERRY_LOG_LEVEL', 'info'))),
    nightlySweep: check(readNightly(text('SNAPFERRY_NIGHTLY_SWEEP', 'report'))),
    revision: text('SNAPFERRY_REVISION', 'unknown'),
  } as const
  if (mistakes.length > 0 || !access.ok || !archive.ok)
    throw new Error(`the environment is not complete (see .env.example):\n- ${mistakes.join('\n- ')}`)
  return { ...config, archive: archive.value, access: access.value, credentials: credentialSourceOf(env) }
}

/** The mode as it was asked for, when the rest of the access is wrong. */
function modeOf(env: Env): Mode {
  const mode = readMode(env)
  return mode.ok ? mode.value : 'observe'
}

/** A value to go on with, and what is wrong with what was given. */
interface Read<T> {
  readonly value: T
  readonly mistake: string | null
}

/** Whole numbers that are allowed, and the one that an unset name stands for. */
interface Range {
  readonly unset: number
  readonly from: number
  readonly to: number
}

function readCount(name: Name, text: string, { unset, from, to }: Range): Read<number> {
  if (text === '') return { value: unset, mistake: null }
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= from && value <= to) return { value, mistake: null }
  // A long text may be a secret in the wrong place.
  const given = text.length > 15 ? 'what stands there' : JSON.stringify(text)
  return { value: unset, mistake: `${name} takes a whole number from ${from} to ${to}, not ${given}` }
}

function readInstall(value: string): Read<string> {
  return { value, mistake: isInstall(value) ? null : 'SNAPFERRY_INSTALL takes 1 to 20 of a-z, 0-9 and -' }
}

function readRedisUrl(value: string): Read<string> {
  const isUrl = URL.canParse(value) && REDIS_URL.test(value)
  return { value, mistake: isUrl ? null : 'set REDIS_URL, such as redis://127.0.0.1:6379' }
}

function readVolatile(text: string, mode: Config['mode']): Read<boolean> {
  const value = text === '1'
  if (!value && text !== '' && text !== '0')
    return { value, mistake: 'SNAPFERRY_REDIS_VOLATILE takes 1, or is left out' }
  const mistake =
    value && mode !== 'sandbox' ? 'SNAPFERRY_REDIS_VOLATILE is only for SNAPFERRY_MODE=sandbox' : null
  return { value, mistake }
}

function readNightly(text: string): Read<NightlySweep> {
  const value = NIGHTLY.find((one) => one === text)
  const mistake = `SNAPFERRY_NIGHTLY_SWEEP takes one of ${NIGHTLY.join(', ')}`
  return value === undefined ? { value: 'report', mistake } : { value, mistake: null }
}

function readLogLevel(text: string): Read<LogLevel> {
  const value = LOG_LEVELS.find((level) => level === text)
  const mistake = `SNAPFERRY_LOG_LEVEL takes one of ${LOG_LEVELS.join(', ')}`
  return value === undefined ? { value: 'info', mistake } : { value, mistake: null }
}
