import { FAULT_NAMES, FAULTS, type Fault, isCell, type ProvenCell, STEPS, type Step } from './fault-matrix.ts'
import type { Reports } from './report.ts'

/** One cell as the reports have it: which tests met it and what they saw; no test means that nobody met it. */
export interface Cell {
  readonly step: Step
  readonly fault: Fault
  /** `folder: full name of the test`, sorted. */
  readonly tests: readonly string[]
  readonly outcomes: readonly string[]
}

/** All cells in the order of the document, and what tests claim wrongly, one sentence each. */
export interface Matrix {
  readonly cells: readonly Cell[]
  readonly wrong: readonly string[]
}

/** What the tests of all folders prove. Only a test that passed proves anything. */
export function matrixOf(reports: Reports): Matrix {
  const met = new Map<string, { tests: Set<string>; outcomes: Set<string> }>()
  const wrong: string[] = []
  for (const { test, claims } of claimsOf(reports)) {
    for (const claim of claims) {
      const fault = mistakeIn(claim)
      if (fault !== null) {
        wrong.push(`${test}: ${fault}`)
        continue
      }
      const { step, fault: name, outcome } = claim as ProvenCell
      const key = `${step} × ${name}`
      const cell = met.get(key) ?? { tests: new Set(), outcomes: new Set() }
      met.set(key, cell)
      cell.tests.add(test)
      cell.outcomes.add(outcome)
    }
  }
  const cells = STEPS.flatMap((step) =>
    FAULT_NAMES.filter((fault) => isCell(step, fault)).map((fault): Cell => {
      const { tests = [], outcomes = [] } = met.get(`${step} × ${fault}`) ?? {}
      return { step, fault, tests: [...tests].toSorted(), outcomes: [...outcomes].toSorted() }
    }),
  )
  return { cells, wrong: wrong.toSorted() }
}

/** The cells that no test met. */
export function unprovenOf({ cells }: Matrix): readonly Cell[] {
  return cells.filter(({ tests }) => tests.length === 0)
}

interface Claimed {
  readonly test: string
  readonly claims: readonly Partial<Record<keyof ProvenCell, unknown>>[]
}

function claimsOf(reports: Reports): Claimed[] {
  return [...reports].flatMap(([folder, report]) =>
    (report?.testResults ?? []).flatMap(({ assertionResults }) =>
      assertionResults
        .filter(({ status }) => status === 'passed')
        .map(({ fullName, meta }) => ({ test: `${folder}: ${fullName}`, claims: meta?.faults ?? [] })),
    ),
  )
}

/** Why a claim is none, or null. */
function mistakeIn({ step, fault, outcome }: Claimed['claims'][number]): string | null {
  if (!isOneOf(STEPS, step)) return `there is no step "${step}"; say one of ${STEPS.join(', ')}`
  if (!isOneOf(FAULT_NAMES, fault)) return `FAULTS in infra/checks/fault-matrix.ts has no "${fault}"`
  if (!isCell(step, fault))
    return `"${fault}" is said of ${FAULTS[fault].join(', ')} only, not of ${step}; change FAULTS or the test`
  if (typeof outcome !== 'string' || outcome === '' || /[|\n]/.test(outcome))
    return `"${fault}" at ${step} lacks an outcome: a few words on one line, without "|"`
  return null
}

function isOneOf<T>(all: readonly T[], one: unknown): one is T {
  return (all as readonly unknown[]).includes(one)
}
