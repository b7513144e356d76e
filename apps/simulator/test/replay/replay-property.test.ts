import { BECAUSE, type Replay, replay } from '@snapferry/migration'
import { expect, test } from 'vitest'
import { historiesOf } from './histories.ts'

/** Worlds of one to four migrations, in all weathers; a fleet of hundreds is not among them. */
const SEEDS = Array.from({ length: 199 }, (_, at) => at + 1)
/** So many rules may be too rare for these worlds: every rule has a bundle or a test of its own beside it. */
const RARE = 25

/** Some of these worlds stand under holds for hours, and every history is decided twice. */
const LIMIT = { timeout: 120_000 }

const differences = ({ steps, recordDiffers }: Replay) => [
  ...steps.flatMap(({ number, differs }) => (differs === null ? [] : [`event ${number}: ${differs}`])),
  ...(recordDiffers === null ? [] : [recordDiffers]),
]

test('whatever happened is decided again as it was, with names and under pseudonyms', LIMIT, async () => {
  const rules = new Set<string>()
  let decided = 0
  for (const seed of SEEDS)
    for (const { id, open, redacted } of await historiesOf(seed)) {
      expect(differences(replay(open)), `seed ${seed}, ${id}`).toEqual([])
      const again = replay(redacted)
      expect(differences(again), `seed ${seed}, ${id}, redacted`).toEqual([])
      const known = again.steps.filter(({ kind }) => kind === 'decided')
      decided += known.length
      for (const { because } of known) if (because !== null) rules.add(because.rule)
    }
  expect(decided).toBeGreaterThan(2_000)
  expect(Object.keys(BECAUSE).filter((rule) => !rules.has(rule)).length).toBeLessThan(RARE)
})
