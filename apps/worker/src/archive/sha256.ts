import { createHash } from 'node:crypto'

/** SHA-256 of bytes or of a text in UTF-8, 64 hex digits. */
export function sha256(of: Uint8Array | string): string {
  return createHash('sha256').update(of).digest('hex')
}
