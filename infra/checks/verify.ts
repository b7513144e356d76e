import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { matrixOf } from './faults.ts'
import { faultsFaults } from './faults-document.ts'
import { textOf } from './house.ts'
import { foldersWithTests, isGood, linesOf, readReports, summarise } from './report.ts'

/**
 * `pnpm verify`: format, lint, types, checks and tests through turbo, then docs/faults.md against what the tests met, and
 * one count of all tests, also when something failed. Further arguments go to turbo (`pnpm verify --force` runs everything anew).
 */
const root = join(import.meta.dirname, '../..')

// A report from an earlier run must not be counted; turbo puts back those of what it takes from its cache.
for (const folder of foldersWithTests(root)) rmSync(join(root, folder, 'test-report.json'), { force: true })

const tasks = ['format', 'lint', 'types', 'check', 'test']
const turbo = ['run', ...tasks, '--continue=always', '--output-logs=errors-only', ...process.argv.slice(2)]
const ran = spawnSync(join(root, 'node_modules/.bin/turbo'), turbo, { cwd: root, stdio: 'inherit' })

const reports = readReports(root)
const summary = summarise(reports)
const isGreen = ran.status === 0
// A test that failed proves nothing: what is said of the document then would only repeat it.
const faults = summary.failed === 0 ? faultsFaults(matrixOf(reports), textOf('docs/faults.md')) : []
const [count, ...before] = linesOf(summary).toReversed()
console.log(before.toReversed().join('\n'))
if (!isGreen && summary.failed === 0) console.log('A check outside the tests failed, see above.\n')
if (faults.length > 0) console.log(`${faults.map((each) => `  ${each}`).join('\n')}\n`)
console.log(count)
process.exitCode =
  isGreen && faults.length === 0 && isGood(summary, { isCi: process.env['CI'] !== undefined }) ? 0 : 1
