import type { ListQuery } from '@snapferry/migration'
import type { Redis } from 'ioredis'
import { idOfMember, sourceText } from './index-entries.ts'
import { keyOf } from './keys.ts'
import { memberOfToken, pageTokenOf } from './page-token.ts'
import { RECORD_FIELDS, type Stored, storedOf } from './record-text.ts'

/** The largest page a list gives. */
export const PAGE_SIZE_MAX = 1_000
/** Index members one script call looks at: about a millisecond of Redis. */
const SCAN_MAX = 2_000
/** Script calls one page may take when filters hardly meet; then it comes back short, with a token. */
const SCANS_MAX = 50

/** One page of a list, newest first. `nextPageToken` is '' on the last page; a page may be short before that. */
export interface Page {
  readonly items: readonly Stored[]
  readonly nextPageToken: string
}

/** Reads a page; throws `BadCursor` for a token of another list and RangeError for a page size outside 1–1000. */
export async function listRecords(redis: Redis, query: ListQuery): Promise<Page> {
  const { pageSize, pageToken } = query
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > PAGE_SIZE_MAX)
    throw new RangeError(`a page has 1 to ${PAGE_SIZE_MAX} items, not ${pageSize}`)
  let last = pageToken === undefined || pageToken === '' ? '' : memberOfToken(pageToken, query)
  const keys = indexesOf(query)
  const items: Stored[] = []
  for (let scans = 0; scans < SCANS_MAX; scans++) {
    const wanted = pageSize - items.length
    const [more, at, ...members] = await redis.sfPage(
      keys.length,
      ...keys,
      last,
      String(wanted),
      String(SCAN_MAX),
    )
    items.push(...(await readRecords(redis, members)).filter((stored) => fits(stored, query)))
    last = at
    if (more === '0') return { items, nextPageToken: '' }
    if (items.length === pageSize) break
  }
  return { items, nextPageToken: pageTokenOf(last, query) }
}

/** The indexes that together say what a query says; a pair of zones has one of its own. */
function indexesOf({ state, from, to, source }: ListQuery): string[] {
  const keys = [
    ...(source === undefined ? [] : [keyOf.source(source)]),
    ...(state === undefined ? [] : [keyOf.state(state)]),
    ...(from !== undefined && to !== undefined ? [keyOf.pair(from, to)] : []),
    ...(from !== undefined && to === undefined ? [keyOf.from(from)] : []),
    ...(from === undefined && to !== undefined ? [keyOf.to(to)] : []),
  ]
  return keys.length === 0 ? [keyOf.all] : keys
}

/** A record may have moved on between the index and the read; then it is no longer an answer. */
function fits({ record }: Stored, { state, from, to, source }: ListQuery): boolean {
  return (
    (state === undefined || record.state === state) &&
    (from === undefined || record.plan.from === from) &&
    (to === undefined || record.plan.to === to) &&
    (source === undefined || sourceText(record.plan.source) === source)
  )
}

/** Reads the records of index members in one round trip, in order; those that are gone are left out. */
export async function readRecords(redis: Redis, members: readonly string[]): Promise<readonly Stored[]> {
  if (members.length === 0) return []
  const pipeline = redis.pipeline()
  for (const member of members) pipeline.hmget(keyOf.record(idOfMember(member)), ...RECORD_FIELDS)
  const replies = (await pipeline.exec()) ?? []
  return replies.flatMap(([error, values]) => {
    if (error) throw error
    return Array.isArray(values) ? (storedOf(values) ?? []) : []
  })
}
