import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { matrixOf, unprovenOf } from './faults.ts'
import { faultsDocument, unprovenIn } from './faults-document.ts'
import { readReports, summarise } from './report.ts'

/**
 * `pnpm faults`: writes docs/faults.md from the reports of the last whole run of the tests. It refuses when a report is
 * missing, when a test claims a cell that does not exist, and when more cells would be unproven than the document says;
 * `--more` allows that, for when FAULTS grew.
 */
const root = join(import.meta.dirname, '../..')
const file = join(root, 'docs/faults.md')
const standing = existsSync(file) ? readFileSync(file, 'utf8') : ''
const reports = readReports(root)
const matrix = matrixOf(reports)
const unproven = unprovenOf(matrix).length
const before = unprovenIn(standing)

const refusals = [...matrix.wrong, ...summarise(reports).failures]
if (before !== null && unproven > before && !process.argv.includes('--more'))
  refusals.push(
    `${unproven} cells would be unproven, ${before} are: run all tests first (pnpm verify --force).`,
  )
if (refusals.length > 0) {
  console.error(`docs/faults.md is left as it is:\n${refusals.map((each) => `  ${each}`).join('\n')}`)
  process.exitCode = 1
} else {
  writeFileSync(file, faultsDocument(matrix, standing))
  console.log(`docs/faults.md: ${matrix.cells.length - unproven} cells are proven, ${unproven} unproven.`)
}
