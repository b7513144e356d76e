import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { inflateRawSync } from 'node:zlib'
import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import { digestOfImage, type Hash } from '@snapferry/qcow2'
import type { Outsider } from './outsider.ts'
import { firstOnPath } from './tool-finder.ts'

/** An image that was exported by an outsider and read back. */
export interface ImageRead {
  readonly bytes: number
  /** SHA-256 of the guest-visible content. */
  readonly digest: string
  /** The verdict of `qemu-img check`, or null when the program is not on this machine. */
  readonly checked: string | null
}

/** Exports a snapshot with the official SDK and reads the image back with the S3 client. */
export async function readBack(
  outsider: Outsider,
  what: { kind: 'local' | 'sbs'; zone: string; id: string; bucket: string; file: string },
): Promise<ImageRead> {
  const key = `proof/${what.id}.qcow2`
  const order = { zone: what.zone as never, snapshotId: what.id, bucket: what.bucket, key }
  const patience = { timeout: 600, minDelay: 1, maxDelay: 1 }
  if (what.kind === 'local') {
    await outsider.instance.exportSnapshot(order)
    await outsider.instance.waitForSnapshot(order, patience)
  } else {
    await outsider.block.exportSnapshotToObjectStorage(order)
    await outsider.block.waitForSnapshot(order, patience)
  }
  const at = { Bucket: what.bucket, Key: key }
  const head = await outsider.s3.send(new HeadObjectCommand(at))
  const object = await outsider.s3.send(new GetObjectCommand(at))
  if (!(object.Body instanceof Readable)) throw new Error('the object has no body')
  await pipeline(object.Body, createWriteStream(what.file))
  return {
    bytes: head.ContentLength ?? 0,
    digest: await digestOfFile(what.file),
    checked: await check(what.file),
  }
}

/** SHA-256 of the guest-visible content of a QCOW2 file, the same for every layout of its clusters. */
export async function digestOfFile(path: string): Promise<string> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const read = async (offset: number, length: number): Promise<Uint8Array> => {
      const buffer = new Uint8Array(length)
      const { bytesRead } = await file.read(buffer, 0, length, offset)
      return buffer.subarray(0, bytesRead)
    }
    const inflate = (deflated: Uint8Array, sizeMax: number): Uint8Array =>
      inflateRawSync(deflated, { maxOutputLength: sizeMax, finishFlush: 2 })
    return await digestOfImage({ length: size, read }, { inflate, hash: sha256() })
  } finally {
    await file.close()
  }
}

function sha256(): Hash {
  const hash = createHash('sha256')
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') }
}

async function check(path: string): Promise<string | null> {
  if ((await firstOnPath(['qemu-img'], process.env)) === null) return null
  const run = promisify(execFile)
  try {
    const { stdout } = await run('qemu-img', ['check', '--output=human', path])
    return stdout.split('\n')[0] ?? ''
  } catch (error) {
    return `FAILED: ${error instanceof Error ? error.message.split('\n')[0] : error}`
  }
}
