import { parseArgs } from 'node:util'
import type { Asked } from './fault-plan.ts'

/** What the person at the keyboard asked for. */
export interface Options {
  readonly migrations: number
  /** How long faults strike. */
  readonly stormMs: number
  /** How long everything accepted may take to end after that. */
  readonly calmMs: number
  /** How many times as fast as real ones the clocks run after the storm. */
  readonly calmSpeed: number
  readonly seed: number
  readonly installations: 1 | 2
  /** How old the copy is that Redis is put back to, or null. */
  readonly rewindMs: number | null
  readonly isShort: boolean
  /** The folder of the run stays in any case. */
  readonly keep: boolean
  readonly help: boolean
}

const FULL = { migrations: 500, stormMs: 300_000, calmMs: 480_000, calmSpeed: 1 } as const
/** A minute altogether: after the storm the clocks of provider and sandbox are raised together. */
const SHORT = { migrations: 40, stormMs: 25_000, calmMs: 90_000, calmSpeed: 8 } as const
const REWIND_SECONDS = { full: 120, short: 8 } as const

/** Reads the command line; throws one sentence that says what is wrong. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parse(args)
  const base = values.short ? SHORT : FULL
  const number = (
    name: string,
    text: string | undefined,
    range: readonly [number, number],
  ): number | null => {
    if (text === undefined) return null
    const value = Number(text)
    if (text !== '' && value >= range[0] && value <= range[1]) return value
    throw new Error(`--${name} takes a number from ${range[0]} to ${range[1]}; see pnpm chaos --help`)
  }
  const minutes = number('minutes', values.minutes, [0.1, 600])
  const rewind = number('rewind-seconds', values['rewind-seconds'], [1, 3_600])
  const usual = values.short ? REWIND_SECONDS.short : REWIND_SECONDS.full
  const stormMs = minutes === null ? base.stormMs : minutes * 60_000
  const rewindMs = values.rewind || rewind !== null ? (rewind ?? usual) * 1_000 : null
  if (rewindMs !== null && rewindMs > stormMs * 0.6)
    throw new Error('--rewind-seconds must leave room before and after it: at most 60 % of the minutes')
  return {
    ...base,
    stormMs,
    rewindMs,
    migrations: Math.floor(number('migrations', values.migrations, [1, 100_000]) ?? base.migrations),
    seed: Math.floor(number('seed', values.seed, [0, 4_294_967_295]) ?? Math.floor(Math.random() * 1e9)),
    installations: number('installations', values.installations, [1, 2]) === 2 ? 2 : 1,
    isShort: values.short,
    keep: values.keep,
    help: values.help,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      // pnpm hands on the `--` that some write before the options.
      args: args.filter((arg) => arg !== '--'),
      options: {
        migrations: { type: 'string' },
        minutes: { type: 'string' },
        seed: { type: 'string' },
        installations: { type: 'string' },
        rewind: { type: 'boolean', default: false },
        'rewind-seconds': { type: 'string' },
        short: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message.split('. ')[0] : error}; see pnpm chaos --help`)
  }
}

/** The line that repeats a run, its plan of faults and its orders; real timing is never the same. */
export function commandOf(o: Options): string {
  const words = [
    'pnpm chaos',
    `--migrations ${o.migrations}`,
    `--minutes ${Number((o.stormMs / 60_000).toFixed(3))}`,
    `--seed ${o.seed}`,
    ...(o.installations === 2 ? ['--installations 2'] : []),
    ...(o.rewindMs === null ? [] : [`--rewind-seconds ${o.rewindMs / 1_000}`]),
    ...(o.isShort ? ['--short'] : []),
  ]
  return words.join(' ')
}

/** What is asked of the faults of a run: fewer is an error. */
export function askedOf({ stormMs, isShort }: Options): Asked {
  const minutes = stormMs / 60_000
  return {
    killsPerMinute: 40,
    freezesPerMinute: 20,
    apiKills: Math.max(1, Math.floor(2 * minutes)),
    redisKills: Math.max(1, Math.floor(minutes)),
    providerKills: Math.max(1, Math.floor(minutes)),
    spoiledShare: 0.05,
    unansweredShare: 0.02,
    emptyExportShare: isShort ? 0.02 : 0.01,
  }
}

/** What `--help` prints; 80 columns. */
export const HELP = `pnpm chaos [options]

Carries hundreds of snapshots, volumes and images through an emulated provider
on this machine while real processes are killed and frozen: the API, three
workers, Redis with its append-only file, and the provider itself. Then another
process, the auditor, says what came of it. Nothing reaches Scaleway. Needs
Linux (it reads /proc to tell whose connection is whose) and redis-server.

The storm, for as many minutes as asked; fewer of anything is an error:
  SIGKILL of workers            >= 40 a minute, started again at once; some of
                                the API
  SIGSTOP, later SIGCONT        >= 20 a minute; some longer than a lock (10 s)
  Redis SIGKILL and restart     >= 1 a minute, over the same files
  provider SIGKILL and restart  >= 1 a minute, over the same files
  429, 5xx or no answer         >= 5 % of the provider's calls
  done, but not answered        >= 2 % of the POSTs
  exports that leave 0 bytes    >= 1 % of the exports
Beside these, late lists: new snapshots are missing from lists for 4 to 12 s
(the policy expects 30 s at most). That is a setting: it gets no tick.

The orders come in the first 60 % of the time: snapshots, volumes, images; both
APIs; four pairs of zones; images and taken snapshots kept or not; some sources
twice; 5 % are cancelled on the way, half of these asked for anew.

The operator looks each 3 s for what is parked (needs_attention) and retries
it: at most 3 times each, then it is cancelled. All of it is counted.

After the storm everything is alive and faultless. What was accepted has 8
minutes to end, then the auditor looks. It knows the ids that were answered
202, the provider's census and request log, and the public HTTP API:
  accepted = ended              every id that was answered 202 has ended
  second copies                 0
  copies that differ            0, by the SHA-256 of the disk's content
  unlisted leftovers            0: what exists is the copy, was kept as asked,
                                or is listed in leftovers
  foreign things touched        0, by census and by request log
  good copies removed           0: none that was marked as proven
  recovery after SIGKILL        from the kill until another worker that is not
                                frozen holds the job and has read the record
                                of each migration that the dead one had in
                                hand, by Redis' own MONITOR. Told first by the
                                clock; the limit, <= 20 s, holds for the time
                                in which at least one worker was alive: time
                                in which all are dead, starting or frozen is
                                not counted. One that takes the lock and is
                                killed before it reads has not read: such a
                                migration is measured from the first kill to
                                the read, <= 20 s for each kill of the row
  create without an answer      <= 65 s until its fate is in the record: 30 s
                                timeout + 2 s guard + 13 s margin + 20 s

  --migrations <n>        default 500
  --minutes <n>           how long the storm lasts, default 5
  --seed <n>              plan of faults and orders; printed, default by chance.
                          The real timing of a run is never the same
  --installations 2       two installations, each with API, workers and Redis of
                          its own, in one project and one bucket: neither may
                          touch or adopt a thing of the other
  --rewind                mid-way Redis and the workers are stopped, and Redis'
                          files put back to a copy of 2 minutes before: no
                          second copy, no good copy removed. What was accepted
                          after the copy is forgotten by Redis; its things stay
                          where they are and nobody may touch them
  --rewind-seconds <n>    the same, with a copy of another age
  --short                 40 migrations, 25 s of storm, and then both clocks
                          eight times as fast: what CI runs
  --keep                  keep the folder of the run (logs, Redis, provider)
  -h, --help              this text

Exit codes: 0 all zeros and all faults as asked, 1 a finding, 2 a wrong option,
3 could not start, 130 stopped. After a finding the folder is kept and named.`
