import { expect, test } from 'vitest'
import { filesOf } from './house.ts'
import { tooLong } from './sizes.ts'

const lines = (count: number) => 'const a = 1\n'.repeat(count)

test('no file is longer than one idea needs', () => {
  const files = filesOf(['.ts', '.mjs', '.lua'], 'packages', 'apps', 'infra')
  expect(files.length).toBeGreaterThan(20)
  expect(tooLong(files)).toEqual([])
})

test.each([
  ['packages/a/src/a.ts', 300, 0],
  ['packages/a/src/a.ts', 301, 1],
  ['packages/a/test/a.test.ts', 500, 0],
  ['packages/a/test/a.test.ts', 501, 1],
  ['packages/a/test/fixtures/a.ts', 9_000, 0],
])('%s with %i lines: %i findings', (path, count, findings) => {
  expect(tooLong([{ path, text: lines(count) }])).toHaveLength(findings)
})
