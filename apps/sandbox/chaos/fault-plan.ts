import { between, type Dice } from './dice.ts'

/** What is asked of a run's faults, as numbers a minute or shares of all. */
export interface Asked {
  /** SIGKILLs of workers a minute; those of the API come on top. */
  readonly killsPerMinute: number
  /** Pairs of SIGSTOP and SIGCONT a minute. */
  readonly freezesPerMinute: number
  /** SIGKILLs with restart in the whole run. */
  readonly apiKills: number
  readonly redisKills: number
  readonly providerKills: number
  /** Share of the provider's calls that are answered with 429 or 5xx, or not at all. */
  readonly spoiledShare: number
  /** Share of the POSTs that are done and not answered. */
  readonly unansweredShare: number
  /** Share of the accepted exports that leave 0 bytes. */
  readonly emptyExportShare: number
}

/** One fault of a process: `victim` is a number to choose one by, `forMs` how long it stays frozen. */
export type ProcessFault =
  | { readonly atMs: number; readonly do: 'kill-worker' | 'kill-api' | 'kill-redis'; readonly victim: number }
  | { readonly atMs: number; readonly do: 'kill-provider' }
  | {
      readonly atMs: number
      readonly do: 'freeze-worker' | 'freeze-api'
      readonly victim: number
      readonly forMs: number
    }

/** Above what is asked: a few strike a process that is just gone, and then do not count. */
const MARGIN = 1.15
/** Every so many freezes one is of the API. */
const API_FREEZE_EVERY = 8
/** The lock of a tick is 10 s: some freezes must outlast it, so that two workers have the same migration. */
const FREEZES_MS = [
  { share: 0.7, from: 150, to: 2_500 },
  { share: 0.9, from: 3_000, to: 6_000 },
  { share: 1, from: 10_500, to: 13_000 },
] as const

/** The plan of a run of `durationMs`, in order of time: the same for the same dice. */
export function planFaults(dice: Dice, asked: Asked, durationMs: number): readonly ProcessFault[] {
  const minutes = durationMs / 60_000
  const victim = () => between(dice, 0, 999)
  const spread = <T>(count: number, make: (atMs: number, n: number) => T): T[] =>
    Array.from({ length: count }, (_, n) => make(Math.floor(((n + dice()) * durationMs) / count), n))
  const few = (count: number) => (count === 0 ? 0 : count + 1)
  const faults: ProcessFault[] = [
    ...spread(Math.ceil(asked.killsPerMinute * minutes * MARGIN), (atMs) => ({
      atMs,
      do: 'kill-worker' as const,
      victim: victim(),
    })),
    ...spread(Math.ceil(asked.freezesPerMinute * minutes * MARGIN), (atMs, n) => ({
      atMs,
      do:
        n % API_FREEZE_EVERY === API_FREEZE_EVERY - 1 ? ('freeze-api' as const) : ('freeze-worker' as const),
      victim: victim(),
      forMs: freezeMs(dice, durationMs - atMs),
    })),
    ...spread(few(asked.apiKills), (atMs) => ({ atMs, do: 'kill-api' as const, victim: victim() })),
    ...spread(asked.redisKills, (atMs) => ({ atMs, do: 'kill-redis' as const, victim: victim() })),
    ...spread(asked.providerKills, (atMs) => ({ atMs, do: 'kill-provider' as const })),
  ]
  return faults.toSorted((a, b) => a.atMs - b.atMs)
}

/** Mostly a moment, sometimes longer than a lock; never past the end. */
function freezeMs(dice: Dice, leftMs: number): number {
  const roll = dice()
  const row = FREEZES_MS.find(({ share }) => roll < share) ?? FREEZES_MS[0]
  return Math.max(100, Math.min(between(dice, row.from, row.to), leftMs))
}
