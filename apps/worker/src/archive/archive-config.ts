import { bad, good, type Region, type Result } from '@snapferry/migration'
import { HISTORY_DAYS, HISTORY_MAX, type HistoryLimits } from '@snapferry/redis'

/** Where history goes, and how much of it stays in Redis. */
export interface ArchiveConfig {
  /** The first part of every object key we write. */
  readonly prefix: string
  /** null when there is none: then nothing is archived, and nothing is ever removed from Redis. */
  readonly bucket: { readonly region: Region; readonly bucket: string } | null
  readonly limits: HistoryLimits
}

/** Every name of the environment read here. */
export const ARCHIVE_ENV = [
  'SNAPFERRY_PREFIX',
  'SNAPFERRY_BUCKETS',
  'SNAPFERRY_ARCHIVE_BUCKET',
  'SNAPFERRY_HISTORY_DAYS',
  'SNAPFERRY_HISTORY_MAX',
] as const

type Env = Readonly<Record<string, string | undefined>>

const BUCKET = /^([a-z]{2}-[a-z]{3})=([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])$/
const PREFIX = /^[a-z0-9][a-z0-9-]{0,39}$/
/** A record must outlive the keys of callers that may still name it. */
const DAYS_MIN = 7
const DAYS_MAX = 36_500
const COUNT_MIN = 1_000
const COUNT_MAX = 100_000_000

/** Reads the settings of the archive; every mistake in one list. Without a bucket of its own it uses the first staging bucket. */
export function readArchiveConfig(env: Env): Result<ArchiveConfig, readonly string[]> {
  const text = (name: (typeof ARCHIVE_ENV)[number]): string => env[name]?.trim() ?? ''
  const own = readBucket('SNAPFERRY_ARCHIVE_BUCKET', text('SNAPFERRY_ARCHIVE_BUCKET'))
  const first = readBucket('SNAPFERRY_BUCKETS', text('SNAPFERRY_BUCKETS').split(',')[0]?.trim() ?? '')
  const days = readCount('SNAPFERRY_HISTORY_DAYS', text('SNAPFERRY_HISTORY_DAYS'), {
    unset: HISTORY_DAYS,
    from: DAYS_MIN,
    to: DAYS_MAX,
  })
  const max = readCount('SNAPFERRY_HISTORY_MAX', text('SNAPFERRY_HISTORY_MAX'), {
    unset: HISTORY_MAX,
    from: COUNT_MIN,
    to: COUNT_MAX,
  })
  const prefix = text('SNAPFERRY_PREFIX') || 'snapferry'
  const mistakes = [own, first, days, max].flatMap((read) => (read.ok ? [] : [read.failure]))
  if (!PREFIX.test(prefix))
    mistakes.push('SNAPFERRY_PREFIX takes 1 to 40 of a-z, 0-9 and -, and does not begin with a dash')
  if (!own.ok || !first.ok || !days.ok || !max.ok || mistakes.length > 0) return bad(mistakes)
  return good({
    prefix,
    bucket: own.value ?? first.value,
    limits: { days: days.value, max: max.value },
  })
}

function readBucket(name: string, text: string): Result<ArchiveConfig['bucket'], string> {
  if (text === '') return good(null)
  const [, region, bucket] = BUCKET.exec(text) ?? []
  return region === undefined || bucket === undefined
    ? bad(`${name} takes a bucket with its region, such as fr-par=acme-archive`)
    : good({ region: region as Region, bucket })
}

function readCount(
  name: string,
  text: string,
  range: { readonly unset: number; readonly from: number; readonly to: number },
): Result<number, string> {
  if (text === '') return good(range.unset)
  const value = Number(text)
  return /^\d{1,9}$/.test(text) && value >= range.from && value <= range.to
    ? good(value)
    : bad(`${name} takes a whole number from ${range.from} to ${range.to}`)
}
