import { expect, test } from 'vitest'
import { brokenText } from '../src/index.ts'
import { runSeeds } from '../src/runs/run-seeds.ts'
import { addRun, addTally, noTally } from '../src/runs/tally.ts'
import { sample } from '../src/sample/sample.ts'

test('every seed is named before its world begins, so that what throws has a seed', async () => {
  const told: number[] = []
  const { runs } = await runSeeds({ from: 7, count: 3, isStrict: false }, (seed) => told.push(seed))
  expect(told).toEqual([7, 8, 9])
  expect(runs).toBe(3)
})

test('of many broken stories the first are told and all are counted', async () => {
  const world = sample(1)
  await world.run()
  world.story.fail('something is wrong')
  const [one, other] = [noTally(), noTally()]
  for (let seed = 61; seed <= 120; seed++) addRun(one, seed, world)
  for (let seed = 1; seed <= 60; seed++) addRun(other, seed, world)
  addTally(one, other)
  const text = brokenText(one)
  expect(text).toContain('seed 1:\n  something is wrong')
  expect(text).not.toContain('seed 11:')
  expect(text).toMatch(/and 110 more$/)
})
