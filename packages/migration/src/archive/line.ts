import type { Copy } from '../copy.ts'
import type { Event } from '../event.ts'
import { isMigrationId, type MigrationId } from '../ids.ts'
import type { Migration } from '../migration.ts'
import { bad, good, type Result } from '../result.ts'
import { type AuditLine, isAuditLine } from './audit-line.ts'
import { readCopy } from './read-copy.ts'

/** A finished migration as its journal keeps it. A later line of the same migration replaces an earlier one. */
export interface MigrationLine {
  readonly kind: 'migration'
  readonly id: MigrationId
  readonly v: number
  readonly wakeAt: number
  /** The fingerprint of the request that made it; '' when it came without an Idempotency-Key. */
  readonly fingerprint: string
  readonly naturals: readonly string[]
  readonly record: Migration
  /** As stored, without `v`. */
  readonly pulse: unknown
  readonly events: readonly Event[]
}

/** One line of the audit. `key` is its place in the audit, unique. */
export interface AuditArchived {
  readonly kind: 'audit'
  readonly key: string
  readonly line: AuditLine
}

/** The catalogue's entry of a copy, as it was at that time; a later line replaces an earlier one. */
export interface CopyLine {
  readonly kind: 'copy'
  readonly copy: Copy
}

/** A copy that is no longer in the catalogue. */
export interface CopyGoneLine {
  readonly kind: 'copy-gone'
  readonly id: string
}

/** What the archive remembers. */
export type ArchiveLine = MigrationLine | AuditArchived | CopyLine | CopyGoneLine

/** The kinds of lines, in the order in which a day is written. */
export const LINE_KINDS: readonly ArchiveLine['kind'][] = ['migration', 'audit', 'copy', 'copy-gone']

/** One line as text, without its newline. */
export function lineText(line: ArchiveLine): string {
  return JSON.stringify(line)
}

/** A line from its text, or in a few words why it is none. `install`: whose migrations these must be. */
export function readLine(text: string, install: string): Result<ArchiveLine, string> {
  const value = parsed(text)
  if (value === null) return bad('is no JSON object')
  switch (value['kind']) {
    case 'migration':
      return readMigration(value, install)
    case 'audit':
      return typeof value['key'] === 'string' && isAuditLine(value['line'])
        ? good(value as unknown as AuditArchived)
        : bad('is no line of the audit')
    case 'copy': {
      const copy = readCopy(value['copy'])
      return copy === null ? bad('is no copy') : good({ kind: 'copy', copy })
    }
    case 'copy-gone':
      return typeof value['id'] === 'string'
        ? good({ kind: 'copy-gone', id: value['id'] })
        : bad('names no copy')
    default:
      return bad('is of a kind that this program does not know')
  }
}

/** A JSON object from its text, or null. */
export function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text)
    return isFields(value) ? value : null
  } catch {
    return null
  }
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readMigration(
  value: Readonly<Record<string, unknown>>,
  install: string,
): Result<MigrationLine, string> {
  const { id, v, wakeAt, fingerprint, naturals, record, pulse, events } = value
  if (typeof id !== 'string' || !isMigrationId(id)) return bad('has no id of a migration')
  if (!isFields(record) || record['id'] !== id || typeof record['endedAt'] !== 'number')
    return bad('has no record of a migration that has ended')
  const plan = record['plan']
  if (!isFields(plan) || plan['install'] !== install) return bad('is a migration of another installation')
  if (typeof v !== 'number' || typeof wakeAt !== 'number' || typeof fingerprint !== 'string')
    return bad('has no version')
  if (!Array.isArray(naturals) || !naturals.every((key) => typeof key === 'string'))
    return bad('has no natural keys')
  if (!isFields(pulse)) return bad('has no pulse')
  if (!Array.isArray(events) || events.length === 0 || events.length !== record['events'])
    return bad('does not have as many events as its record counts')
  return events.every(isEvent)
    ? good(value as unknown as MigrationLine)
    : bad('has something among its events that is none')
}

function isEvent(value: unknown): value is Event {
  return isFields(value) && typeof value['type'] === 'string' && typeof value['at'] === 'number'
}
