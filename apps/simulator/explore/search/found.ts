/** A promise that a move breaks. `times`: in how many moves it was broken in the same way. */
export interface Breach {
  readonly breach: string
  readonly state: number
  readonly move: number
  readonly times: number
}

/** What one search found, in numbers; nothing of it depends on the machine but `tookMs` and, with a bound of time, how far it came. */
export interface Found {
  /** States visited; those that differ only in what was spent oftener are covered by one that was visited. */
  readonly states: number
  /** States that differ in more than what was spent. */
  readonly shapes: number
  readonly transitions: number
  /** The most moves from one mishap to the next. */
  readonly depth: number
  /** Every story with up to this many mishaps was followed to its end; -1: not even those without any. */
  readonly mishaps: number
  /** Whether nothing was left to visit. */
  readonly isWhole: boolean
  /** States at the bound, whose moves were not looked at. */
  readonly open: number
  /** States from which only such states were found, and no ending. */
  readonly unjudged: number
  /** States from which no ending can be reached: a trap, or a circle without a way out. */
  readonly traps: readonly number[]
  /** The first of each kind of broken promise. */
  readonly breaches: readonly Breach[]
  readonly tookMs: number
}
