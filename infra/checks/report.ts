import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One test as vitest's JSON reporter tells it. */
interface Test {
  readonly fullName: string
  readonly status: string
  readonly duration?: number | null
  /** What the test wrote beside its result (see task-meta.d.ts). */
  readonly meta?: { readonly faults?: readonly Readonly<Record<string, unknown>>[] }
}

/** One report file: what vitest's JSON reporter writes, as far as it is read here. */
export interface TestReport {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message?: string
    readonly assertionResults: readonly Test[]
  }[]
}

/** The reports of all folders with tests; null where a folder has none, because its tests did not run. */
export type Reports = ReadonlyMap<string, TestReport | null>

/** All reports as one: counts, and the tests worth naming. */
export interface Summary {
  readonly passed: number
  readonly failed: number
  readonly failures: readonly string[]
  readonly skipped: readonly string[]
  readonly slowest: readonly { readonly name: string; readonly ms: number }[]
}

const SLOWEST_SHOWN = 10

/** Packages that are nothing but tests for others: they run, and count, where they are used. */
const RUN_BY_OTHERS = new Set(['packages/journal-laws'])

/** The folders whose tests count: every package, every app, and these checks. */
export function foldersWithTests(root: string): string[] {
  const members = ['packages', 'apps'].flatMap((kind) =>
    readdirSync(join(root, kind)).map((name) => `${kind}/${name}`),
  )
  const isTested = (folder: string): boolean =>
    existsSync(join(root, folder, 'package.json')) && !RUN_BY_OTHERS.has(folder)
  return [...members.filter(isTested), 'infra/checks']
}

/** Reads the report of each folder. */
export function readReports(root: string): Reports {
  return new Map(
    foldersWithTests(root).map((folder) => {
      const file = join(root, folder, 'test-report.json')
      return [folder, existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as TestReport) : null]
    }),
  )
}

/**
 * Counts all tests. A folder without a report or without a test, and a file that
 * broke before its first test, is a failure of its own.
 */
export function summarise(reports: Reports): Summary {
  const tests: { name: string; status: string; ms: number }[] = []
  const failures: string[] = []
  for (const [folder, report] of reports) {
    if (report === null) failures.push(`${folder}: its tests did not run`)
    else if (report.testResults.length === 0) failures.push(`${folder}: it has no test`)
    for (const file of report?.testResults ?? []) {
      const ofFile = file.assertionResults.map((each) => ({
        name: `${folder}: ${each.fullName}`,
        status: each.status,
        ms: each.duration ?? 0,
      }))
      tests.push(...ofFile)
      const isBroken = file.status === 'failed' && !ofFile.some((each) => each.status === 'failed')
      if (isBroken)
        failures.push(`${folder}: ${file.name} broke outside its tests: ${file.message ?? ''}`.trim())
    }
  }
  const named = (wanted: (status: string) => boolean) =>
    tests.filter((each) => wanted(each.status)).map((each) => each.name)
  failures.push(...named((status) => status === 'failed'))
  return {
    passed: named((status) => status === 'passed').length,
    failed: failures.length,
    failures,
    skipped: named((status) => status !== 'passed' && status !== 'failed'),
    slowest: tests.toSorted((a, b) => b.ms - a.ms).slice(0, SLOWEST_SHOWN),
  }
}

/** Whether a run may be called good: every test ran and passed, and there was at least one. CI skips nothing. */
export function isGood(summary: Summary, { isCi }: { readonly isCi: boolean }): boolean {
  return summary.failed === 0 && summary.passed > 0 && !(isCi && summary.skipped.length > 0)
}

/** The lines a person reads at the end of a run; the last one is the plain count. */
export function linesOf(summary: Summary): string[] {
  const lines = ['', 'Slowest tests:']
  lines.push(...summary.slowest.map(({ name, ms }) => `${(ms / 1000).toFixed(2).padStart(7)} s  ${name}`))
  if (summary.failures.length > 0) lines.push('', 'Failed:', ...summary.failures.map((name) => `  ${name}`))
  if (summary.skipped.length > 0) lines.push('', 'Skipped:', ...summary.skipped.map((name) => `  ${name}`))
  if (summary.passed + summary.failed === 0) lines.push('', 'No test was executed.')
  return [...lines, '', `${summary.passed} passed, ${summary.failed} failed`]
}
