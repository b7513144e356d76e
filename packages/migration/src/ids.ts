declare const brand: unique symbol
type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** `mig_` and 26 characters of `[a-z0-9]`. */
export type MigrationId = Brand<string, 'MigrationId'>
/** An availability zone such as `fr-par-1`. */
export type Zone = Brand<string, 'Zone'>
/** A region such as `fr-par`: its zones share Object Storage. */
export type Region = Brand<string, 'Region'>
/** A size in bytes: a safe integer from 0. */
export type Bytes = Brand<number, 'Bytes'>

/** Which API owns a snapshot: `instance` for local `l_ssd`, `block` for SBS. */
export type Backend = 'instance' | 'block'
/** The storage a copy lives on. */
export type CopyType = 'l_ssd' | 'sbs'

const MIGRATION_ID = /^mig_[a-z0-9]{26}$/
const ZONE = /^[a-z]{2}-[a-z]{3}-[1-9]$/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const INSTALL = /^[a-z0-9-]{1,20}$/
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789'
const ID_LENGTH = 26

/** Whether a text is a migration id. */
export function isMigrationId(text: string): text is MigrationId {
  return MIGRATION_ID.test(text)
}

/** A checked migration id; throws TypeError on any other text. */
export function migrationId(text: string): MigrationId {
  if (!isMigrationId(text)) throw new TypeError(`not a migration id: ${text.slice(0, 60)}`)
  return text
}

/** The id made of at least 26 bytes, dice or a hash: equal bytes give equal ids, so a repeated request adopts. */
export function migrationIdOf(bytes: Uint8Array): MigrationId {
  if (bytes.length < ID_LENGTH) throw new TypeError(`an id takes ${ID_LENGTH} bytes, got ${bytes.length}`)
  const letters = Array.from(bytes.subarray(0, ID_LENGTH), (byte) => ALPHABET[byte % ALPHABET.length])
  return migrationId(`mig_${letters.join('')}`)
}

/** Whether a text has the form of a zone (`fr-par-1`); says nothing about its existence. */
export function isZone(text: string): text is Zone {
  return ZONE.test(text)
}

/** A checked zone; throws TypeError. */
export function zone(text: string): Zone {
  if (!isZone(text)) throw new TypeError(`not a zone: ${text.slice(0, 60)}`)
  return text
}

/** The region of a zone: the zone without its last part. */
export function regionOf(of: Zone): Region {
  return of.slice(0, of.lastIndexOf('-')) as Region
}

/** Whether a text is a UUID in lower case, as the provider writes its ids. */
export function isUuid(text: string): boolean {
  return UUID.test(text)
}

/** Whether a text may name an installation: `[a-z0-9-]{1,20}`. */
export function isInstall(text: string): boolean {
  return INSTALL.test(text)
}

/** A checked size in bytes; throws TypeError on fractions, negatives and unsafe integers. */
export function bytes(count: number): Bytes {
  if (!Number.isSafeInteger(count) || count < 0) throw new TypeError(`not a size in bytes: ${count}`)
  return count as Bytes
}

/** Which API owns snapshots of a storage type. */
export function backendOf(type: CopyType): Backend {
  return type === 'l_ssd' ? 'instance' : 'block'
}

/** The storage type whose snapshots an API owns. */
export function typeOf(backend: Backend): CopyType {
  return backend === 'instance' ? 'l_ssd' : 'sbs'
}
