import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Options, readOptions } from './options.ts'
import { namedCells, RUNS_FOR_CELLS, tableOfCells, unmet } from './runs/named-cells.ts'
import { brokenText, reportOf } from './runs/report.ts'
import { simulate } from './runs/simulate.ts'
import type { Tally } from './runs/tally.ts'
import { sample } from './sample/sample.ts'

const FAULTS = join(import.meta.dirname, '../../../docs/faults.md')
/** At least this share of all stories must carry three or more faults. */
const FAULTY_SHARE_MIN = 0.8

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args)
  if (options.story) return tell(options)
  const started = performance.now()
  const tally = await simulate({ ...options, onProgress: ({ runs }) => progress(runs, options.runs) })
  if (process.stderr.isTTY) process.stderr.write('\n')
  if (options.cells) console.log(tableOfCells(tally))
  else console.log(reportOf(tally, (performance.now() - started) / 1_000))
  const [first] = tally.broken
  if (first !== undefined) await tell({ ...options, seed: first.seed, runs: 1 })
  const wrong = mistakes(tally)
  if (wrong.length > 0) console.error(`\n${wrong.join('\n')}`)
  return wrong.length > 0 ? 1 : 0
}

/** Tells the stories of some seeds, one after the other. */
async function tell({ seed, runs, isStrict }: Options): Promise<number> {
  let isBroken = false
  for (let at = seed; at < seed + runs; at++) {
    const world = sample(at, { isTold: true, isStrict })
    await world.run()
    console.log([...world.story.lines, `seed ${at}: ${world.story.hash}`, ...world.story.broken].join('\n'))
    isBroken ||= world.story.broken.length > 0
  }
  return isBroken ? 1 : 0
}

/** What makes the run fail: broken promises, stories too calm, or a named cell that nobody met. */
function mistakes(tally: Tally): string[] {
  const isLarge = tally.runs >= RUNS_FOR_CELLS
  const cells = isLarge && existsSync(FAULTS) ? unmet(namedCells(readFileSync(FAULTS, 'utf8')), tally) : []
  const isCalm = isLarge && tally.threeHappened < FAULTY_SHARE_MIN * tally.runs
  return [
    ...(tally.broken.length > 0 ? [brokenText(tally)] : []),
    ...cells.map((cell) => `docs/faults.md names a cell that mattered in no story: ${cell}`),
    ...(isCalm ? ['fewer than 80 % of the stories carry three or more faults'] : []),
  ]
}

function progress(done: number, runs: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${runs} runs`)
}
