import { createLogUpdate } from 'log-update'
import { fold } from './columns.ts'
import { type Move, plainOf, screenOf } from './screen.ts'

/** What the person at the terminal sees; nothing of it is wider than 80 columns. */
export interface Printer {
  /** Whether it shows a live display, which has the head in it. */
  readonly isLive: boolean
  /** Prints lines that stay, above the display while there is one. */
  say(text: string): void
  /** Shows how the moves stand now. */
  draw(moves: readonly Move[], head: readonly string[]): void
  /** The display stays as it is; what is said from now on follows below. */
  done(): void
}

/** The printer for a stream: a live display at a terminal, a line for each change elsewhere. */
export function openPrinter(stream: NodeJS.WriteStream): Printer {
  const write = (text: string): void => void stream.write(`${text}\n`)
  return stream.isTTY ? live(stream, write) : plain(write)
}

function live(stream: NodeJS.WriteStream, write: (text: string) => void): Printer {
  const display = createLogUpdate(stream)
  let isDrawn = false
  return {
    isLive: true,
    say: (text) => (isDrawn ? display.persist(folded(text)) : write(folded(text))),
    draw: (moves, head) => {
      isDrawn = true
      // Some terminals tell no size, or 0: then the smallest usual one.
      const room = { columns: stream.columns || 80, rows: stream.rows || 24 }
      display(screenOf(moves, head, room).join('\n'))
    },
    done: () => {
      isDrawn = false
      display.done()
    },
  }
}

/** What a pipe or a log wants. */
function plain(write: (text: string) => void): Printer {
  const last = new Map<string, string>()
  return {
    isLive: false,
    say: (text) => write(folded(text)),
    draw: (moves) => {
      for (const move of moves) {
        const running = move.phases.find(({ state }) => state === 'running')
        const key = `${move.state} ${running?.phase} ${move.why} ${move.attempt}`
        if (last.get(move.id) === key) continue
        last.set(move.id, key)
        write(plainOf(move))
      }
    },
    done: () => undefined,
  }
}

/** Every line of a text, broken where it would be too wide. */
export function folded(text: string): string {
  return text
    .split('\n')
    .flatMap((line) => fold(line))
    .join('\n')
}
