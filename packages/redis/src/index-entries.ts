import { isEnded, type Migration, type MigrationId, migrationId, type Source } from '@snapferry/migration'
import { keyOf } from './keys.ts'

/** One membership of a migration in a lex index. */
export interface IndexEntry {
  readonly key: string
  readonly member: string
}

/** Digits of a time in milliseconds, so that texts sort as numbers do (until the year 33658). */
const TIME_DIGITS = 15
const MEMBER = /^\d{15}:(mig_[a-z0-9]{26})$/

/** `<milliseconds, 15 digits>:<id>`: sorts by time, then by id. */
export function memberOf(atMs: number, id: MigrationId): string {
  return `${String(Math.trunc(atMs)).padStart(TIME_DIGITS, '0')}:${id}`
}

/** Whether a text is a member of a lex index. */
export function isMember(text: string): boolean {
  return MEMBER.test(text)
}

/** The migration a member stands for; throws TypeError on any other text. */
export function idOfMember(member: string): MigrationId {
  return migrationId(MEMBER.exec(member)?.[1] ?? member)
}

/** What people name a source by: the id of a snapshot or volume, or `bucket/key`. */
export function sourceText(source: Source): string {
  return source.kind === 'image' ? `${source.bucket}/${source.key}` : source.id
}

/** Every index a migration belongs to. */
export function entriesOf(m: Migration): readonly IndexEntry[] {
  const { from, to, source } = m.plan
  const keys = [
    keyOf.all,
    keyOf.state(m.state),
    keyOf.source(sourceText(source)),
    keyOf.to(to),
    ...(from === null ? [] : [keyOf.from(from), keyOf.pair(from, to)]),
    ...(isEnded(m) ? [] : [keyOf.unended]),
  ]
  const member = memberOf(m.createdAt, m.id)
  const entries = keys.map((key) => ({ key, member }))
  return isEnded(m) ? [...entries, { key: keyOf.finished, member: memberOf(m.endedAt, m.id) }] : entries
}

/** The entries of `some` that `others` lacks. */
export function without(some: readonly IndexEntry[], others: readonly IndexEntry[]): readonly IndexEntry[] {
  return some.filter((e) => !others.some((other) => other.key === e.key && other.member === e.member))
}
