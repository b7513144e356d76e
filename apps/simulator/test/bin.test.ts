import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sample } from '../src/index.ts'
import { readOptions } from '../src/options.ts'

const BIN = join(import.meta.dirname, '../src/bin.ts')

test('a run prints the coverage, the endings and a hash, and ends well', () => {
  const { status, stdout } = spawnSync(
    process.execPath,
    [BIN, '--runs', '4', '--seed', '1', '--workers', '1'],
    {
      encoding: 'utf8',
    },
  )
  expect(stdout).toMatch(/^phase +fault +point +happened +mattered$/m)
  expect(stdout).toMatch(/^4 runs, \d+ migrations/m)
  expect(stdout).toMatch(/^all stories: [0-9a-f]{8}$/m)
  expect(status).toBe(0)
})

test('a story is told line by line, as it is told here', async () => {
  const { stdout } = spawnSync(process.execPath, [BIN, '--seed', '2', '--runs', '1', '--story'], {
    encoding: 'utf8',
  })
  const world = sample(2, { isTold: true })
  await world.run()
  expect(stdout).toBe([...world.story.lines, `seed 2: ${world.story.hash}`, ''].join('\n'))
})

test.each([
  [['--runs', '0'], /--runs takes a whole number from 1/],
  [['--seed', 'x'], /--seed takes a whole number from 1/],
  [['--speed', '3'], /--speed/],
])('%s is refused with the usage', (args, what) => {
  expect(() => readOptions(args)).toThrow(what)
  expect(() => readOptions(args)).toThrow(/pnpm simulate/)
})

test('what is not asked for is as usual', () => {
  expect(readOptions(['--runs', '5'])).toMatchObject({ runs: 5, seed: 1, story: false, isStrict: false })
})
