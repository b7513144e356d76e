import { S3Refusal } from './s3-refusal.ts'

/** Bytes `from` to `to`, both included. */
export interface ByteRange {
  from: number
  to: number
}

/** The range a header asks of an object; null for all of it. An empty object satisfies no range: 416. */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | null {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  // Several ranges, or another unit, are passed over, as S3 does.
  if (first === '' && last === '') return null
  const from = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first)
  const to = first === '' || last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1)
  if (first !== '' && last !== '' && Number(last) < Number(first)) return null
  if (from >= sizeBytes || (first === '' && Number(last) === 0)) {
    throw new S3Refusal('InvalidRange', undefined, { 'Content-Range': `bytes */${sizeBytes}` })
  }
  return { from, to }
}
