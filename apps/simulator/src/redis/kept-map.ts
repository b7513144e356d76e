/** How far back a memory can be put, milliseconds of virtual time, when it is a busy one. */
const KEPT_MS = 60 * 60_000
const STEPS_MAX = 20_000

/** What was done to the maps of one memory, so that it can be undone to an earlier moment. */
export class History {
  readonly #steps: { readonly at: number; readonly undo: () => void }[] = []

  add(at: number, undo: () => void): void {
    this.#steps.push({ at, undo })
    if (this.#steps.length > STEPS_MAX) this.#forget(at - KEPT_MS)
  }

  /** What is older than any backup of these worlds is not needed to undo what is newer. */
  #forget(before: number): void {
    const first = this.#steps.findIndex(({ at }) => at > before)
    if (first > STEPS_MAX / 2) this.#steps.splice(0, first)
  }

  /** Undoes everything that was done after this moment, newest first; answers how many steps that were. */
  back(to: number): number {
    let undone = 0
    for (let last = this.#steps.at(-1); last !== undefined && last.at > to; last = this.#steps.at(-1)) {
      this.#steps.pop()
      last.undo()
      undone++
    }
    return undone
  }
}

/** A map that writes into a history what it takes to undo each change. */
export class KeptMap<K, V> {
  readonly #map = new Map<K, V>()
  readonly #history: History
  readonly #clock: () => number

  constructor(history: History, clock: () => number) {
    this.#history = history
    this.#clock = clock
  }

  get size(): number {
    return this.#map.size
  }

  get(key: K): V | undefined {
    return this.#map.get(key)
  }

  has(key: K): boolean {
    return this.#map.has(key)
  }

  keys(): IterableIterator<K> {
    return this.#map.keys()
  }

  entries(): IterableIterator<[K, V]> {
    return this.#map.entries()
  }

  values(): IterableIterator<V> {
    return this.#map.values()
  }

  set(key: K, value: V): void {
    const map = this.#map
    const before = map.get(key)
    const had = before !== undefined || map.has(key)
    map.set(key, value)
    this.#history.add(this.#clock(), () => {
      if (had && before !== undefined) map.set(key, before)
      else map.delete(key)
    })
  }

  delete(key: K): void {
    const map = this.#map
    const before = map.get(key)
    if (before === undefined) return
    map.delete(key)
    this.#history.add(this.#clock(), () => map.set(key, before))
  }
}
