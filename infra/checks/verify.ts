import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { foldersWithTests, isGood, linesOf, readReports, summarise } from './report.ts'

/**
 * `pnpm verify`: format, lint, types, checks and tests through turbo, then one count of all tests, also when something
 * failed. Further arguments go to turbo (`pnpm verify --force` runs everything anew).
 */
const root = join(import.meta.dirname, '../..')

// A report from an earlier run must not be counted; turbo puts back those of what it takes from its cache.
for (const folder of foldersWithTests(root)) rmSync(join(root, folder, 'test-report.json'), { force: true })

const tasks = ['format', 'lint', 'types', 'check', 'test']
const turbo = ['run', ...tasks, '--continue=always', '--output-logs=errors-only', ...process.argv.slice(2)]
const ran = spawnSync(join(root, 'node_modules/.bin/turbo'), turbo, { cwd: root, stdio: 'inherit' })

const summary = summarise(readReports(root))
const isGreen = ran.status === 0
const [count, ...before] = linesOf(summary).toReversed()
console.log(before.toReversed().join('\n'))
if (!isGreen && summary.failed === 0) console.log('A check outside the tests failed, see above.\n')
console.log(count)
process.exitCode = isGreen && isGood(summary, { isCi: process.env['CI'] !== undefined }) ? 0 : 1
