import type { CallsRow } from './bench-calls.ts'
import { type Attributed, KINDS, STAGES } from './calls-kinds.ts'
import { APIS } from './calls-model.ts'
import { cells, figure } from './calls-table.ts'
import { quantile } from './latency.ts'

/** What the calls of the stages are, in three words that people ask for; the rest are creates, marks and removals. */
const PURPOSES = [
  { label: 'before the start (twice checked)', of: ({ stage }: Attributed) => stage === 'checks' },
  { label: 'looks while the provider works', of: (one: Attributed) => isLook(one) },
  {
    label: 'verification (inspect, verify)',
    of: ({ stage }: Attributed) => stage === 'inspect' || stage === 'verify',
  },
  { label: 'reads of tidying', of: ({ stage, call }: Attributed) => stage === 'tidy' && isRead(call.method) },
  {
    label: 'writes',
    of: ({ stage, call }: Attributed) => stage !== 'chores' && !isRead(call.method),
  },
  { label: 'archive and sweep', of: ({ stage }: Attributed) => stage === 'chores' },
] as const

const WORKING = new Set(['snapshot', 'export', 'import'])

function isLook({ stage, call }: Attributed): boolean {
  return WORKING.has(stage) && isRead(call.method)
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** Calls for each migration, a column for each size: for what, of what kind, in which phase, and the peer's. */
export function callsTable(rows: readonly CallsRow[]): string {
  const each = (label: string, wanted: (one: Attributed) => boolean) =>
    cells(label, rows, (row) => figure(count(row, wanted) / row.run.size))
  const all = (label: string, of: (row: CallsRow) => string) => cells(label, rows, of)
  return [
    all('migrations at once', ({ run }) => String(run.size)),
    all('calls for each migration', ({ run }) => figure(run.calls.length / run.size)),
    all('  least–greatest of those told', (row) => spread(row)),
    ...APIS.map((api) => all(`  ${api === 'instance' ? 'local' : 'SBS'}`, (row) => ofApi(row, api))),
    all("the provider's CLI", ({ run, peer }) => figure(peer.calls / run.size)),
    all('  really run', ({ run, peer }) =>
      peer.madeCalls === null ? 'reckoned' : figure(peer.madeCalls / run.size),
    ),
    all('ours / CLI', ({ run, peer }) => (run.calls.length / peer.calls).toFixed(2)),
    '',
    'for what',
    ...PURPOSES.map(({ label, of }) => each(`  ${label}`, of)),
    'of what kind',
    ...KINDS.map((kind) => each(`  ${kind}`, (one) => one.kind === kind)),
    'in which phase',
    ...STAGES.map((stage) => each(`  ${stage}`, (one) => one.stage === stage)),
    '',
    all('calls a second, most in 10 s', (row) => figure(busiest(row))),
  ].join('\n')
}

function count({ calls }: CallsRow, wanted: (one: Attributed) => boolean): number {
  return calls.reduce((sum, one) => sum + (wanted(one) ? 1 : 0), 0)
}

/** Calls of single migrations, without those that do not tell whose they are. */
function spread({ calls, run }: CallsRow): string {
  const counts = new Map(run.carried.map(({ id }) => [id, 0]))
  for (const { of } of calls) if (of !== null) counts.set(of.id, (counts.get(of.id) ?? 0) + 1)
  const values = [...counts.values()]
  return `${quantile(values, 0)}–${quantile(values, 1)}`
}

/** Calls for each migration of one API; the bucket's are shared out evenly. */
function ofApi({ calls, run }: CallsRow, api: (typeof APIS)[number]): string {
  const migrations = run.carried.filter((one) => one.api === api).length
  if (migrations === 0) return '–'
  const own = calls.filter(({ of }) => of?.api === api).length
  const shared = calls.filter(({ of }) => of === null).length / run.size
  return figure(own / migrations + shared)
}

const WINDOW_MS = 10_000

/** The most calls within ten seconds of the provider's time, for a second. */
function busiest({ calls }: CallsRow): number {
  const times = calls.map(({ call }) => call.at).toSorted((a, b) => a - b)
  let most = 0
  let from = 0
  for (const [to, at] of times.entries()) {
    while (at - (times[from] ?? at) >= WINDOW_MS) from++
    most = Math.max(most, to - from + 1)
  }
  return most / (WINDOW_MS / 1_000)
}

/** The calls of the first local and the first SBS migration of the smallest run, one a line, with seconds since the first. */
export function storyOf([row]: readonly CallsRow[]): string {
  if (row === undefined) return ''
  const first = row.calls[0]?.call.at ?? 0
  const shown = new Set(APIS.map((api) => row.run.carried.find((one) => one.api === api)?.id))
  const lines = row.calls
    .filter(({ of }) => of === null || shown.has(of.id))
    .map(({ call, kind, stage, of }) => {
      const seconds = ((call.at - first) / 1_000).toFixed(3).padStart(9)
      const whose = of === null ? 'all' : of.api === 'instance' ? 'local' : 'SBS'
      return `${seconds} ${whose.padEnd(6)}${stage.padEnd(10)}${kind.padEnd(21)}${call.api} ${call.operation} ${call.status}`
    })
  return lines.join('\n')
}
