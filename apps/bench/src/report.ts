import type { Pair, Row } from './bench-engine.ts'
import type { Machine } from './machine.ts'
import type { Size } from './options.ts'
import { spreadOf } from './spread.ts'

const LABEL_WIDTH = 25
const CELL_WIDTH = 18
/** Above this the machine had more to do than our worker and our Redis. */
const BUSY_LOAD = 0.5

interface Line {
  readonly label: string
  readonly digits: number
  of(pair: Pair): number
}

const LINES: readonly Line[] = [
  { label: 'migrations/s', digits: 0, of: (p) => (p.migrations / p.engine.ms) * 1_000 },
  { label: 'ticks per migration', digits: 2, of: (p) => p.ticks / p.migrations },
  { label: 'transitions/s', digits: 0, of: (p) => (p.transitions / p.engine.ms) * 1_000 },
  { label: 'bare transitions/s', digits: 0, of: (p) => (p.bareTransitions / p.bare.ms) * 1_000 },
  { label: 'ratio (engine / bare)', digits: 2, of: ratio },
  { label: 'migrations/s, worker', digits: 0, of: (p) => (p.migrations / p.worker.ms) * 1_000 },
]

const COSTS: readonly Line[] = [
  { label: 'scripts', digits: 2, of: (p) => p.engine.scripts / p.ticks },
  { label: 'commands', digits: 1, of: (p) => p.engine.commands / p.ticks },
  { label: 'Node, us of processor', digits: 0, of: (p) => (p.engine.nodeCpuMs / p.ticks) * 1_000 },
  { label: 'Redis, us of processor', digits: 0, of: (p) => (p.engine.redisCpuMs / p.ticks) * 1_000 },
  { label: 'bare: scripts', digits: 2, of: (p) => p.bare.scripts / bareTicks(p) },
  { label: 'bare: commands', digits: 1, of: (p) => p.bare.commands / bareTicks(p) },
  { label: 'bare: Node, us', digits: 0, of: (p) => (p.bare.nodeCpuMs / bareTicks(p)) * 1_000 },
  { label: 'bare: Redis, us', digits: 0, of: (p) => (p.bare.redisCpuMs / bareTicks(p)) * 1_000 },
]

function ratio(p: Pair): number {
  return p.transitions / p.engine.ms / (p.bareTransitions / p.bare.ms)
}

function bareTicks(p: Pair): number {
  return p.bareTransitions + p.migrations
}

/** The numbers, a column for each concurrency, at most 80 columns wide: medians, below them the spread. */
export function tableOf(rows: readonly Row[]): string {
  return [
    cells('ticks at a time', (row) => String(row.concurrency), rows),
    ...LINES.flatMap((line) => [medians(line, rows), ...spreads(line, rows)]),
    '',
    'what one tick costs (medians)',
    ...COSTS.map((line) => medians(line, rows)),
  ].join('\n')
}

function medians({ label, digits, of }: Line, rows: readonly Row[]): string {
  return cells(label, ({ pairs }) => spreadOf(pairs.map(of)).median.toFixed(digits), rows)
}

/** Nothing for single runs, which have no spread. */
function spreads({ digits, of }: Line, rows: readonly Row[]): readonly string[] {
  if (rows.every(({ pairs }) => pairs.length === 1)) return []
  const text = ({ pairs }: Row) => {
    const { min, max } = spreadOf(pairs.map(of))
    return `${min.toFixed(digits)}–${max.toFixed(digits)}`
  }
  return [cells('  least–greatest', text, rows)]
}

function cells(label: string, of: (row: Row) => string, rows: readonly Row[]): string {
  return label.padEnd(LABEL_WIDTH) + rows.map((row) => of(row).padStart(CELL_WIDTH)).join('')
}

/** What stands above the numbers: the machine, the day, what was measured and what was not. */
export function noteOf(o: {
  readonly before: Machine
  readonly after: Machine
  readonly redisVersion: string
  readonly size: Size
}): string {
  const { before, after, size } = o
  const loads = size.loads.map(({ migrations }) => migrations).join(', ')
  const load = `${before.load.toFixed(1)} before, ${after.load.toFixed(1)} after`
  const busy =
    before.load > BUSY_LOAD ? ['Others were using the machine: on a quiet one these numbers are higher.'] : []
  return [
    'Migrations per second with a provider that answers at once, beside bare BullMQ',
    'making as many delayed transitions with no work. Work checked in every run.',
    '"worker": as the worker runs, where ticks that can follow each other at once do.',
    '',
    `${before.at.toISOString().slice(0, 16).replace('T', ' ')} UTC, ${before.cores} cores (${before.model}), Node ${before.node},`,
    `Redis ${o.redisVersion} with AOF everysec on the same machine; one worker process.`,
    `Runs: ${size.runs}; migrations a run: ${loads}.`,
    `Load of the machine: ${load}.`,
    ...busy,
    'A poll comes after 1 ms. Left out: network, provider, telemetry, the API.',
  ].join('\n')
}
