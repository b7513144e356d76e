import { hashOf } from '@snapferry/migration'
import { isWithin, type Spent } from '../world/mishaps.ts'

/**
 * Remembers every state that was met, by 64 bits of its key, with what was spent until then. A state that was met before
 * with nothing spent oftener is covered: whatever can follow the new one can follow the old one.
 */
export class Table {
  #slots = new Int32Array(1 << 16).fill(-1)
  #high = new Uint32Array(1 << 14)
  #low = new Uint32Array(1 << 14)
  #spent = new Int32Array(1 << 14)
  #earlier = new Int32Array(1 << 14)
  /** How many states it holds; they are numbered in the order of their coming. */
  size = 0
  /** How many of them differ in more than what was spent. */
  shapes = 0

  /** The number of the state that covers this one, or -1 after it was taken in as the last one. */
  add(key: string, spent: Spent): number {
    const [high, low] = hashOf(key)
    const mask = this.#slots.length - 1
    let slot = low & mask
    for (;;) {
      const first = this.#at(slot)
      if (first === -1) {
        this.shapes++
        this.#take(slot, high, low, spent, -1)
        return -1
      }
      if (this.#high[first] === high && this.#low[first] === low) {
        for (let one = first; one !== -1; one = this.#earlier[one] ?? -1)
          if (isWithin(this.#spent[one] ?? 0, spent)) return one
        this.#take(slot, high, low, spent, first)
        return -1
      }
      slot = (slot + 1) & mask
    }
  }

  #at(slot: number): number {
    return this.#slots[slot] ?? -1
  }

  #take(slot: number, high: number, low: number, spent: Spent, earlier: number): void {
    const at = this.size++
    if (at === this.#high.length) this.#grow()
    this.#high[at] = high
    this.#low[at] = low
    this.#spent[at] = spent
    this.#earlier[at] = earlier
    this.#slots[slot] = at
    if (this.shapes * 2 > this.#slots.length) this.#spread()
  }

  #grow(): void {
    const wider = <T extends Uint32Array | Int32Array>(old: T, wide: T): T => {
      wide.set(old)
      return wide
    }
    const length = this.#high.length * 2
    this.#high = wider(this.#high, new Uint32Array(length))
    this.#low = wider(this.#low, new Uint32Array(length))
    this.#spent = wider(this.#spent, new Int32Array(length))
    this.#earlier = wider(this.#earlier, new Int32Array(length))
  }

  #spread(): void {
    const old = this.#slots
    this.#slots = new Int32Array(old.length * 2).fill(-1)
    const mask = this.#slots.length - 1
    for (const at of old) {
      if (at === -1) continue
      let slot = (this.#low[at] ?? 0) & mask
      while (this.#slots[slot] !== -1) slot = (slot + 1) & mask
      this.#slots[slot] = at
    }
  }
}
