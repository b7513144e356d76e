import { describe, expect, test } from 'vitest'
import { FAULT_NAMES, FAULTS, isCell, STEPS } from './fault-matrix.ts'
import { type Matrix, matrixOf, unprovenOf } from './faults.ts'
import { faultsDocument, faultsFaults, SIMULATOR_HEADING, unprovenIn } from './faults-document.ts'
import { textOf } from './house.ts'
import type { Reports, TestReport } from './report.ts'

type Claim = Readonly<Record<string, unknown>>

function reports(
  ...tests: readonly (readonly [name: string, claims: readonly Claim[], status?: string])[]
): Reports {
  const assertionResults = tests.map(([fullName, faults, status = 'passed']) => ({
    ...{ fullName, status, meta: { faults } },
  }))
  return new Map([
    ['packages/a', { testResults: [{ name: 'a.test.ts', status: 'passed', assertionResults }] }],
    ['apps/b', null],
  ])
}

const LOST = { step: 'import', fault: 'time-out (but done)', outcome: 'succeeded, one copy' }
const cellOf = ({ cells }: Matrix, step: string, fault: string) =>
  cells.find((cell) => cell.step === step && cell.fault === fault)

describe('what the tests say they met', () => {
  test('stands in its cell with every test and every outcome, sorted', () => {
    const matrix = matrixOf(
      reports(['two', [LOST]], ['one', [{ ...LOST, outcome: 'failed, nothing left' }]], ['none', []]),
    )
    expect(cellOf(matrix, 'import', 'time-out (but done)')).toEqual({
      ...{ step: 'import', fault: 'time-out (but done)' },
      tests: ['packages/a: one', 'packages/a: two'],
      outcomes: ['failed, nothing left', 'succeeded, one copy'],
    })
    expect(unprovenOf(matrix)).toHaveLength(matrix.cells.length - 1)
    expect(matrix.wrong).toEqual([])
  })

  test.each(['failed', 'pending', 'skipped'])('counts for nothing when the test is %s', (status) => {
    const matrix = matrixOf(reports(['one', [LOST], status]))
    expect(unprovenOf(matrix)).toHaveLength(matrix.cells.length)
  })

  test.each<[string, Claim, RegExp]>([
    ['a step that does not exist', { ...LOST, step: 'copying' }, /no step "copying"/],
    ['a fault that does not exist', { ...LOST, fault: 'redis rewond' }, /has no "redis rewond"/],
    ['a fault where it cannot be', { ...LOST, step: 'verify' }, /not of verify/],
    ['no outcome', { step: 'import', fault: '502' }, /lacks an outcome/],
    ['an outcome that breaks the page', { ...LOST, outcome: 'a\nb' }, /lacks an outcome/],
  ])('is refused when it is %s', (_, claim, said) => {
    const { wrong, cells } = matrixOf(reports(['one', [claim]]))
    expect(wrong).toEqual([expect.stringMatching(said)])
    expect(wrong[0]).toContain('packages/a: one')
    expect(cells.every(({ tests }) => tests.length === 0)).toBe(true)
  })
})

describe('docs/faults.md', () => {
  test('tells what real programs met from what only the world of the simulator met', () => {
    const claims = [LOST]
    const of = (folder: string): readonly [string, TestReport] => [
      folder,
      {
        testResults: [
          {
            ...{ name: 'a.test.ts', status: 'passed' },
            assertionResults: [{ fullName: 'one', status: 'passed', meta: { faults: claims } }],
          },
        ],
      },
    ]
    const rowOf = (...folders: readonly string[]) =>
      faultsDocument(matrixOf(new Map(folders.map(of))), '')
        .split('\n')
        .find((line) => line.startsWith('| time-out (but done)'))
    const row = (mark: string) =>
      `| time-out (but done) | unproven | unproven |  | ${mark} |  | unproven | unproven |  |`
    expect(rowOf('apps/simulator')).toBe(row('·'))
    expect(rowOf('apps/simulator', 'apps/sandbox')).toBe(row('✓'))
  })

  const none = matrixOf(reports())
  const one = matrixOf(reports(['one', [LOST]]))

  test('is the same for the same reports, in whatever order the tests ran', () => {
    const other = { ...LOST, fault: '502' } as const
    const there = faultsDocument(matrixOf(reports(['one', [LOST]], ['two', [other]])), '')
    expect(faultsDocument(matrixOf(reports(['two', [other]], ['one', [LOST]])), '')).toBe(there)
    expect(there).toContain('- 502: succeeded, one copy — `packages/a: two`\n')
    expect(there).toContain(
      '| time-out (but done) | unproven | unproven |  | ✓ |  | unproven | unproven |  |',
    )
  })

  test('gives cells that the same tests met one line', () => {
    const both = [LOST, { ...LOST, fault: '502' }]
    expect(faultsDocument(matrixOf(reports(['one', both], ['two', both])), '')).toContain(
      '- 502, time-out (but done): succeeded, one copy — `packages/a: one` and 1 more\n',
    )
  })

  test('keeps what the simulator must have met', () => {
    const kept = `${SIMULATOR_HEADING}\n\n| phase | fault | crash point |\n|---|---|---|\n| import | 502 | write |\n`
    const page = faultsDocument(one, `old\n\n${kept}`)
    expect(page.endsWith(`\n\n${kept}`)).toBe(true)
    expect(faultsFaults(one, page)).toEqual([])
  })

  test('agrees with the reports it was written from, and with no others', () => {
    const page = faultsDocument(one, '')
    expect(unprovenIn(page)).toBe(one.cells.length - 1)
    expect(faultsFaults(one, page)).toEqual([])
    expect(faultsFaults(one, page.replace('✓', 'unproven'))).toEqual([expect.stringContaining('pnpm faults')])
    expect(faultsFaults(one, '')).toEqual([expect.stringContaining('pnpm faults')])
  })

  test('lets the number of unproven cells fall only', () => {
    expect(faultsFaults(none, faultsDocument(one, ''))).toEqual([
      expect.stringMatching(
        /^\d+ cells of docs\/faults\.md are unproven, \d+ were: .*time-out \(but done\) at import/,
      ),
    ])
    expect(faultsFaults(one, faultsDocument(none, ''))).toEqual([expect.stringContaining('pnpm faults')])
  })

  test('says what a test claims wrongly', () => {
    const wrong = matrixOf(reports(['one', [{ ...LOST, step: 'verify' }]]))
    expect(faultsFaults(wrong, faultsDocument(wrong, ''))).toEqual([expect.stringContaining('not of verify')])
  })
})

/** What nobody may take away by accident: the number of unproven cells may fall because a cell is proven, not because it is gone. */
const CELLS_MIN = 277
const NAMED_CELLS_MIN = 450

test(`the matrix has ${CELLS_MIN} cells at least, and the simulator must meet ${NAMED_CELLS_MIN} of its own`, () => {
  expect(matrixOf(reports()).cells.length).toBeGreaterThanOrEqual(CELLS_MIN)
  const [, named = ''] = textOf('docs/faults.md').split(SIMULATOR_HEADING)
  const rows = named.split('\n').filter((line) => /^\| \w+ \| .+ \| .+ \|$/.test(line))
  // The first row is the heading.
  expect(rows.length - 1).toBeGreaterThanOrEqual(NAMED_CELLS_MIN)
})

test('every fault can be at one step at least, and every step has faults', () => {
  expect(FAULT_NAMES.filter((fault) => (FAULTS[fault] as readonly string[]).length === 0)).toEqual([])
  expect(STEPS.filter((step) => !FAULT_NAMES.some((fault) => isCell(step, fault)))).toEqual([])
})
