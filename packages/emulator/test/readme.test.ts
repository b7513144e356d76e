import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ADMIN_ROWS } from '../src/admin/admin-routes.ts'
import { FAULT_GROUP, LIKELIEST } from '../src/index.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const settings = readFileSync(new URL('../src/read-env.ts', import.meta.url), 'utf8').match(
  /SNAPFERRY_EMULATOR_[A-Z0-9_]+/g,
)

const names = [
  ...Object.keys(ADMIN_ROWS),
  ...Object.keys(FAULT_GROUP),
  ...Object.keys(LIKELIEST),
  ...new Set(settings),
]

test.each(names)('the README names %s', (name) => {
  expect(readme).toContain(`\`${name}`)
})

test('the README names no fault, switch or setting that is not there', () => {
  const named = [...readme.matchAll(/`([a-z][a-z0-9]*(?:-[a-z0-9]+)+|SNAPFERRY_EMULATOR_\w+)`/g)].map(
    ([, name]) => name,
  )
  const drives = ['by-hand', 'by-itself']
  expect(named.filter((name) => !names.includes(name!) && !drives.includes(name!))).toEqual([])
})
