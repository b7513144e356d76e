/** Columns of a table: a label and one figure for each size, at most 80 wide for four sizes. */
const LABEL_WIDTH = 34
const CELL_WIDTH = 11

/** One line of a table. */
export function cells<R>(label: string, rows: readonly R[], of: (row: R) => string): string {
  return (label.padEnd(LABEL_WIDTH) + rows.map((row) => of(row).padStart(CELL_WIDTH)).join('')).trimEnd()
}

/** A figure with one digit after the point; a dash for nothing at all. */
export function figure(value: number): string {
  if (value > 0 && value < 0.05) return '<0.1'
  return value === 0 ? '–' : value.toFixed(1)
}
