/** Numbers in [0, 1), the same ones for the same seed. */
export type Dice = () => number

/** Opens dice of a seed (mulberry32): good enough to choose by, useless for secrets. */
export function openDice(seed: number): Dice {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** One of the rows, each as likely as the others. */
export function oneOf<T>(dice: Dice, rows: readonly [T, ...T[]]): T {
  return rows[Math.floor(dice() * rows.length)] ?? rows[0]
}

/** A whole number from `from` up to and with `to`. */
export function between(dice: Dice, from: number, to: number): number {
  return from + Math.floor(dice() * (to - from + 1))
}
