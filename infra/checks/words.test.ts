import { expect, test } from 'vitest'
import { filesOf } from './house.ts'
import { forbiddenWords } from './words.ts'

const join = (...parts: string[]) => parts.join('')

test('no file names a machine, a registry or deferred work, and every test always runs', () => {
  const files = filesOf([
    '.ts',
    '.mjs',
    '.json',
    '.md',
    '.yaml',
    '.yml',
    '.conf',
    '.lua',
    'Dockerfile',
    'run',
    '.example',
  ])
  expect(files.length).toBeGreaterThan(50)
  expect(forbiddenWords(files.filter(({ path }) => path !== 'pnpm-lock.yaml'))).toEqual([])
})

test.each([
  ['packages/a/src/a.ts', join('read("/wo', 'rk/main/x")'), 1],
  ['README.md', join('from registry.', 'npmjs.org'), 1],
  ['packages/a/src/a.ts', join('// TO', 'DO: later'), 1],
  ['packages/a/test/a.test.ts', join('test.', 'only("x", () => {})'), 1],
  ['packages/a/test/a.test.ts', join('describe.', 'skip("x", () => {})'), 1],
  ['packages/a/test/a.test.ts', join('test.concurrent.', 'todo("x")'), 1],
  ['packages/a/test/a.test.ts', join('test.', 'skipIf(true)("x", () => {})'), 1],
  ['packages/a/test/a.test.ts', 'test.each([1])("it does not skip", () => {})', 0],
  ['packages/a/src/a.ts', join('const key = [prefix, install, "/wo', 'rk/"]'), 0],
])('%s: %j has %i findings', (path, text, findings) => {
  expect(forbiddenWords([{ path, text }])).toHaveLength(findings)
})
