import { describe, expect, test } from 'vitest'
import { CATALOGUE, PHASES } from '../../packages/migration/src/index.ts'
import {
  envFaults,
  envNamesGiven,
  envNamesRead,
  failurePageFaults,
  failureRowFaults,
  glossaryFaults,
  readmeFaults,
} from './docs.ts'
import { filesOf, isTest, textOf } from './house.ts'

const KINDS = Object.keys(CATALOGUE)

/** The words of the design that this version speaks. */
const WORDS = [
  'migration',
  'route',
  'phase',
  'plan',
  'image',
  'copy',
  'unclaimed',
  'installation',
  'prefix',
  'profile',
  'mode',
  'ledger',
  'journal',
  'tick',
  'observation',
  'decision',
  'failure',
  'concern',
  'claim',
  'nudge',
  'intent',
  'send',
  'round',
  'extra',
  'disowned',
  'proven',
  'leftover',
  'orphan',
  'chore',
  'backend',
  'from',
  'to',
]

const sources = filesOf(['.ts', '.mjs'], 'packages', 'apps').filter(({ path }) => !isTest(path))

test('every kind of failure has its section in docs/failures.md, and every section its kind', () => {
  expect(failurePageFaults(KINDS, textOf('docs/failures.md'))).toEqual([])
})

test('the row of every section in docs/failures.md is the row of the catalogue', () => {
  expect(failureRowFaults(CATALOGUE, textOf('docs/failures.md'))).toEqual([])
})

test('the glossary explains every word we speak', () => {
  expect(glossaryFaults(WORDS, textOf('docs/glossary.md'))).toEqual([])
})

test('the README names the two commands and the phases in travelling order', () => {
  expect(readmeFaults(PHASES, textOf('README.md'))).toEqual([])
})

test('.env.example gives exactly what the code reads', () => {
  expect(sources.length).toBeGreaterThan(20)
  expect(envFaults(sources, textOf('.env.example'))).toEqual([])
})

describe('the checks find', () => {
  test('a kind without a section, and a section without a kind', () => {
    const page = '# Failures\n\n## How to read this\n\n## stalled\n\n## melted\n'
    expect(failurePageFaults(['stalled', 'defect'], page)).toEqual([
      expect.stringContaining('no section "## defect"'),
      expect.stringContaining('"## melted", which CATALOGUE does not know'),
    ])
    expect(failurePageFaults(['stalled', 'melted'], page)).toEqual([])
  })

  test.each([
    ['another number of attempts', 'attempts: 2 · then: park · told: operator', 1],
    ['another end', 'attempts: 1 · then: unwind · told: operator', 1],
    ['another person to tell', 'attempts: 1 · then: park · told: caller', 1],
    ['a row with words behind it', 'attempts: 1 · then: park · told: operator, later', 1],
    ['no row', 'It does not move.', 1],
    ['nothing where they agree', 'attempts: 1 · then: park · told: operator', 0],
  ])('in a section: %s', (_, row, count) => {
    const catalogue = { stalled: { attempts: 1, spent: 'park', tell: 'operator' } }
    const page = `# Failures\n\n## stalled\n\n${row}\n\nText.\n\n## other\n\nattempts: 9 · then: x · told: y\n`
    const faults = failureRowFaults(catalogue, page)
    expect(faults).toHaveLength(count)
    if (count > 0) expect(faults[0]).toContain('write "attempts: 1 · then: park · told: operator"')
  })

  test('a word that is used but not explained', () => {
    expect(glossaryFaults(['copy', 'image'], '**copy**: the copy of an image')).toEqual([
      expect.stringContaining('does not explain "image"'),
    ])
    expect(glossaryFaults(['copy', 'image', 'plan'], '**Copy**: …\n| image | …\n## Plan')).toEqual([])
  })

  test('a command that is missing, and phases in another order', () => {
    expect(readmeFaults(['a', 'b'], 'npm start, b → a')).toHaveLength(2)
    expect(readmeFaults(['a', 'b'], 'npm start, npm test, a → b')).toEqual([])
  })

  test('a name that is read but not given, given but not read, and nothing where they agree', () => {
    const text = "env['SNAPFERRY_MODE'], env['SCW_SECRET_KEY'], REDIS_URL, SNAPFERRY_ and SNAPFERRY_*"
    const files = [{ path: 'a.ts', text }]
    expect(envNamesRead(files)).toEqual(['REDIS_URL', 'SCW_SECRET_KEY', 'SNAPFERRY_MODE'])
    expect(envNamesGiven('A=1\n# B=2\n# text = x\n')).toEqual(['A', 'B'])
    expect(envFaults(files, 'REDIS_URL=\n# SCW_SECRET_KEY_FILE=\nSNAPFERRY_OLD=1\nSNAPFERRY_MODE=')).toEqual([
      expect.stringContaining('lacks SCW_SECRET_KEY'),
      expect.stringContaining('gives SNAPFERRY_OLD'),
    ])
    expect(
      envFaults(files, 'REDIS_URL=\n# SCW_SECRET_KEY=\n# SCW_SECRET_KEY_FILE=\nSNAPFERRY_MODE='),
    ).toEqual([])
  })
})
