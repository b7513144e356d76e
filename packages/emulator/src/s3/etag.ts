import { createHash, type Hash } from 'node:crypto'

/** Object Storage's ETag of bytes that pass by: the MD5 of one PUT, or `<md5 of md5s>-<parts>` when there are several parts. */
export interface EtagMeter {
  update(bytes: Uint8Array): void
  etag(): string
}

/** Measures bytes uploaded in parts of `partBytes`; what fits into one part counts as a single PUT. */
export function openEtagMeter(partBytes: number): EtagMeter {
  const parts: Buffer[] = []
  let part: Hash = createHash('md5')
  let filled = 0
  return {
    update(bytes) {
      for (let at = 0; at < bytes.length; ) {
        if (filled === partBytes) {
          parts.push(part.digest())
          part = createHash('md5')
          filled = 0
        }
        const length = Math.min(partBytes - filled, bytes.length - at)
        part.update(bytes.subarray(at, at + length))
        filled += length
        at += length
      }
    },
    etag() {
      const last = part.digest()
      return parts.length === 0 ? last.toString('hex') : etagOfParts([...parts, last])
    },
  }
}

/** ETag of an object made of parts with these MD5s. */
export function etagOfParts(md5s: Uint8Array[]): string {
  return `${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-${md5s.length}`
}
