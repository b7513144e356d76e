import type { Call } from './admin.ts'
import { COLUMNS } from './columns.ts'
import type { House } from './house.ts'

/** What the provider counted, largest first, in lines of at most 80 columns. */
export function callLines(calls: readonly Call[], moves: number): readonly string[] {
  const total = calls.reduce((sum, { count }) => sum + count, 0)
  const parts = calls
    .toSorted((a, b) => b.count - a.count)
    .map(({ api, operation, count }) => `${api} ${operation} ${count}`)
  const lines = [`  calls the provider counted until the copies were there: ${total} for ${moves} moves`]
  let line = '   '
  for (const part of parts) {
    if (line.length + part.length + 3 > COLUMNS) {
      lines.push(line)
      line = '   '
    }
    line += ` ${part} ·`
  }
  return [...lines, line].map((each) => each.replace(/ ·$/, '')).filter((each) => each.trim() !== '')
}

/** What was counted since an earlier count: calls that nobody made in between are left out. */
export function callsSince(before: readonly Call[], now: readonly Call[]): readonly Call[] {
  return now
    .map((call) => {
      const was = before.find(({ api, operation }) => api === call.api && operation === call.operation)
      return { ...call, count: call.count - (was?.count ?? 0) }
    })
    .filter(({ count }) => count > 0)
}

/** What keeps running, and a line to paste for another move; the JSON is broken so that it fits 80 columns. */
export function whereNext(
  house: Pick<House, 'apiUrl' | 'apiMetricsUrl' | 'workerMetricsUrl' | 'provider'>,
  move: { readonly snapshot: string; readonly from: string; readonly to: string },
): string {
  return `
Still running (Ctrl-C ends everything):
  API      ${house.apiUrl}/v1/migrations
  docs     ${house.apiUrl}/docs
  metrics  ${house.apiMetricsUrl}
           ${house.workerMetricsUrl}
  provider ${house.provider.apiUrl}
  storage  ${Object.values(house.provider.s3Urls)[0] ?? ''}

Another move:
  curl -s ${house.apiUrl}/v1/migrations \\
    -H 'content-type: application/json' \\
    -d '{"source": {"snapshot": "${move.snapshot}"},
         "from": "${move.from}", "to": "${move.to}"}'`
}
