import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readBack } from './content.ts'
import { keysIn, type Outsider, type SnapshotRow, snapshotsIn } from './outsider.ts'
import { changesOf, FACTS_COMPARED } from './sources.ts'

/** What was to arrive. */
export interface Expected {
  readonly name: string
  readonly kind: 'local' | 'sbs'
  readonly source: string
  readonly from: string
  readonly to: string
  readonly sizeBytes: number
  /** SHA-256 of the guest-visible content of the seeded disk. */
  readonly digest: string
  /** The copy Snapferry names, or null when it names none. */
  readonly copy: string | null
  readonly migration: string
}

/** What an outsider found. `findings` is empty when everything is as it should be. */
export interface Proof {
  readonly lines: readonly string[]
  readonly findings: readonly string[]
}

/** Proves one copy with nothing but the provider's SDK and an S3 client: exports it again and compares what is in it. */
export async function prove(outsider: Outsider, expected: Expected, bucket: string): Promise<Proof> {
  const rows = (await snapshotsIn(outsider, expected.to)).filter(({ tags }) =>
    tags.some((tag) => tag.endsWith(`.${expected.migration}`)),
  )
  const count = `${rows.length} ${rows.length === 1 ? 'copy' : 'copies'} in ${expected.to}`
  if (rows.length !== 1)
    return {
      lines: [`  ${expected.name}: ${count}`],
      findings: [`${expected.name}: ${count}, 1 was expected`],
    }
  const row = rows[0]
  if (row === undefined || row.id !== expected.copy)
    return { lines: [], findings: [`${expected.name}: the copy there is not the one Snapferry names`] }
  const file = join(tmpdir(), `snapferry-proof-${process.pid}-${row.id}.qcow2`)
  try {
    const image = await readBack(outsider, {
      kind: expected.kind,
      zone: expected.to,
      id: row.id,
      bucket,
      file,
    })
    const findings = [
      ...(row.size === expected.sizeBytes
        ? []
        : [`${expected.name}: the copy has ${row.size} bytes, the source ${expected.sizeBytes}`]),
      ...(image.digest === expected.digest
        ? []
        : [`${expected.name}: the content of the copy differs from the seeded disk`]),
      ...(image.checked?.startsWith('FAILED') ? [`${expected.name}: qemu-img check: ${image.checked}`] : []),
    ]
    return { lines: linesOf(expected, row.size, image, count), findings }
  } finally {
    await rm(file, { force: true })
  }
}

function linesOf(
  expected: Expected,
  size: number,
  image: Awaited<ReturnType<typeof readBack>>,
  count: string,
): readonly string[] {
  const same = image.digest === expected.digest
  return [
    `  ${expected.name}: ${count}, ${gigabytes(size)} (source ${gigabytes(expected.sizeBytes)}), image of ${megabytes(image.bytes)}`,
    `    seeded  ${expected.digest}`,
    `    arrived ${image.digest}`,
    `    content, by SHA-256: ${same ? '✔ equal' : '✘ differs'}`,
    `    qemu-img check: ${image.checked ?? 'not on this machine'}`,
  ]
}

/** Where to look after the moves, and what stood in the source zone before them. */
export interface Remains {
  readonly staging: string
  readonly from: string
  /** The seeded snapshots as the provider showed them before the first move began. */
  readonly before: readonly SnapshotRow[]
}

/** What is left where it should not be (objects in the staging bucket, new snapshots in the source zone), and whether the sources are as they were. */
export async function leftBehind(outsider: Outsider, { staging, from, before }: Remains): Promise<Proof> {
  const keys = await keysIn(outsider, staging)
  const after = await snapshotsIn(outsider, from)
  const ours = after.filter(({ id }) => !before.some((row) => row.id === id))
  const changes = changesOf(before, after)
  const touched = new Set(changes.map(({ id }) => id)).size
  const lines = [
    `  left in bucket ${staging}: ${keys.length} objects`,
    `  left in ${from}: ${ours.length} snapshots of ours`,
    `  sources in ${from}: ${before.length - touched} of ${before.length} untouched (${FACTS_COMPARED})`,
  ]
  const findings = [
    ...keys.map((key) => `left in the bucket: ${key}`),
    ...ours.map(({ id }) => `left in ${from}: ${id}`),
    ...changes.map(({ text }) => text),
  ]
  return { lines, findings }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
