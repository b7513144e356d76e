import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import {
  ARCHIVE_FORMAT,
  type ArchiveLine,
  bad,
  type Content,
  type DataSeen,
  type Head,
  headText,
  type LINE_KINDS,
  type Link,
  type Manifest,
  type Part,
  readHead,
  readLine,
} from '@snapferry/migration'
import { sha256 } from './sha256.ts'

const compress = promisify(gzip)
const decompress = promisify(gunzip)

/** Lines longer than this in all are no part of ours: one part has 8 MB, or one line. */
const PLAIN_BYTES_MAX = 256 * 1024 * 1024

/** Where a part belongs and what comes before it. */
export interface PartPlace extends Part {
  readonly install: string
  readonly previous: Link | null
}

/** The bytes of a part. Equal lines at an equal place give equal bytes: Node writes no time into a gzip. */
export async function packPart(place: PartPlace, lines: readonly string[]): Promise<Uint8Array> {
  const { day, part, install, previous } = place
  const head: Head = { kind: 'archive', format: ARCHIVE_FORMAT, install, day, part, previous }
  return compress(Buffer.from(`${[headText(head), ...lines].join('\n')}\n`))
}

/** The bytes of a part as they are judged, and every line that is one. */
export interface Unpacked {
  readonly seen: DataSeen
  readonly lines: readonly ArchiveLine[]
}

/** Reads the bytes of a part. Never throws for what they are. */
export async function unpackPart(bytes: Uint8Array, install: string): Promise<Unpacked> {
  const measured = { sha256: sha256(bytes), bytes: bytes.length }
  const plain = await plainOf(bytes)
  if (typeof plain === 'string') return { seen: { ...measured, content: { damage: plain } }, lines: [] }
  const { content, lines } = readContent(plain, install)
  return { seen: { ...measured, content }, lines }
}

/** The manifest of the bytes of a part: it follows from them. They must be a whole part of this place. */
export function describePart(place: PartPlace, seen: DataSeen): Manifest {
  if ('damage' in seen.content) throw new TypeError('what cannot be read has no manifest')
  const { day, part, install, previous } = place
  const { plainBytes, lines } = seen.content
  const { sha256: digest, bytes } = seen
  return { format: ARCHIVE_FORMAT, install, day, part, previous, sha256: digest, bytes, plainBytes, lines }
}

type Damage = 'truncated' | 'not-gzip' | 'unreadable'

async function plainOf(bytes: Uint8Array): Promise<Buffer | Damage> {
  if (bytes.length < 2 || bytes[0] !== 0x1f || bytes[1] !== 0x8b) return 'not-gzip'
  try {
    return await decompress(bytes, { maxOutputLength: PLAIN_BYTES_MAX })
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR'
      ? 'truncated'
      : 'unreadable'
  }
}

function readContent(plain: Buffer, install: string): { content: Content; lines: readonly ArchiveLine[] } {
  const [first = '', ...rest] = plain.toString('utf8').split('\n')
  const counts = { migration: 0, audit: 0, copy: 0, 'copy-gone': 0 } satisfies Record<
    (typeof LINE_KINDS)[number],
    number
  >
  const lines: ArchiveLine[] = []
  let badLine: string | null = null
  // Every line ends with a newline: what follows the last one is nothing.
  if (rest.pop() !== '') badLine = 'its last line has no end'
  for (const [at, text] of rest.entries()) {
    const line = readLine(text, install)
    if (line.ok) {
      lines.push(line.value)
      counts[line.value.kind]++
    } else badLine ??= `line ${at + 2} ${line.failure}`
  }
  const head = first === '' ? bad({ why: 'foreign', text: 'it is empty' } as const) : readHead(first, install)
  return { content: { head, plainBytes: plain.length, lines: counts, badLine }, lines }
}
