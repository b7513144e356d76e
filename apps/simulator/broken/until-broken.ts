import { sample } from '../src/sample/sample.ts'

/** What a build came to: the first seed that broke a promise and the promise, or how many stories broke none. */
export interface Found {
  readonly runs: number
  readonly seed: number | null
  readonly what: string | null
}

/** The simulator's stories, seed by seed, until one breaks a promise. */
export async function untilBroken(first: number, runs: number): Promise<Found> {
  for (let seed = first; seed < first + runs; seed++) {
    const world = sample(seed)
    const { promise, resolve } = Promise.withResolvers<string>()
    // A broken build may go round in circles: its story need not be heard to its end.
    const fail = world.story.fail.bind(world.story)
    world.story.fail = (what) => {
      fail(what)
      resolve(what)
    }
    const what = await Promise.race([promise, world.run().then(() => null)])
    if (what !== null) return { runs: seed - first + 1, seed, what }
  }
  return { runs, seed: null, what: null }
}
