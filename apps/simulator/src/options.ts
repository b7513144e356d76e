import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'

/** What `pnpm simulate` was asked for. */
export interface Options {
  readonly runs: number
  readonly seed: number
  readonly workers: number
  /** Tells the whole story of each run: for one seed at a time. */
  readonly story: boolean
  /** Holds what was made in a time that Redis forgot against the promises as well. */
  readonly isStrict: boolean
  /** Prints the cells worth naming in docs/faults.md and nothing else. */
  readonly cells: boolean
}

/** How it is called. */
export const USAGE = `pnpm simulate [--runs N] [--seed S] [--workers n] [--story] [--strict] [--cells]
  --runs N     worlds to run, one per seed (default 1000)
  --seed S     the first seed (default 1); the same seed is the same story, on every machine
  --workers n  threads (default: one per core)
  --story      tells what happened, line by line; for one run
  --strict     what Redis forgot must be found as well
  --cells      prints the table of cells worth naming in docs/faults.md`

/** Reads the arguments; throws with the usage on any that it does not know. */
export function readOptions(args: readonly string[]): Options {
  const number = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { runs: number, seed: number, workers: number, story: flag, strict: flag, cells: flag },
    })
    return {
      runs: whole('runs', values.runs, 1_000),
      seed: whole('seed', values.seed, 1),
      workers: whole('workers', values.workers, availableParallelism()),
      story: values.story,
      isStrict: values.strict,
      cells: values.cells,
    }
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
}

function whole(name: string, text: string | undefined, unset: number): number {
  if (text === undefined) return unset
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name} takes a whole number from 1, not ${text}`)
  return Number(text)
}
