import { describe, expect, test } from 'vitest'
import { PHASES } from '../../packages/migration/src/index.ts'
import { filesOf } from './house.ts'
import { phaseNames, SCREEN_LINES_MAX, TICK, tickFaults } from './worker.ts'

const sources = filesOf(['.ts'], 'apps/worker/src')

test('the tick fits a screen', () => {
  expect(tickFaults(sources)).toEqual([])
})

test('no code of the worker names a phase', () => {
  expect(sources.length).toBeGreaterThan(5)
  expect(phaseNames(PHASES, sources)).toEqual([])
})

describe('the checks find', () => {
  test.each([
    ['a tick as long as a screen', TICK, SCREEN_LINES_MAX, 0],
    ['a tick of one line more', TICK, SCREEN_LINES_MAX + 1, 1],
    ['a tick that is not where it was', 'apps/worker/src/step.ts', 1, 1],
  ])('%s', (_, path, lines, count) => {
    expect(tickFaults([{ path, text: 'await 1\n'.repeat(lines) }])).toHaveLength(count)
  })

  test.each(PHASES.flatMap((phase) => [`'${phase}'`, `"${phase}"`, `\`${phase}\``]))(
    'a branch on %s, and only in the worker',
    (literal) => {
      const text = `if (m.phase === ${literal}) return 0\n`
      expect(phaseNames(PHASES, [{ path: 'apps/worker/src/a.ts', text }])).toHaveLength(1)
      expect(phaseNames(PHASES, [{ path: 'packages/migration/src/route.ts', text }])).toEqual([])
    },
  )

  test('nothing in code that only imports and exports, or speaks of an export', () => {
    const text = "import { a } from './a.ts'\nexport const snapshot = a('an export', 'exported')\n"
    expect(phaseNames(PHASES, [{ path: 'apps/worker/src/a.ts', text }])).toEqual([])
  })
})
