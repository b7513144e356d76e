import type { CallsOptions } from './bench-calls.ts'
import { SOURCES, type SourceKind } from './calls-fleet.ts'

/** What `parseArgs` is told about the options of calls and latency. */
export const CALLS_FLAGS = {
  sizes: { type: 'string' },
  source: { type: 'string' },
  workers: { type: 'string' },
  rate: { type: 'string' },
  warm: { type: 'string' },
  set: { type: 'string', multiple: true },
  'real-time': { type: 'boolean' },
  json: { type: 'boolean' },
  story: { type: 'boolean' },
} as const

/** The same as they come back. */
export interface CallsValues {
  readonly sizes?: string | undefined
  readonly source?: string | undefined
  readonly workers?: string | undefined
  readonly rate?: string | undefined
  readonly warm?: string | undefined
  readonly set?: readonly string[] | undefined
  readonly 'real-time'?: boolean | undefined
  readonly json?: boolean | undefined
  readonly story?: boolean | undefined
}

/** Migrations at once that are measured when nothing is said. */
export const FULL_SIZES: readonly number[] = [1, 10, 100, 1_000]
/** Enough to see that everything works. */
export const QUICK_SIZES: readonly number[] = [2]

/** Migrations carried before, when nothing is said: five of each API. */
export const FULL_WARM = 10

const SIZE_MAX = 5_000
const WORKERS_MAX = 16
const RATE_MAX = 1_000

/** How a fleet is to be carried; throws one sentence that says what is wrong and what may be said. */
export function callsOptions(values: CallsValues, isQuick: boolean): CallsOptions {
  return {
    sizes: values.sizes === undefined ? (isQuick ? QUICK_SIZES : FULL_SIZES) : sizesOf(values.sizes),
    source: sourceOf(values.source ?? 'snapshot'),
    workers: countOf('--workers', values.workers ?? '1', WORKERS_MAX),
    warm: values.warm === undefined ? (isQuick ? 0 : FULL_WARM) : warmOf(values.warm),
    rate: values.rate === undefined ? null : rateOf(values.rate),
    settings: settingsOf(values.set ?? []),
    jumps: values['real-time'] !== true,
  }
}

function sizesOf(text: string): readonly number[] {
  return text.split(',').map((part) => countOf('--sizes', part.trim(), SIZE_MAX))
}

function countOf(flag: string, text: string, max: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= 1 && value <= max) return value
  throw new Error(`${flag} takes whole numbers from 1 to ${max}, not ${JSON.stringify(text)}`)
}

function warmOf(text: string): number {
  return text === '0' ? 0 : countOf('--warm', text, SIZE_MAX)
}

function rateOf(text: string): number {
  const value = Number(text)
  if (/^\d+(?:\.\d+)?$/.test(text) && value > 0 && value <= RATE_MAX) return value
  throw new Error(`--rate takes a number above 0, up to ${RATE_MAX}, not ${JSON.stringify(text)}`)
}

function sourceOf(text: string): SourceKind {
  const source = SOURCES.find((one) => one === text)
  if (source === undefined)
    throw new Error(`--source takes one of ${SOURCES.join(', ')}, not ${JSON.stringify(text)}`)
  return source
}

function settingsOf(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value] = /^(SNAPFERRY_[A-Z0-9_]+)=(.*)$/s.exec(pair) ?? []
      if (name === undefined || value === undefined)
        throw new Error(`--set takes NAME=value of SNAPFERRY_, not ${JSON.stringify(pair)}`)
      return [name, value]
    }),
  )
}
