import {
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Rule } from '../src/index.ts'
import { patternBytes } from './disks.ts'
import { qemu } from './qemu-img.ts'

export interface Line {
  readonly name: string
  readonly verdict: Rule | 'good'
  readonly seenIn: 'header' | 'tables' | 'data' | '-'
  readonly steps: readonly string[]
}

/** Reads fixtures/corpus.txt, which explains itself. */
export function corpusLines(): readonly Line[] {
  const text = readFileSync(new URL('./fixtures/corpus.txt', import.meta.url), 'utf8')
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name, verdict, seenIn, recipe] = line.split('|').map((cell) => cell.trim())
      if (recipe === undefined) throw new Error(`not a line of four columns: ${line}`)
      return { name, verdict, seenIn, steps: recipe.split(' && ') } as Line
    })
}

export const CONTENT_SIZE_BYTES = 1_000_000_512

/** The raw disk behind the corpus: noise, text, explicit zeros, at odd places, up to its last byte. */
export function writeContent(path: string): void {
  writeFileSync(path, '')
  truncateSync(path, CONTENT_SIZE_BYTES)
  const put = (offset: number, bytes: Uint8Array) => writeAt(path, offset, bytes)
  put(0, patternBytes(300_000, 1))
  put(1_048_576, Buffer.from('compressible '.repeat(100_000)))
  put(4_194_304, new Uint8Array(200_000))
  put(5_000_001, patternBytes(777, 2))
  // Noise that fills most of a 2 MiB cluster: compressed it is still longer than one read.
  put(8_388_608, patternBytes(1_500_000, 77))
  for (let index = 0; index < 24; index++)
    put(20_000_000 + index * 40_000_000, patternBytes(90_000, 3 + index))
  put(CONTENT_SIZE_BYTES - 5000, patternBytes(5000, 99))
}

export const pathOf = (dir: string, name: string): string => join(dir, `${name}.qcow2`)

/** Makes one file of the corpus; lines it copies must have been made before. */
export function make(dir: string, { name, steps }: Line): void {
  const out = pathOf(dir, name)
  for (const step of steps) {
    const [verb = '', ...words] = step.split(' ')
    const args = words.map((word) =>
      word
        .replace("''", '')
        .replace('{dir}', dir)
        .replace('{out}', out)
        .replace('{content}', join(dir, 'content.raw')),
    )
    const verbs: Record<string, () => void> = {
      convert: () =>
        void qemu('qemu-img', ['convert', '-O', 'qcow2', ...args, join(dir, 'content.raw'), out]),
      create: () => void qemu('qemu-img', ['create', '-f', 'qcow2', ...args.slice(1), out, args[0]!]),
      img: () => void qemu('qemu-img', args),
      io: () => void qemu('qemu-io', ['-f', 'qcow2', '-c', args.join(' '), out]),
      copy: () => copyFileSync(pathOf(dir, args[0]!), out),
      text: () => writeFileSync(out, args.join(' ')),
      keep: () => writeFileSync(out, readFileSync(out).subarray(0, Number(args[0]))),
      cut: () => writeFileSync(out, readFileSync(out).subarray(0, -Number(args[0]))),
      bit: () => putBit(out, Number(args[0]), BigInt(args[1]!)),
      put32: () => writeAt(out, Number(args[0]), u32(Number(args[1]))),
      put64: () => writeAt(out, placeOf(out, args[0]!), u64(BigInt(args[1]!))),
    }
    const run = verbs[verb]
    if (run === undefined) throw new Error(`${name}: "${verb}" is not a step of the corpus`)
    run()
  }
}

function writeAt(path: string, offset: number, bytes: Uint8Array): void {
  const file = openSync(path, 'r+')
  try {
    writeSync(file, bytes, 0, bytes.length, offset)
  } finally {
    closeSync(file)
  }
}

function putBit(path: string, offset: number, bit: bigint): void {
  writeAt(path, offset, u64(readFileSync(path).readBigUInt64BE(offset) | (1n << bit)))
}

/** `40`, or `l1[3]`: the place of an entry of a table that the header of the file points to. */
function placeOf(path: string, word: string): number {
  const entry = /^(l1|l2|refcounts)\[(\d+)\]$/.exec(word)
  if (entry === null) return Number(word)
  const bytes = readFileSync(path)
  const table = Number(bytes.readBigUInt64BE(entry[1] === 'refcounts' ? 48 : 40))
  const begin = entry[1] === 'l2' ? Number(bytes.readBigUInt64BE(table) & 0x00ff_ffff_ffff_fe00n) : table
  return begin + Number(entry[2]) * 8
}

function u32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function u64(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(value)
  return bytes
}
