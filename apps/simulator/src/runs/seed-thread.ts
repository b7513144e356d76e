import { parentPort } from 'node:worker_threads'
import { runSeeds, type Seeds } from './run-seeds.ts'
import type { Tally } from './tally.ts'

/** What the thread says: the seed it begins with, what its seeds came to, or what was thrown on the way. */
export type Answer = { readonly seed: number } | { readonly tally: Tally } | { readonly error: string }

const say = (answer: Answer): void => parentPort?.postMessage(answer)

/** A thread that runs the seeds it is given and answers with what they came to. */
parentPort?.on('message', (seeds: Seeds) => {
  runSeeds(seeds, (seed) => say({ seed })).then(
    (tally) => say({ tally }),
    (error: unknown) =>
      say({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  )
})
