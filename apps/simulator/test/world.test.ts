import { expect, test } from 'vitest'
import { CALM, planFor, World } from '../src/index.ts'

test.each([
  { source: 'snapshot', backend: 'block' },
  { source: 'snapshot', backend: 'instance' },
  { source: 'volume', backend: 'block' },
  { source: 'volume', backend: 'instance' },
  { source: 'image', backend: 'block' },
] as const)('in calm weather a $source ($backend) arrives, and nothing goes wrong', async (asked) => {
  const world = new World({ seed: 1, weather: CALM, workers: 2, isTold: true })
  const id = world.create(planFor(world, asked))!
  await world.run()
  expect(world.story.broken, world.story.lines.join('\n')).toEqual([])
  expect((await world.journal.read(id))?.record.state).toBe('succeeded')
  expect(world.story.incidents).toEqual([])
})
