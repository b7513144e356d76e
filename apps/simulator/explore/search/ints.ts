/** A list of 32-bit numbers that grows: forty million of them take 160 MB and no objects. */
export class Ints {
  #items = new Int32Array(1 << 14)
  length = 0

  push(item: number): void {
    if (this.length === this.#items.length) {
      const wider = new Int32Array(this.#items.length * 2)
      wider.set(this.#items)
      this.#items = wider
    }
    this.#items[this.length++] = item
  }

  at(index: number): number {
    return this.#items[index] ?? -1
  }
}
