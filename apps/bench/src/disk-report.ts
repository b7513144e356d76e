import type { DiskRun } from './bench-qcow2.ts'
import type { Machine } from './machine.ts'
import type { DiskSize } from './options.ts'
import { spreadOf } from './spread.ts'

/** The goal: the disk of 10 GB is written and digested within this time. */
const LIMIT_S = 2

const LABEL_WIDTH = 25
const CELL_WIDTH = 12

const LINES: readonly { readonly label: string; of(run: DiskRun): number }[] = [
  { label: 'write the image, s', of: ({ writeMs }) => writeMs / 1_000 },
  { label: 'digest its content, s', of: ({ digestMs }) => digestMs / 1_000 },
  { label: 'both, s', of: ({ writeMs, digestMs }) => (writeMs + digestMs) / 1_000 },
  { label: 'bare, s', of: ({ bareMs }) => bareMs / 1_000 },
  { label: 'ratio (both / bare)', of: ({ writeMs, digestMs, bareMs }) => (writeMs + digestMs) / bareMs },
  { label: 'length of the image, MB', of: ({ imageBytes }) => imageBytes / 1_000_000 },
]

/** The numbers of all runs: median, least, greatest; the limit stands beside what it is for. */
export function diskTableOf(runs: readonly DiskRun[]): string {
  const rows = LINES.map(({ label, of }) => {
    const { median, min, max } = spreadOf(runs.map(of))
    const limit = label === 'both, s' ? LIMIT_S.toFixed(2) : ''
    return row([label, median.toFixed(2), min.toFixed(2), max.toFixed(2), limit])
  })
  return [row(['', 'median', 'least', 'greatest', 'limit']), ...rows].join('\n')
}

function row([label = '', ...cells]: readonly string[]): string {
  return (label.padEnd(LABEL_WIDTH) + cells.map((cell) => cell.padStart(CELL_WIDTH)).join('')).trimEnd()
}

/** What stands above the numbers: what was measured, the machine and the day. */
export function diskNoteOf(o: {
  readonly before: Machine
  readonly after: Machine
  readonly size: DiskSize
}): string {
  const { before, after, size } = o
  const load = `${before.load.toFixed(1)} before, ${after.load.toFixed(1)} after`
  return [
    `A disk of ${size.sizeBytes / 1e9} GB with ${size.dataBytes / 1e6} MB of content in ${size.extents} scattered extents is written as`,
    'a QCOW2 image into a file, and its content read back into a SHA-256. "bare": the',
    'same content, as it is, into a file and a SHA-256. Digests checked in every run.',
    '',
    `${before.at.toISOString().slice(0, 16).replace('T', ' ')} UTC, ${before.cores} cores (${before.model}), Node ${before.node}.`,
    `Runs: ${size.runs}, after ${size.warmUp} that did not count. Load of the machine: ${load}.`,
  ].join('\n')
}
