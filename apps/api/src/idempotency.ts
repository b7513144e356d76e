import { createHash } from 'node:crypto'
import { bad, good, type MigrationId, migrationIdOf, type Result } from '@snapferry/migration'
import type { Principal } from './principal.ts'
import type { Refusal } from './refusal.ts'

/** What makes a repeated request the same request. */
export interface Idempotency {
  /** Who asks, for what, under which key. */
  readonly key: string
  /** SHA-256 of the route and the canonical body. */
  readonly fingerprint: string
  /** Follows from `key`, so that a repeat adopts the migration it made. */
  readonly id: MigrationId
}

/** Longest Idempotency-Key. */
export const KEY_LENGTH_MAX = 255

/**
 * Reads an Idempotency-Key: a string of structured fields (RFC 8941: quoted, `\"` and `\\` escaped) or a bare text.
 * Null when the header is missing.
 */
export function readKey(header: string | readonly string[] | undefined): Result<string | null, Refusal> {
  if (header === undefined) return good(null)
  if (typeof header !== 'string') return bad(invalid('It is given more than once.'))
  const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/.exec(header.trim())?.[1]
  const key = quoted === undefined ? bareKey(header.trim()) : quoted.replace(/\\(["\\])/g, '$1')
  if (key === null) return bad(invalid('It is neither a quoted string nor plain visible characters.'))
  if (key === '') return bad(invalid('It is empty.'))
  if (key.length > KEY_LENGTH_MAX) return bad(invalid(`It is longer than ${KEY_LENGTH_MAX} characters.`))
  return good(key)
}

function bareKey(text: string): string | null {
  return /^[\x21\x23-\x2b\x2d-\x7e]*$/.test(text) ? text : null
}

function invalid(detail: string): Refusal {
  const fix = 'Send Idempotency-Key: "<uuid>", at most 255 characters.'
  const item = { code: 'invalid_header', detail, pointer: 'Idempotency-Key', fix } as const
  return { code: 'invalid_header', detail: `Idempotency-Key: ${detail}`, fix, items: [item] }
}

/** The identity of a request. `route` names the operation and what it is about. */
export function idempotencyOf(of: {
  readonly by: Principal
  readonly route: string
  readonly key: string
  readonly body: unknown
}): Idempotency {
  const key = JSON.stringify([of.by.id, of.route, of.key])
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([of.route, canonical(of.body)]))
    .digest('hex')
  return { key, fingerprint, id: migrationIdOf(createHash('sha256').update(key).digest()) }
}

/** The same value with its fields in one order, so that equal bodies have equal text. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return fields.map(([name, inner]) => [name, canonical(inner)])
}
