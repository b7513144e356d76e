import { expect, test } from 'vitest'
import { sample, simulate } from '../src/index.ts'

async function tell(seed: number) {
  const world = sample(seed, { isTold: true })
  await world.run()
  return { lines: world.story.lines, hash: world.story.hash }
}

test('the same seed tells the same story, and another seed another one', async () => {
  for (const seed of [3, 41, 271]) expect(await tell(seed)).toEqual(await tell(seed))
  expect((await tell(3)).hash).not.toBe((await tell(4)).hash)
})

test('the hash of a story that is told is that of one that is not', async () => {
  const world = sample(41)
  await world.run()
  expect(world.story.lines).toEqual([])
  expect(world.story.hash).toBe((await tell(41)).hash)
})

test('one thread and two tell the same stories, whoever runs which', { timeout: 90_000 }, async () => {
  const one = await simulate({ seed: 1, runs: 120, workers: 1 })
  const two = await simulate({ seed: 1, runs: 120, workers: 2 })
  expect(two.hash).toBe(one.hash)
  expect(two.endings).toEqual(one.endings)
  expect([...two.cells].toSorted()).toEqual([...one.cells].toSorted())
})
