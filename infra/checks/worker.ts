import type { SourceFile } from './house.ts'
import { linesOf } from './sizes.ts'

/** One tick of one migration, in the order in which it happens. */
export const TICK = 'apps/worker/src/advance.ts'

/** Most lines of the tick: whoever reads it sees the whole of it on one screen. */
export const SCREEN_LINES_MAX = 100

/** What keeps the tick from being read at one glance; a tick that is not there is a fault as well. */
export function tickFaults(files: readonly SourceFile[]): string[] {
  const tick = files.find(({ path }) => path === TICK)
  if (tick === undefined) return [`${TICK} is not there: say in infra/checks/worker.ts where the tick is.`]
  const lines = linesOf(tick.text)
  return lines <= SCREEN_LINES_MAX
    ? []
    : [`${TICK} has ${lines} lines, more than a screen of ${SCREEN_LINES_MAX}: move detail out of the tick.`]
}

/** Files of the worker that name a phase in a string literal: its code knows rows of the route, never their names. */
export function phaseNames(phases: readonly string[], files: readonly SourceFile[]): string[] {
  const literal = new RegExp(`(['"\`])(${phases.join('|')})\\1`, 'g')
  return files
    .filter(({ path }) => path.startsWith('apps/worker/src/'))
    .flatMap(({ path, text }) =>
      [...text.matchAll(literal)].map(
        ([, , phase]) =>
          `${path} names the phase ${phase}: put it into ROUTE or into packages/migration/src/phases.`,
      ),
    )
}
