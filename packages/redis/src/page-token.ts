import { createHash } from 'node:crypto'
import type { ListQuery } from '@snapferry/migration'
import { isMember } from './index-entries.ts'

/** A page token that was not given out for this list: made up, cut, or of other filters. */
export class BadCursor extends Error {
  override readonly name = 'BadCursor'
}

/** The filters of a list: what a token belongs to. The size of a page may change on the way. */
export type Filters = Pick<ListQuery, 'state' | 'from' | 'to' | 'source'>

/** The opaque, URL-safe token of the page after `member`. */
export function pageTokenOf(member: string, filters: Filters): string {
  return Buffer.from(`${digestOf(filters)}.${member}`).toString('base64url')
}

/** The last member of the page before; throws `BadCursor`. */
export function memberOfToken(token: string, filters: Filters): string {
  const text = Buffer.from(token, 'base64url').toString('latin1')
  const dot = text.indexOf('.')
  const member = text.slice(dot + 1)
  if (!isMember(member)) throw new BadCursor('this page token was not given out here')
  if (text.slice(0, dot) !== digestOf(filters))
    throw new BadCursor('this page token belongs to other filters')
  return member
}

function digestOf({ state, from, to, source }: Filters): string {
  const text = JSON.stringify([state ?? null, from ?? null, to ?? null, source ?? null])
  return createHash('sha256').update(text).digest('base64url').slice(0, 16)
}
