import { expect, test } from 'vitest'
import { ARCHIVE_EXIT } from '../../src/archive/exit.ts'
import { BadArguments, readOptions } from '../../src/archive/options.ts'
import { runArchive } from '../../src/archive/run-archive.ts'

test('options are read, and those that are not given are not there', () => {
  expect(readOptions(['--through', '2026-11-24', '--yes'], ['through', 'yes'])).toEqual({
    through: '2026-11-24',
    yes: true,
  })
  expect(readOptions(['--zone', 'fr-par-1', '--zone=nl-ams-1'], ['zone'])).toEqual({
    zones: ['fr-par-1', 'nl-ams-1'],
  })
  expect(readOptions([], ['day'])).toEqual({})
})

test.each([
  [['--day', '24.11.2026'], /--day takes a day such as 2026-11-24/],
  [['--day', '2026-11-31'], /--day takes a day/],
  [['--zone', 'moon-1'], /--zone takes a zone/],
  [['--head', 'abc'], /--head takes the 64 hex digits/],
  [['--from='], /--from is empty/],
  [['--yes'], /Unknown option/],
  [['--day'], /argument missing|ambiguous/],
  [['extra'], /Unexpected argument/],
])('%j is refused', (args, words) => {
  const read = () => readOptions(args, ['day', 'zone', 'head', 'from'])
  expect(read).toThrow(BadArguments)
  expect(read).toThrow(words)
})

/** Runs a command without any setting. */
async function run(...args: string[]) {
  const [said, told]: [string[], string[]] = [[], []]
  const code = await runArchive(args, {
    env: {},
    say: (line) => void said.push(line),
    tell: (line) => void told.push(line),
  })
  return { code, said: said.join('\n'), told: told.join('\n') }
}

test('help names every command and exit code', async () => {
  for (const words of [['--help'], ['help'], ['verify', '--help']]) {
    const { code, said } = await run(...words)
    expect(code).toBe(ARCHIVE_EXIT.done)
    for (const name of ['export', 'verify', 'list', 'import', 'rebuild']) expect(said).toContain(`  ${name}`)
  }
  expect((await run()).code).toBe(ARCHIVE_EXIT.unfit)
})

test.each([
  [['burn'], /there is no command "burn"/],
  [['__proto__'], /there is no command/],
  [['verify', '--yes'], /Unknown option '--yes'/],
  [['verify'], /the environment is not complete/],
])('%j ends with a sentence and code 2', async (args, words) => {
  const { code, told } = await run(...args)
  expect([code, told]).toEqual([ARCHIVE_EXIT.unfit, expect.stringMatching(words)])
})
