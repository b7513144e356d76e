import { Worker } from 'node:worker_threads'
import { runSeeds, type Seeds } from './run-seeds.ts'
import type { Answer } from './seed-thread.ts'
import { addTally, noTally, type Tally } from './tally.ts'

/** What is to be simulated. */
export interface Simulation {
  /** The first seed and how many of them. */
  readonly seed: number
  readonly runs: number
  /** Threads; 1 runs everything in this one. */
  readonly workers: number
  /** See `WorldOptions`. */
  readonly isStrict?: boolean
  /** Told now and then how many runs are done. */
  readonly onProgress?: (tally: Tally) => void
}

/** Seeds a thread is given at a time: small enough that both end at about the same moment. */
const CHUNK = 50

/** Runs the worlds of many seeds. The result is the same for any number of threads. */
export async function simulate({
  seed,
  runs,
  workers,
  isStrict = false,
  onProgress,
}: Simulation): Promise<Tally> {
  const sum = noTally()
  const chunks = chunksOf(seed, runs, isStrict)
  const next = (): Seeds | undefined => chunks.shift()
  const add = (tally: Tally): void => {
    addTally(sum, tally)
    onProgress?.(sum)
  }
  if (workers <= 1) for (let seeds = next(); seeds !== undefined; seeds = next()) add(await runSeeds(seeds))
  else await Promise.all(Array.from({ length: workers }, () => runThread(next, add)))
  return sum
}

function chunksOf(seed: number, runs: number, isStrict: boolean): Seeds[] {
  const count = Math.ceil(runs / CHUNK)
  return Array.from({ length: count }, (_, at) => ({
    from: seed + at * CHUNK,
    count: Math.min(CHUNK, runs - at * CHUNK),
    isStrict,
  }))
}

function runThread(next: () => Seeds | undefined, add: (tally: Tally) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  // The flags of a test runner are not for it.
  const thread = new Worker(new URL('./seed-thread.ts', import.meta.url), {
    execArgv: [],
    // Stories are short-lived: with room for them little of the time goes into collecting garbage.
    resourceLimits: { maxYoungGenerationSizeMb: 192 },
  })
  const give = (): void => {
    const seeds = next()
    if (seeds === undefined) thread.terminate().then(() => resolve(), reject)
    else thread.postMessage(seeds)
  }
  let seed: number | null = null
  const fail = (what: string): void => {
    reject(new Error(`seed ${seed}: ${what}\n  pnpm simulate --seed ${seed} --runs 1 --story`))
    void thread.terminate()
  }
  // What is thrown in a turn of a timer reaches nobody in there and ends the thread.
  thread.on('error', (error: unknown) =>
    fail(error instanceof Error ? (error.stack ?? error.message) : String(error)),
  )
  thread.on('message', (answer: Answer) => {
    if ('seed' in answer) seed = answer.seed
    else if ('error' in answer) fail(answer.error)
    else {
      add(answer.tally)
      give()
    }
  })
  give()
  return promise
}
