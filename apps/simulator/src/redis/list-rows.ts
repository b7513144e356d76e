import type { ListQuery, Migration, Source } from '@snapferry/migration'
import { BadCursor } from '@snapferry/redis'
import type { Memory } from './memory.ts'
import type { Row } from './row.ts'

const PAGE_SIZE_MAX = 1_000

/** One page of a list, newest first; a token goes on behind the last migration that was shown. */
export function listRows(memory: Memory, query: ListQuery) {
  const { pageSize, pageToken = '' } = query
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > PAGE_SIZE_MAX)
    throw new RangeError(`a page has 1 to ${PAGE_SIZE_MAX} items, not ${pageSize}`)
  const after = pageToken === '' ? null : memberOfToken(pageToken, query)
  const rows = [...memory.rows.values()]
    .filter(({ record }) => fits(record, query))
    .filter((row) => after === null || memberOf(row) < after)
    .toSorted((a, b) => (memberOf(a) < memberOf(b) ? 1 : -1))
  const items = rows.slice(0, pageSize)
  const last = items.at(-1)
  const nextPageToken = rows.length > pageSize && last !== undefined ? tokenOf(memberOf(last), query) : ''
  return { items: items.map(({ record, pulse }) => ({ record, pulse })), nextPageToken }
}

function fits({ state, plan }: Migration, query: ListQuery): boolean {
  return (
    (query.state === undefined || state === query.state) &&
    (query.from === undefined || plan.from === query.from) &&
    (query.to === undefined || plan.to === query.to) &&
    (query.source === undefined || textOf(plan.source) === query.source)
  )
}

function textOf(source: Source): string {
  return source.kind === 'image' ? `${source.bucket}/${source.key}` : source.id
}

function memberOf({ record }: Row): string {
  return `${String(record.createdAt).padStart(15, '0')}:${record.id}`
}

function tokenOf(member: string, query: ListQuery): string {
  return Buffer.from(`${filtersOf(query)}\n${member}`).toString('base64url')
}

function memberOfToken(token: string, query: ListQuery): string {
  const [filters, member] = Buffer.from(token, 'base64url').toString().split('\n')
  if (filters !== filtersOf(query) || member === undefined) throw new BadCursor('not a token of this list')
  return member
}

function filtersOf({ state, from, to, source }: ListQuery): string {
  return JSON.stringify([state, from, to, source])
}
