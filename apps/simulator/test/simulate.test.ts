import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { brokenText, namedCells, RUNS_FOR_CELLS, reportOf, simulate, unmet } from '../src/index.ts'

const FAULTS = join(import.meta.dirname, '../../../docs/faults.md')

test('20,000 worlds break no promise, and meet every cell that docs/faults.md names', {
  timeout: 300_000,
}, async ({ annotate }) => {
  const started = performance.now()
  const tally = await simulate({ seed: 1, runs: RUNS_FOR_CELLS, workers: 2 })
  const report = reportOf(tally, (performance.now() - started) / 1_000)
  await annotate(report)
  process.stdout.write(`${report.slice(report.lastIndexOf('\n\n'))}\n`)
  expect(brokenText(tally)).toBe('')
  const cells = existsSync(FAULTS) ? namedCells(readFileSync(FAULTS, 'utf8')) : []
  expect(unmet(cells, tally)).toEqual([])
  expect(tally.threeHappened / tally.runs).toBeGreaterThanOrEqual(0.8)
  // A world in which nothing goes wrong, or nothing goes well, would prove nothing.
  for (const state of ['succeeded', 'failed', 'cancelled'] as const)
    expect(tally.endings[state], state).toBeGreaterThan(tally.migrations / 50)
  expect(tally.endings.running + tally.endings.queued + tally.endings.unwinding).toBe(0)
})
