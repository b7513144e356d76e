import { COLUMNS, cutTo, fold } from './columns.ts'

/** One phase of one move, as the screen shows it. */
export interface PhaseLine {
  readonly phase: string
  readonly state: 'waiting' | 'running' | 'done' | 'failed'
  readonly seconds: number | null
}

/** One move, as the screen shows it. */
export interface Move {
  readonly name: string
  readonly id: string
  readonly from: string
  readonly to: string
  readonly state: string
  readonly phases: readonly PhaseLine[]
  readonly elapsedSeconds: number
  /** Seconds still to come, as far as similar moves tell; null when nothing is known or nothing is left. */
  readonly leftSeconds: number | null
  readonly why: string | null
  readonly attempt: number
}

/** What a terminal has room for. */
export interface Room {
  readonly columns: number
  readonly rows: number
}

/** The display is never wider than this, and always lower, however large the terminal. */
export const SCREEN: Room = { columns: COLUMNS, rows: 40 }

const WHY_LINES_MAX = 2
const SIGN: Record<PhaseLine['state'], string> = { waiting: '·', running: '▸', done: '✔', failed: '✘' }

/**
 * The lines of the live display: one block for each move. In a low terminal the blank lines go first, then everything
 * but the titles; one row stays free for the cursor.
 */
export function screenOf(
  moves: readonly Move[],
  head: readonly string[],
  terminal: Room = SCREEN,
): readonly string[] {
  const columns = Math.min(terminal.columns, SCREEN.columns)
  const rowsMax = Math.max(1, Math.min(terminal.rows, SCREEN.rows) - 1)
  const blocks = moves.map((move) => blockOf(move, columns))
  const spacious = [...head, '', ...blocks.flatMap((block) => [...block, ''])]
  const tight = [...head, ...blocks.flat()]
  const titles = moves.map(titleOf)
  const lines = [spacious, tight, titles].find(({ length }) => length <= rowsMax) ?? cropped(titles, rowsMax)
  return lines.map((line) => cutTo(line, columns))
}

function cropped(titles: readonly string[], rowsMax: number): readonly string[] {
  const shown = titles.slice(0, rowsMax - 1)
  return [...shown, `… and ${titles.length - shown.length} more`]
}

/** One move in three or four lines of at most `columns`: title, phases, and why it waits when it says so. */
export function blockOf(move: Move, columns: number = SCREEN.columns): readonly string[] {
  const lines = [titleOf(move), `  ${move.phases.map(phaseText).join('  ')}`]
  return [...lines.map((line) => cutTo(line, columns)), ...whyLines(move, columns)]
}

function titleOf(move: Move): string {
  const left = move.leftSeconds === null ? '' : `, about ${clock(move.leftSeconds)} to go`
  return `${move.name}  ${move.from} → ${move.to}   ${move.state}, ${clock(move.elapsedSeconds)}${left}`
}

function phaseText({ phase, state, seconds }: PhaseLine): string {
  return `${SIGN[state]} ${phase}${seconds === null ? '' : ` ${clock(seconds)}`}`
}

function whyLines(move: Move, columns: number): readonly string[] {
  const lines = fold(`  ${whyText(move)}`, columns, 2)
  const rest = lines.slice(WHY_LINES_MAX - 1).join(' ')
  return [...lines.slice(0, WHY_LINES_MAX - 1), ...(rest === '' ? [] : [rest])].map((line) =>
    cutTo(line, columns),
  )
}

function whyText({ why, attempt, state }: Move): string {
  const again = attempt > 1 ? `attempt ${attempt}: ` : ''
  return why === null ? (state === 'queued' ? 'waiting for its turn' : '') : `${again}${why}`
}

/** One line for each change, for a pipe or a log. */
export function plainOf(move: Move): string {
  const running = move.phases.find(({ state }) => state === 'running')
  const phase = running === undefined ? '' : ` · ${running.phase}`
  const why = move.why === null ? '' : ` · ${move.why}`
  return cutTo(
    `${clock(move.elapsedSeconds)} ${move.name.padEnd(10)} ${move.state}${phase}${why}`,
    SCREEN.columns,
  )
}

/** Minutes and seconds. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}
