import { Ints } from './ints.ts'

/** Which state leads to which: how each was met first, and every calm move. */
export class Graph {
  /** The state a state was met from first, and which of its moves led there; -1 for the beginning. */
  readonly parents = new Ints()
  readonly moves = new Ints()
  /** Calm moves, from and to. */
  readonly #from = new Ints()
  readonly #to = new Ints()
  /** States in which everything is over, and states whose moves were not looked at. */
  readonly over = new Ints()
  readonly open = new Ints()

  met(parent: number, move: number): void {
    this.parents.push(parent)
    this.moves.push(move)
  }

  calm(from: number, to: number): void {
    this.#from.push(from)
    this.#to.push(to)
  }

  /**
   * States from which calm moves lead to no ending: traps. `unjudged`: an ending was not found, but a state whose moves
   * were not looked at.
   */
  judge(): { readonly traps: readonly number[]; readonly unjudged: number } {
    const good = this.#leadingTo(this.over)
    const unknown = this.#leadingTo(this.open)
    const traps: number[] = []
    let unjudged = 0
    for (let state = 0; state < this.parents.length; state++) {
      if (good[state] === 1) continue
      if (unknown[state] === 1) unjudged++
      else traps.push(state)
    }
    return { traps, unjudged }
  }

  /** Marks every state from which calm moves lead to one of these: backwards over the stored moves. */
  #leadingTo(ends: Ints): Uint8Array {
    const { first, others } = this.#backwards()
    const marked = new Uint8Array(this.parents.length)
    const todo = new Ints()
    for (let at = 0; at < ends.length; at++) {
      marked[ends.at(at)] = 1
      todo.push(ends.at(at))
    }
    for (let at = 0; at < todo.length; at++) {
      const state = todo.at(at)
      for (let edge = first[state] ?? 0; edge < (first[state + 1] ?? 0); edge++) {
        const before = others[edge] ?? 0
        if (marked[before] === 1) continue
        marked[before] = 1
        todo.push(before)
      }
    }
    return marked
  }

  #lists: { readonly first: Int32Array; readonly others: Int32Array } | null = null

  /** For each state those before it, as one list with the place where each begins. */
  #backwards(): { readonly first: Int32Array; readonly others: Int32Array } {
    if (this.#lists !== null) return this.#lists
    const first = new Int32Array(this.parents.length + 2)
    for (let edge = 0; edge < this.#to.length; edge++) {
      const to = this.#to.at(edge) + 2
      first[to] = (first[to] ?? 0) + 1
    }
    for (let state = 1; state < first.length; state++)
      first[state] = (first[state] ?? 0) + (first[state - 1] ?? 0)
    const others = new Int32Array(this.#to.length)
    for (let edge = 0; edge < this.#to.length; edge++) {
      const to = this.#to.at(edge) + 1
      const place = first[to] ?? 0
      others[place] = this.#from.at(edge)
      first[to] = place + 1
    }
    this.#lists = { first, others }
    return this.#lists
  }
}
