import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readSync } from 'node:fs'
import type { Extent } from '../src/index.ts'

const MISSING = 'is not installed: these tests compare with it; install the Debian package qemu-utils'

/** QEMU measures its own speed before it makes a LUKS key, and gives up at once when the clock did not move. */
const FLEETING = 'Unable to get accurate CPU usage'
const ATTEMPTS_MAX = 20

/** Runs a program of the package qemu-utils and returns what it printed. */
export function qemu(program: 'qemu-img' | 'qemu-io', args: readonly string[], env = process.env): string {
  for (let attempt = 1; ; attempt++) {
    const run = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env })
    if (run.error !== undefined && 'code' in run.error && run.error.code === 'ENOENT') {
      throw new Error(`${program} ${MISSING}`, { cause: run.error })
    }
    if (run.status === 0) return run.stdout
    if (run.stderr?.includes(FLEETING) && attempt < ATTEMPTS_MAX) continue
    throw new Error(`${program} ${args.join(' ')}: ${run.stderr || run.error}`)
  }
}

/** Throws unless `qemu-img check` finds neither errors nor leaks, and returns what `qemu-img info` says. */
export function checkedInfo(path: string): {
  format: string
  'virtual-size': number
  'cluster-size': number
} {
  qemu('qemu-img', ['check', '-f', 'qcow2', path])
  return JSON.parse(qemu('qemu-img', ['info', '-f', 'qcow2', '--output=json', path]))
}

/** What QEMU reads in an image: converts it to a sparse raw file and returns the stretches that hold data. */
export function contentByQemu(path: string, rawPath: string): Iterable<Extent> {
  qemu('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', path, rawPath])
  return rawContent(rawPath)
}

export function* rawContent(rawPath: string): Generator<Extent> {
  const map: { start: number; length: number; data: boolean }[] = JSON.parse(
    qemu('qemu-img', ['map', '-f', 'raw', '--output=json', rawPath]),
  )
  const file = openSync(rawPath, 'r')
  try {
    for (const { start, length, data } of map) {
      if (!data) continue
      const bytes = new Uint8Array(length)
      const count = readSync(file, bytes, 0, length, start)
      yield { offset: start, bytes: bytes.subarray(0, count) }
    }
  } finally {
    closeSync(file)
  }
}
