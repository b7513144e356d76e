import type { Tally } from './tally.ts'

/** The heading in docs/faults.md under which stands what the simulator must have met. */
export const HEADING = '## What the simulator must have met'

/** Runs from which on every named cell must have been met. */
export const RUNS_FOR_CELLS = 20_000

/**
 * The cells `phase | fault | crash point` that a document names under the heading, one per row of the table there. A
 * document without the heading names none; a row without three columns is a mistake and throws.
 */
export function namedCells(markdown: string): string[] {
  const lines = markdown.split('\n')
  const start = lines.indexOf(HEADING)
  if (start === -1) return []
  const rest = lines.slice(start + 1)
  const end = rest.findIndex((line) => line.startsWith('## '))
  const rows = (end === -1 ? rest : rest.slice(0, end)).filter((line) => line.startsWith('|'))
  return rows.slice(2).map(cellOfRow)
}

function cellOfRow(row: string): string {
  const columns = row
    .split('|')
    .slice(1, -1)
    .map((column) => column.trim())
  if (columns.length !== 3 || columns.includes(''))
    throw new Error(`a row names phase, fault and crash point: ${row}`)
  return columns.join(' | ')
}

/** The named cells that mattered in no story. */
export function unmet(cells: readonly string[], tally: Tally): string[] {
  return cells.filter((cell) => (tally.cells.get(cell)?.mattered ?? 0) === 0)
}

/** Stories in which a cell must have mattered to be worth naming: by chance alone it does not come to none. */
const WORTH_NAMING = 20

/** The table of all cells that were met often enough to be named. */
export function tableOfCells(tally: Tally): string {
  const cells = [...tally.cells].filter(([, { mattered }]) => mattered >= WORTH_NAMING)
  const rows = cells.map(([cell]) => `| ${cell} |`).toSorted()
  return ['| phase | fault | crash point |', '|---|---|---|', ...rows].join('\n')
}
