import { stepLines } from './describe-step.ts'
import type { Loaded } from './load.ts'

/** How large a terminal is. */
export interface Size {
  readonly columns: number
  readonly rows: number
}

const HELP = '← p back · → n next · Home End · d next difference · q quit'

/** What is said about the whole of a replay, one line each. */
export function summaryLines({ file, bundle, replay }: Loaded): readonly string[] {
  const { steps, recordDiffers } = replay
  const differing = steps.filter(({ differs }) => differs !== null)
  const { version, revision } = bundle.program
  const made = `${new Date(bundle.madeAt).toISOString()} by ${version} (${revision})`
  const verdict =
    differing.length === 0
      ? "Today's code decides all of it as it was decided."
      : `Today's code would decide otherwise at event ${differing.map(({ number }) => number).join(', ')}.`
  const record = recordDiffers === null ? [] : [recordDiffers]
  return [`${file} · ${bundle.record.id} · ${bundle.record.state} · made ${made}`, verdict, ...record]
}

/** Every step and the verdict, for where there is no terminal. */
export function allLines(loaded: Loaded): readonly string[] {
  const { steps } = loaded.replay
  const { createdAt } = loaded.bundle.record
  return [...steps.flatMap((step) => [...stepLines(step, createdAt), '']), ...summaryLines(loaded)]
}

/** Only where today's code would decide otherwise, one line each. */
export function differenceLines({ file, replay }: Loaded): readonly string[] {
  const { steps, recordDiffers } = replay
  const lines = steps.flatMap(({ number, differs }) =>
    differs === null ? [] : [`${file}: event ${number}: ${differs}`],
  )
  return recordDiffers === null ? lines : [...lines, `${file}: ${recordDiffers}`]
}

/** One step on one screen: what does not fit is cut, line by line. */
export function page(loaded: Loaded, at: number, { columns, rows }: Size): string {
  const { steps } = loaded.replay
  const step = steps[at]
  const body = step === undefined ? [] : stepLines(step, loaded.bundle.record.createdAt)
  const mark = steps.some(({ differs }) => differs !== null) ? marks(loaded, at, columns) : []
  const lines = [
    ...summaryLines(loaded).slice(1),
    ...mark,
    '',
    `step ${at + 1} of ${steps.length} · ${body[0] ?? ''}`,
    ...body.slice(1),
  ]
  const wrapped = lines.flatMap((line) => wrap(line, columns))
  const room = Math.max(1, rows - 2)
  const shown = wrapped.length > room ? [...wrapped.slice(0, room - 1), '…'] : wrapped
  return [...shown, '', HELP.slice(0, columns)].join('\r\n')
}

/** One character for each step: where it differs, and where we are. */
function marks({ replay }: Loaded, at: number, columns: number): readonly string[] {
  const line = replay.steps
    .map(({ differs }, index) => (index === at ? '▲' : differs === null ? '·' : '!'))
    .join('')
  return [line.length > columns ? '' : line]
}

function wrap(line: string, columns: number): readonly string[] {
  const width = Math.max(20, columns)
  if (line.length <= width) return [line]
  const rest = line.slice(width)
  return [line.slice(0, width), ...wrap(`${' '.repeat(9)}${rest}`, width)]
}
