import { createHash } from 'node:crypto'
import type { ApiNeeds } from './needs.ts'
import type { Refusal } from './refusal.ts'
import { isRole, type Role } from './role.ts'

/** Who asks. */
export interface Principal {
  /** Scopes idempotency keys: the hash of the API key, or `sandbox`. */
  readonly id: string
  /** The name of the API key, as events and audit show it. */
  readonly name: string
  readonly role: Role
}

/** An API key as Redis keeps it: SHA-256 in hex. A fast hash is enough, since keys are long and random. */
export function hashOfKey(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

/** The name of the API key that the environment gives. */
export const FIRST_KEY = 'first'

const ANYONE: Principal = { id: 'sandbox', name: 'sandbox', role: 'admin' }
const KEY_LENGTH_MAX = 512

/** Finds out who asks. Without a header only the sandbox lets somebody in; a key that is given must be known there too. */
export async function principalOf(
  header: string | undefined,
  { mode, journal, firstKeyHash }: Pick<ApiNeeds, 'mode' | 'journal' | 'firstKeyHash'>,
): Promise<Principal | Refusal> {
  if (header === undefined)
    return mode === 'sandbox' ? ANYONE : unauthenticated('This installation asks for an API key.')
  const key = /^Bearer +([\x21-\x7e]+)$/i.exec(header)?.[1]
  if (key === undefined || key.length > KEY_LENGTH_MAX)
    return unauthenticated('The Authorization header has no bearer key.')
  const id = hashOfKey(key)
  const holder = await journal.apiKeys.find(id)
  if (holder === null || !isRole(holder.role)) return unauthenticated('This API key is not known here.')
  // Whoever changes SNAPFERRY_API_KEY means that the old one shall no longer open anything.
  if (holder.name === FIRST_KEY && firstKeyHash !== null && id !== firstKeyHash)
    return unauthenticated('This API key was replaced.')
  return { id, name: holder.name, role: holder.role }
}

function unauthenticated(detail: string): Refusal {
  return { code: 'unauthenticated', detail, headers: { 'www-authenticate': 'Bearer realm="snapferry"' } }
}
