import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { BROKEN_BUILDS } from '../../broken/builds.ts'
import { copyBuild, type Edit } from '../../broken/copy-build.ts'
import { BUNDLES } from '../../replay/fixtures.ts'

const FILES = readdirSync(BUNDLES).map((name) => join(BUNDLES, name))
/** A replay decides; what a journal or a queue does wrong it cannot see. */
const DECIDING = BROKEN_BUILDS.filter(({ edits }) =>
  edits.every(({ file }) => file.startsWith('packages/migration/')),
)

/** One copy for all: each test changes it and puts it back. */
const build = copyBuild([])
afterAll(() => rmSync(build, { recursive: true, force: true }))

function check(edits: readonly Edit[]) {
  const before = edits.map(({ file }) => ({
    path: join(build, file),
    text: readFileSync(join(build, file), 'utf8'),
  }))
  for (const { file, find, replace } of edits) {
    const path = join(build, file)
    writeFileSync(path, readFileSync(path, 'utf8').split(find).join(replace))
  }
  const program = join(build, 'apps/simulator/replay/bin.ts')
  const run = spawnSync(process.execPath, [program, '--check', ...FILES], { encoding: 'utf8' })
  for (const { path, text } of before.toReversed()) writeFileSync(path, text)
  return run
}

test('there are broken builds that decide otherwise, and one that is not broken', () => {
  expect(DECIDING.length).toBeGreaterThan(8)
  expect(check([])).toMatchObject({ status: 0, stdout: '' })
})

test.each(DECIDING)('the bundles notice a build with this: $name', ({ edits }) => {
  const { status, stdout } = check(edits)
  expect(stdout).toMatch(/\.json: event \d+: /)
  expect(status).toBe(1)
})
