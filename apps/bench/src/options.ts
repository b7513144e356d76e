import { parseArgs } from 'node:util'
import type { CallsOptions } from './bench-calls.ts'
import { CALLS_FLAGS, callsOptions } from './calls-options.ts'

/** What can be measured. */
export const BENCHES = ['engine', 'qcow2', 'calls', 'latency'] as const
export type Bench = (typeof BENCHES)[number]

/** What the person at the keyboard asked for. */
export interface Options {
  readonly bench: Bench
  readonly quick: boolean
  readonly help: boolean
  /** For calls and latency: what is carried, and how it is told. */
  readonly fleet: CallsOptions & { readonly json: boolean; readonly story: boolean }
}

/** How much is measured. */
export interface Size {
  readonly runs: number
  /** Migrations that are carried before the first run and count for nothing: the engine's code gets warm. */
  readonly warmUp: number
  /** Each concurrency with the migrations of one run: some seconds of work, so that a start costs nothing. */
  readonly loads: readonly { readonly concurrency: number; readonly migrations: number }[]
}

/** How much is written and digested. */
export interface DiskSize {
  readonly runs: number
  /** Runs that come first and count for nothing: the code gets warm. */
  readonly warmUp: number
  readonly sizeBytes: number
  /** Real content, in so many extents scattered over the disk. */
  readonly dataBytes: number
  readonly extents: number
}

/** The disk of the goal: 10 GB with 64 MB in 200 scattered extents. */
export const FULL_DISK: DiskSize = {
  runs: 5,
  warmUp: 1,
  sizeBytes: 10_000_000_000,
  dataBytes: 64_000_000,
  extents: 200,
}

/** The same disk with little on it. */
export const QUICK_DISK: DiskSize = { ...FULL_DISK, runs: 1, warmUp: 0, dataBytes: 2_000_000 }

/** The measure whose numbers are kept. */
export const FULL: Size = {
  runs: 5,
  warmUp: 300,
  loads: [
    { concurrency: 1, migrations: 500 },
    { concurrency: 50, migrations: 1_500 },
    { concurrency: 200, migrations: 1_500 },
  ],
}

/** Enough to see that everything works; its numbers mean little. */
export const QUICK: Size = {
  runs: 1,
  warmUp: 0,
  loads: FULL.loads.map(({ concurrency }) => ({ concurrency, migrations: 20 })),
}

const USAGE = 'say pnpm bench engine, qcow2, calls or latency, or pnpm bench --help'

/** Reads the command line; throws one sentence that says what is wrong and what may be said. */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parse(args)
  const [asked, ...rest] = positionals
  const { quick, help, json = false, story = false } = values
  const options = (): Omit<Options, 'bench'> => ({
    quick,
    help,
    fleet: { ...callsOptions(values, quick), json, story },
  })
  if (help) return { ...options(), bench: 'engine' }
  if (asked === undefined) throw new Error(`which bench? ${USAGE}`)
  const bench = BENCHES.find((one) => one === asked)
  if (bench === undefined || rest.length > 0)
    throw new Error(`there is no bench ${JSON.stringify(positionals.join(' '))}; ${USAGE}`)
  const misplaced = bench === 'calls' || bench === 'latency' ? undefined : flagOf(values)
  if (misplaced !== undefined) throw new Error(`--${misplaced} is only for calls and latency; ${USAGE}`)
  return { ...options(), bench }
}

/** The first option in use that only calls and latency have. */
function flagOf(values: object): string | undefined {
  return Object.keys(CALLS_FLAGS).find((flag) => flag in values)
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        ...CALLS_FLAGS,
      },
    })
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message.split('. ')[0] : error}; ${USAGE}`)
  }
}

/** What `pnpm bench --help` says. */
export const HELP = `pnpm bench <what> [options]

  engine      migrations per second with a provider that answers at once, at
              1, 50 and 200 ticks at a time, beside bare BullMQ making the
              same number of delayed transitions with no work. Redis (AOF,
              everysec) and BullMQ are real; the provider is in memory and
              keeps state. Before a number is printed the work is checked:
              every migration succeeded, exactly one copy each, nothing left
              behind, and the events fold to the record.

  qcow2       seconds to write a 10 GB disk with 64 MB of content in 200
              scattered extents as a QCOW2 image into a file, and to read its
              content back into a digest, beside writing and hashing the same
              64 MB as they are. Before a number is printed the digest is
              compared with one computed from the content alone.

  calls       provider calls for each migration, counted in the emulated
              provider's own log: for what, of what kind, in which phase, with
              1, 10, 100 and 1,000 migrations at once, half local and half
              SBS, beside what a script of the provider's CLI asks (POST, one
              GET per 5 s, HEAD). Redis, API and workers are processes.

  latency     from the provider being done to our next call that sees it, in
              the provider's time, in the same runs: p50, p95 and greatest.

  --quick     one run of few migrations, or of little content: measures little
  -h, --help  this text

Of calls and latency:
  --sizes 1,10       migrations at once
  --source volume    snapshot (the default), volume or image
  --workers 2        worker processes; 1 when nothing is said
  --warm 20          migrations carried before, so that the fleet has learned
                     from earlier moves; 10 when nothing is said, 0 for none
  --rate 5           calls of the provider a second that the fleet may make
  --set NAME=value   a SNAPFERRY_ setting of API and workers; may be said again
  --real-time        never move the clock forward: minutes take minutes
  --story            the calls of the first two migrations, one a line
  --json             the numbers as JSON on stdout, nothing else there

A full run writes apps/bench/results/<what>.md; one of calls writes that of
latency too, and the other way round. Engine, calls and latency take minutes
and need redis-server or valkey-server on PATH; they start their own, on a
free port of 127.0.0.1, in a folder that is removed.`
