import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SCENES } from '../explore/world/scene.ts'

const BIN = join(import.meta.dirname, '../explore/bin.ts')

test('every state within the bound of CI keeps every promise and can reach an ending', {
  timeout: 150_000,
}, async ({ annotate }) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN], { encoding: 'utf8', maxBuffer: 1e8 })
  await annotate(stdout)
  // Who reads what CI printed sees the bound.
  process.stdout.write(stdout.slice(stdout.indexOf('In all')))
  expect([status, stderr], stdout).toEqual([0, expect.any(String)])
  expect(stdout).toContain('Traps: 0. Promises broken: 0.')
  expect(stdout).toMatch(/Bound: every story with up to [1-9] mishaps/)
  const states = Number(/In all ([\d,]+) states/.exec(stdout)?.[1]?.replaceAll(',', ''))
  // A machine that is busy gets less far in its time, and says so; a search that saw next to nothing shows nothing.
  expect(states).toBeGreaterThan(SCENES.length * 10_000)
})

test('so does every state when both workers may tick at any time, with one mishap', {
  timeout: 60_000,
}, async ({ annotate }) => {
  const args = [BIN, '--crowded', '--mishaps', '1', '--budget', '0.5']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1e8 })
  await annotate(stdout)
  process.stdout.write(stdout.slice(stdout.indexOf('In all')))
  expect([status, stderr], stdout).toEqual([0, expect.any(String)])
  expect(stdout).toContain('Traps: 0. Promises broken: 0.')
  // Half a minute is enough for all of them on a machine that has nothing else to do.
  expect(stdout).toMatch(/Bound: every story with up to [01] mishaps/)
  expect(Number(/Expanded: ([\d,]+) states/.exec(stdout)?.[1]?.replaceAll(',', ''))).toBeGreaterThan(
    SCENES.length * 10_000,
  )
})
