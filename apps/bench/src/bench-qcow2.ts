import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateRawSync } from 'node:zlib'
import { type Disk, digestOfImage, type Image } from '@snapferry/qcow2'
import { WorkNotDone } from './check-work.ts'
import type { DiskSize } from './options.ts'
import { expectedDigest, type ScatteredDisk, scatteredDisk } from './scattered-disk.ts'

/** One run, milliseconds of real time. */
export interface DiskRun {
  /** The image into a file. */
  readonly writeMs: number
  /** The content out of that file into a digest. */
  readonly digestMs: number
  /** Beside it: the same content, as it is, into a file and into a SHA-256. */
  readonly bareMs: number
  readonly imageBytes: number
}

/** What makes an image of a disk. */
export type Writer = (disk: Disk) => Image

/**
 * Writes the disk as an image into a file and digests what the file says, run after run. Throws `WorkNotDone` before
 * any number of a run is told in which the file has another length than was announced, or another content than the disk.
 */
export async function benchQcow2(
  size: DiskSize,
  writer: Writer,
  tell: (line: string) => void,
): Promise<readonly DiskRun[]> {
  const disk = scatteredDisk(size)
  const expected = expectedDigest(disk)
  const runs: DiskRun[] = []
  for (let run = 1 - size.warmUp; run <= size.runs; run++) {
    const measured = await inFolder((folder) => oneRun(disk, { folder, writer, expected }))
    if (run < 1) continue
    runs.push(measured)
    const seconds = (measured.writeMs + measured.digestMs) / 1_000
    tell(
      `run ${run} of ${size.runs}: ${seconds.toFixed(2)} s; bare ${(measured.bareMs / 1_000).toFixed(2)} s`,
    )
  }
  return runs
}

async function oneRun(
  disk: ScatteredDisk,
  { folder, writer, expected }: { folder: string; writer: Writer; expected: string },
): Promise<DiskRun> {
  const file = join(folder, 'image.qcow2')
  const from = performance.now()
  const image = writer(disk)
  const imageBytes = await writeFile(file, image.chunks())
  const written = performance.now()
  const digest = await digestOfFile(file)
  const digested = performance.now()
  if (imageBytes !== image.lengthBytes)
    throw new WorkNotDone(
      `the image has ${imageBytes} bytes, not the ${image.lengthBytes} that were announced`,
    )
  if (digest !== expected)
    throw new WorkNotDone(`the content of the image is not that of the disk: ${digest}, not ${expected}`)
  const bareMs = await bare(join(folder, 'bare'), disk)
  return { writeMs: written - from, digestMs: digested - written, bareMs, imageBytes }
}

/** The least that must happen: the content goes into a file once and through a SHA-256 once. */
async function bare(file: string, { content }: ScatteredDisk): Promise<number> {
  const from = performance.now()
  const hash = createHash('sha256')
  await writeFile(
    file,
    content.map(({ bytes }) => bytes),
  )
  for (const { bytes } of content) hash.update(bytes)
  hash.digest()
  return performance.now() - from
}

async function writeFile(
  path: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<number> {
  const file = await open(path, 'w')
  try {
    let length = 0
    for await (const chunk of chunks) {
      await file.write(chunk, 0, chunk.length, length)
      length += chunk.length
    }
    return length
  } finally {
    await file.close()
  }
}

async function digestOfFile(path: string): Promise<string> {
  const file = await open(path)
  const hash = createHash('sha256')
  try {
    const { size } = await file.stat()
    const read = async (offset: number, length: number): Promise<Uint8Array> => {
      const bytes = new Uint8Array(length)
      const { bytesRead } = await file.read(bytes, 0, length, offset)
      return bytes.subarray(0, bytesRead)
    }
    const inflate = (deflated: Uint8Array, sizeMax: number): Uint8Array =>
      inflateRawSync(deflated, { maxOutputLength: sizeMax, finishFlush: 2 })
    const sha256 = { update: (bytes: Uint8Array) => void hash.update(bytes), hex: () => hash.digest('hex') }
    return await digestOfImage({ length: size, read }, { inflate, hash: sha256 })
  } finally {
    await file.close()
  }
}

/** A folder of our own for one run, swept away also when the process is ended in the middle. */
async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'snapferry-bench-qcow2-'))
  const sweep = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', sweep)
  try {
    return await work(folder)
  } finally {
    process.off('exit', sweep)
    sweep()
  }
}
