import type { Replay } from '@snapferry/migration'

/** A key as a terminal in raw mode sends it, by what it means here. */
export type Move = 'next' | 'back' | 'first' | 'last' | 'difference' | 'quit'

const KEYS: Readonly<Record<string, Move>> = {
  ...{ n: 'next', ' ': 'next', '\r': 'next', '\u001b[C': 'next', '\u001b[B': 'next', '\u001bOC': 'next' },
  ...{ p: 'back', '\u007f': 'back', '\u001b[D': 'back', '\u001b[A': 'back', '\u001bOD': 'back' },
  ...{ '\u001b[H': 'first', '\u001b[1~': 'first', '\u001bOH': 'first', g: 'first' },
  ...{ '\u001b[F': 'last', '\u001b[4~': 'last', '\u001bOF': 'last', G: 'last' },
  ...{ d: 'difference', q: 'quit', '\u0003': 'quit', '\u0004': 'quit' },
}

/** The longest key is looked for first: an escape alone is none. */
const NAMES = Object.keys(KEYS).toSorted((a, b) => b.length - a.length)

/** The moves that a piece of input means, in order; what means nothing is left out. */
export function movesOf(input: string): readonly Move[] {
  const moves: Move[] = []
  for (let rest = input; rest !== ''; ) {
    const name = NAMES.find((key) => rest.startsWith(key))
    const move = name === undefined ? undefined : KEYS[name]
    if (move !== undefined) moves.push(move)
    rest = rest.slice(name?.length ?? 1)
  }
  return moves
}

/** Where a move leads from a step; null leads out. */
export function moved(at: number, move: Move, { steps }: Replay): number | null {
  const last = steps.length - 1
  switch (move) {
    case 'next':
      return Math.min(last, at + 1)
    case 'back':
      return Math.max(0, at - 1)
    case 'first':
      return 0
    case 'last':
      return last
    case 'difference': {
      const next = steps.findIndex(({ differs }, index) => index > at && differs !== null)
      return next === -1 ? at : next
    }
    case 'quit':
      return null
  }
}
