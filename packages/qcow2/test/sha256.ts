import { createHash } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import type { Hash } from '../src/index.ts'

export function sha256(): Hash {
  const hash = createHash('sha256')
  return {
    update(bytes) {
      hash.update(bytes)
    },
    hex: () => hash.digest('hex'),
  }
}

export function inflate(deflated: Uint8Array, sizeBytesMax: number): Uint8Array {
  return inflateRawSync(deflated, { maxOutputLength: sizeBytesMax })
}
