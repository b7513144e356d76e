import type { CallsRow } from './bench-calls.ts'
import { APIS, type SnapshotApi, type WorkKind } from './calls-model.ts'
import { cells } from './calls-table.ts'
import { type Lateness, quantile } from './latency.ts'

const QUANTILES = [
  ['p50', 0.5],
  ['p95', 0.95],
  ['max', 1],
] as const

const WORKS: readonly WorkKind[] = ['take', 'export', 'import']
const WORK_NAMES = { take: 'taken snapshots', export: 'exports', import: 'imports' } as const

/** Seconds of the provider's time from the end of its work to our next call that sees it, beside the peer's. */
export function latencyTable(rows: readonly CallsRow[]): string {
  const ours = (label: string, wanted: (one: Lateness) => boolean, of: (one: Lateness) => number) =>
    block(label, rows, ({ lateness }) => lateness.filter(wanted).map(of))
  const seen = ({ seenMs }: Lateness): number => seenMs
  const parts = APIS.flatMap((api: SnapshotApi) =>
    WORKS.filter((kind) =>
      rows.some(({ lateness }) => lateness.some((one) => one.kind === kind && one.api === api)),
    ).flatMap((kind) =>
      ours(
        `${api === 'instance' ? 'local' : 'SBS'} ${WORK_NAMES[kind]}`,
        (one) => one.kind === kind && one.api === api,
        seen,
      ),
    ),
  )
  return [
    cells('migrations at once', rows, ({ run }) => String(run.size)),
    cells('ends of work', rows, ({ lateness }) => String(lateness.length)),
    ...ours('to our next call, seconds', () => true, seen),
    ...ours(
      'until it is recorded',
      () => true,
      ({ recordedMs }) => recordedMs,
    ),
    ...block("the provider's CLI", rows, ({ peer }) => peer.lateMs),
    '',
    'to our next call, by work',
    ...parts,
  ].join('\n')
}

function block(
  label: string,
  rows: readonly CallsRow[],
  of: (row: CallsRow) => readonly number[],
): readonly string[] {
  return QUANTILES.map(([name, share], at) =>
    cells(`${at === 0 ? label : ''}`.padEnd(30) + name, rows, (row) => {
      const values = of(row)
      return values.length === 0 ? '–' : (quantile(values, share) / 1_000).toFixed(1)
    }),
  )
}
