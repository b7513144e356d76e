import { untilBroken } from './until-broken.ts'

/** `node bin.ts <first seed> <runs>`: prints as JSON what the build it lies in came to. */
const [first = Number.NaN, runs = Number.NaN] = process.argv.slice(2).map(Number)
if (!Number.isInteger(first) || !Number.isInteger(runs))
  throw new Error('say the first seed and how many runs')
console.log(JSON.stringify(await untilBroken(first, runs)))
process.exit()
