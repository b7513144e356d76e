import { rankOf } from '@snapferry/migration'
import type { Memory } from './memory.ts'
import type { Row } from './row.ts'

/** Who stands in a line (for a claim, a place in a budget, or under `hold:<name>`), the first first. */
export function lineOf(memory: Memory, name: string): Row[] {
  const line: Row[] = []
  for (const row of memory.rows.values()) if (row.waits === name) line.push(row)
  return line.sort(byRank)
}

/** How many of a line stand before a row. */
export function aheadOf(memory: Memory, name: string, row: Row): number {
  let ahead = 0
  for (const one of memory.rows.values()) if (one.waits === name && byRank(one, row) < 0) ahead++
  return ahead
}

function byRank({ record: a }: Row, { record: b }: Row): number {
  return rankOf(a) - rankOf(b) || (a.id < b.id ? -1 : a.id === b.id ? 0 : 1)
}
