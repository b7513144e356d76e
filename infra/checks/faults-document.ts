import { FAULT_NAMES, isCell, STEPS, type Step } from './fault-matrix.ts'
import { type Cell, type Matrix, unprovenOf } from './faults.ts'

/** The heading of the part that the simulator owns: it is kept as it stands. */
export const SIMULATOR_HEADING = '## What the simulator must have met'

/** `docs/faults.md` for what the tests prove; the simulator's part of the document as it stands is kept. */
export function faultsDocument(matrix: Matrix, standing: string): string {
  const unproven = unprovenOf(matrix)
  const head = [
    '# Faults',
    '',
    'Which fault was met at which step, by which test, and how it ended. Written by `pnpm faults` from the report of the',
    'tests, where each test says what it met; `pnpm verify` fails when this page and the reports differ. Of a test that',
    'failed nothing counts.',
    '',
    `Unproven: ${unproven.length} of ${matrix.cells.length} cells. This number may only fall.`,
    '',
    '`✓` met by a test of real programs that passed; `·` only by one in the world of the simulator, which runs the same',
    'rules without processes, Redis or HTTP; `unproven` by none; empty: the fault cannot be there (`FAULTS` in',
    '`infra/checks/fault-matrix.ts` says why).',
    '',
    ...tableOf(matrix),
    '',
    ...ABSENT,
  ]
  const steps = STEPS.flatMap((step) => ['', `## ${step}`, '', ...listOf(matrix, step)])
  const kept = simulatorPartOf(standing)
  return `${[...head, ...steps, ...(kept === '' ? [] : ['', kept])].join('\n').trimEnd()}\n`
}

/** A test of this folder knows only the simulator's world. */
const SIMULATED = 'apps/simulator: '

const ABSENT = [
  'Not in this table, because they are of no step:',
  '',
  '- Retention: nothing removes the history of ended migrations yet, so no test is about it.',
  '- Eviction: a Redis that may evict is refused at the start (`packages/redis/test/check-redis.test.ts`); one that is',
  '  full is the row `redis full`.',
  '- A connection reset in the middle of a body is to the rules an answer that never came, the row `time-out`: every call',
  '  is broken off so in `packages/scaleway/test/transport.test.ts`.',
  '- 429 with Retry-After: the header is read in `packages/scaleway/test/failure-of-api.test.ts`; that the next look is',
  '  put off by it has no test with real programs.',
  '- "Metrics add up": names, labels and zeros are tested in `packages/telemetry/test/metrics.test.ts`; that the counters',
  '  agree with the journal after a crash is not tested.',
]

/** How many cells a document says are unproven, or null when it says nothing about it. */
export function unprovenIn(document: string): number | null {
  const said = /^Unproven: (\d+) of \d+ cells\./m.exec(document)?.[1]
  return said === undefined ? null : Number(said)
}

/** What is wrong between the reports and the document as it stands, one sentence each; none is good. */
export function faultsFaults(matrix: Matrix, standing: string): string[] {
  const before = unprovenIn(standing)
  const now = unprovenOf(matrix).length
  const found = [...matrix.wrong]
  if (before !== null && now > before)
    found.push(`${now} cells of docs/faults.md are unproven, ${before} were: ${namesOf(matrix)}`)
  if (found.length === 0 && faultsDocument(matrix, standing) !== standing)
    found.push(
      'docs/faults.md differs from the reports of the tests: run "pnpm faults" and read what changed.',
    )
  return found
}

function namesOf(matrix: Matrix): string {
  return unprovenOf(matrix)
    .map(({ step, fault }) => `${fault} at ${step}`)
    .join('; ')
}

function tableOf({ cells }: Matrix): string[] {
  const found = new Map(cells.map((cell) => [`${cell.step} ${cell.fault}`, markOf(cell)]))
  const rows = FAULT_NAMES.map((fault) => {
    const row = STEPS.map((step) => {
      if (!isCell(step, fault)) return ''
      return found.get(`${step} ${fault}`) ?? 'unproven'
    })
    return `| ${[fault, ...row].join(' | ')} |`
  })
  return [`| | ${STEPS.join(' | ')} |`, `|---|${STEPS.map(() => ':-:').join('|')}|`, ...rows]
}

function markOf({ tests }: Cell): string {
  if (tests.length === 0) return 'unproven'
  return tests.every((test) => test.startsWith(SIMULATED)) ? '·' : '✓'
}

/** What was seen at one step: cells that the same tests met with the same outcome share a line. */
function listOf({ cells }: Matrix, step: Step): string[] {
  const lines = new Map<string, string[]>()
  for (const cell of cells) {
    if (cell.step !== step) continue
    const what = cell.tests.length === 0 ? '**unproven**' : provenBy(cell)
    lines.set(what, [...(lines.get(what) ?? []), cell.fault])
  }
  return [...lines].map(([what, faults]) => `- ${faults.join(', ')}: ${what}`)
}

function provenBy({ tests, outcomes }: Cell): string {
  const more = tests.length > 1 ? ` and ${tests.length - 1} more` : ''
  return `${outcomes.join(' / ')} — \`${(tests[0] ?? '').replaceAll('`', "'")}\`${more}`
}

function simulatorPartOf(standing: string): string {
  const at = standing.indexOf(SIMULATOR_HEADING)
  return at < 0 ? '' : standing.slice(at).trimEnd()
}
