import { S3Refusal } from './s3-refusal.ts'

/** Decodes an `aws-chunked` body: `<hex size>\r\n<bytes>\r\n … 0\r\n<trailers>\r\n`. Trailers are told to `onTrailer`. */
export async function* decodeAwsChunked(
  body: AsyncIterable<Uint8Array>,
  onTrailer: (name: string, value: string) => void,
): AsyncGenerator<Uint8Array> {
  const reader = openReader(body)
  for (;;) {
    const line = await reader.line()
    const size = /^([0-9a-f]{1,8})(?:;.*)?$/i.exec(line)?.[1]
    if (size === undefined) throw new S3Refusal('IncompleteBody')
    let left = Number.parseInt(size, 16)
    if (left === 0) break
    while (left > 0) {
      const bytes = await reader.bytes(left)
      left -= bytes.length
      yield bytes
    }
    if ((await reader.line()) !== '') throw new S3Refusal('IncompleteBody')
  }
  for (let line = await reader.line(); line !== ''; line = await reader.line()) {
    const [name = '', value = ''] = line.split(/:(.*)/s)
    onTrailer(name.trim().toLowerCase(), value.trim())
  }
}

/** A line of a chunk header or trailer is short; a longer one is no such body. */
const LINE_BYTES_MAX = 4096

function openReader(body: AsyncIterable<Uint8Array>) {
  const source = body[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)
  const more = async () => {
    const next = await source.next()
    if (next.done === true) throw new S3Refusal('IncompleteBody')
    rest = rest.length === 0 ? Buffer.from(next.value) : Buffer.concat([rest, next.value])
  }
  return {
    async line(): Promise<string> {
      let end = rest.indexOf('\r\n')
      while (end < 0) {
        if (rest.length > LINE_BYTES_MAX) throw new S3Refusal('IncompleteBody')
        await more()
        end = rest.indexOf('\r\n')
      }
      const text = rest.subarray(0, end).toString('latin1')
      rest = rest.subarray(end + 2)
      return text
    },
    /** At least one byte, at most `max`. */
    async bytes(max: number): Promise<Uint8Array> {
      if (rest.length === 0) await more()
      const bytes = rest.subarray(0, max)
      rest = rest.subarray(bytes.length)
      return bytes
    },
  }
}
