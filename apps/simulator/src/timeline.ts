interface Entry {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** What is to happen in virtual time, by time and, at the same time, in the order it was asked for. */
export class Timeline {
  /** Milliseconds since 1970. */
  now: number
  #order = 0
  readonly #heap: Entry[] = []

  constructor(start: number) {
    this.now = start
  }

  get length(): number {
    return this.#heap.length
  }

  /** When the next thing happens, or null when nothing is to come. */
  get nextAt(): number | null {
    return this.#heap[0]?.at ?? null
  }

  /** Lets something happen after this many milliseconds. */
  after(ms: number, run: () => void): void {
    this.#push({ at: this.now + ms, order: this.#order++, run })
  }

  /** Moves on to the next thing and lets it happen; false when there is none. */
  step(): boolean {
    const next = this.#pop()
    if (next === null) return false
    this.now = next.at
    next.run()
    return true
  }

  #push(entry: Entry): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(entry)
    while (at > 0) {
      const up = (at - 1) >> 1
      const parent = heap[up]
      if (parent === undefined || !isBefore(entry, parent)) break
      heap[at] = parent
      at = up
    }
    heap[at] = entry
  }

  #pop(): Entry | null {
    const heap = this.#heap
    const [top] = heap
    const last = heap.pop()
    if (top === undefined || last === undefined) return null
    if (heap.length > 0) this.#sink(last)
    return top
  }

  #sink(entry: Entry): void {
    const heap = this.#heap
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      const [a, b] = [heap[left], heap[left + 1]]
      if (a === undefined) break
      const isRight = b !== undefined && isBefore(b, a)
      const child = isRight ? b : a
      if (!isBefore(child, entry)) break
      heap[at] = child
      at = isRight ? left + 1 : left
    }
    heap[at] = entry
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
