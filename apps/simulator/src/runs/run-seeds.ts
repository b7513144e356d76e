import { sample } from '../sample/sample.ts'
import { addRun, noTally, type Tally } from './tally.ts'

/** Some seeds in a row. */
export interface Seeds {
  readonly from: number
  readonly count: number
  readonly isStrict: boolean
}

/** Runs the worlds of these seeds, one after the other; each is told before it begins: what throws may throw in a turn of its own. */
export async function runSeeds(
  { from, count, isStrict }: Seeds,
  told: (seed: number) => void = () => {},
): Promise<Tally> {
  const tally = noTally()
  for (let seed = from; seed < from + count; seed++) {
    told(seed)
    const world = sample(seed, { isStrict })
    await world.run()
    addRun(tally, seed, world)
  }
  return tally
}
