import type { Loaded } from './load.ts'
import { page, type Size } from './pages.ts'
import { moved, movesOf } from './stepper.ts'

/** A terminal, as far as stepping needs one. */
export interface Screen {
  size(): Size
  write(text: string): void
  /** Tells of each piece of input until the function it answers is called. */
  onInput(listener: (input: string) => void): () => void
  onResize(listener: () => void): () => void
}

const CLEAR = '\u001b[2J\u001b[3J\u001b[H'

/** Steps through a replay until somebody quits. */
export function show(loaded: Loaded, screen: Screen): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let at: number | null = 0
  const draw = (): void => {
    if (at !== null) screen.write(`${CLEAR}${page(loaded, at, screen.size())}`)
  }
  const stops = [
    screen.onResize(draw),
    screen.onInput((input) => {
      for (const move of movesOf(input)) if (at !== null) at = moved(at, move, loaded.replay)
      if (at !== null) return draw()
      for (const stop of stops) stop()
      screen.write('\r\n')
      resolve()
    }),
  ]
  draw()
  return promise
}
