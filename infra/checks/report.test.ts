import { expect, test } from 'vitest'
import { isGood, linesOf, type Reports, summarise, type TestReport } from './report.ts'

function aReport(...tests: [fullName: string, status: string, duration?: number][]): TestReport {
  const assertionResults = tests.map(([fullName, status, duration = 1]) => ({ fullName, status, duration }))
  const status = tests.some((each) => each[1] === 'failed') ? 'failed' : 'passed'
  return { testResults: [{ name: 'a.test.ts', status, assertionResults }] }
}

const inCi = { isCi: true }
const byHand = { isCi: false }

test('passed and failed tests of all folders are counted, and the last line is the plain count', () => {
  const summary = summarise(
    new Map([
      ['packages/a', aReport(['one', 'passed'], ['two', 'failed'])],
      ['apps/b', aReport(['three', 'passed'])],
    ]),
  )
  expect(summary).toMatchObject({ passed: 2, failed: 1, failures: ['packages/a: two'] })
  expect(linesOf(summary).at(-1)).toBe('2 passed, 1 failed')
  expect(isGood(summary, byHand)).toBe(false)
})

test('a run of passed tests only is good', () => {
  expect(isGood(summarise(new Map([['packages/a', aReport(['one', 'passed'])]])), inCi)).toBe(true)
})

test.each([
  ['a folder whose tests did not run', new Map([['packages/a', null]]), 1],
  [
    'a file that broke before its first test',
    new Map([
      [
        'packages/a',
        {
          testResults: [
            { name: 'a.test.ts', status: 'failed', message: 'no such import', assertionResults: [] },
          ],
        },
      ],
    ]),
    1,
  ],
  ['a folder without a test', new Map([['packages/a', { testResults: [] }]]), 1],
  ['no folder at all', new Map(), 0],
] as [string, Reports, number][])('%s is not good', (_, reports, failed) => {
  const summary = summarise(reports)
  expect(summary.failed).toBe(failed)
  expect(isGood(summary, byHand)).toBe(false)
})

test.each(['pending', 'skipped', 'todo'])('a %s test is named, and not good in CI', (status) => {
  const summary = summarise(new Map([['packages/a', aReport(['one', 'passed'], ['two', status])]]))
  expect(linesOf(summary)).toContain('  packages/a: two')
  expect([isGood(summary, byHand), isGood(summary, inCi)]).toEqual([true, false])
})

test('the ten slowest tests are shown, slowest first', () => {
  const tests = Array.from({ length: 12 }, (_, at): [string, string, number] => [
    `t${at}`,
    'passed',
    at * 1000,
  ])
  const { slowest } = summarise(new Map([['packages/a', aReport(...tests)]]))
  expect(slowest.map((each) => each.ms)).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2].map((s) => s * 1000))
})
