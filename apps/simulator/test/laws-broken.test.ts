import { rmSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { BROKEN_BUILDS } from '../broken/builds.ts'
import { copyBuild } from '../broken/copy-build.ts'
import { RUNS_MAX, runBuild } from '../broken/run-build.ts'
import type { Found } from '../broken/until-broken.ts'

const LIMIT = { timeout: 10 * 60_000 }
const builds = [{ name: 'nothing left out', edits: [], breaks: null }, ...BROKEN_BUILDS]

/** Two builds at a time, from the first test on: one for each core. */
const lanes: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()]
const found = new Map(
  builds.map(({ name, edits }, at): [string, Promise<Found>] => {
    const run = (lanes[at % 2] as Promise<unknown>).then(() => runBuild(edits))
    lanes[at % 2] = run.catch(() => {})
    return [name, run]
  }),
)
// Each is awaited by its own test; until then a failure of it is nobody's.
for (const run of found.values()) run.catch(() => {})

describe(`within ${RUNS_MAX} runs the simulator finds`, () => {
  test('nothing in the build as it is', LIMIT, async () => {
    expect(await found.get('nothing left out')).toEqual({ runs: RUNS_MAX, seed: null, what: null })
  })

  test.for(BROKEN_BUILDS)('$name', LIMIT, async ({ name, breaks }) => {
    const { runs, seed, what } = (await found.get(name))!
    expect(what, `not found in ${runs} runs`).toMatch(breaks)
    expect(seed, 'the seed that tells it again').toBeGreaterThan(0)
    expect(runs).toBeLessThanOrEqual(RUNS_MAX)
  })
})

test('there are nineteen of them, each with a name of its own', () => {
  expect(new Set(BROKEN_BUILDS.map(({ name }) => name)).size).toBe(19)
})

test.for([
  { file: 'packages/migration/src/decide.ts', find: 'no such words', places: 'nowhere' },
  { file: 'packages/migration/src/decide.ts', find: 'export function decide(', places: 'once' },
  { file: 'packages/migration/src/decide.ts', find: 'import ', places: 'often' },
])('a change that finds its place $places is made only where that is once', ({ places, ...edit }) => {
  const copy = () => copyBuild([{ ...edit, replace: edit.find }])
  if (places === 'once') rmSync(copy(), { recursive: true })
  else expect(copy).toThrow('write the change anew')
})
