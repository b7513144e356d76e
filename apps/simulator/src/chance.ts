/** Seeded dice: the same seed gives the same voyage, on every machine. */
export interface Chance {
  /** A number in [0, 1). */
  roll(): number
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number
  /** Whether something that happens with this probability happens now. */
  happens(probability: number): boolean
  /** One of these. */
  pick<T>(options: readonly T[]): T
}

/** Dice of one seed (mulberry32: 32 bits of state, good enough to spread faults). */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  const roll = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const between = (low: number, high: number): number => low + Math.floor(roll() * (high - low + 1))
  return {
    roll,
    between,
    happens: (probability) => roll() < probability,
    pick: (options) => {
      const one = options[between(0, options.length - 1)]
      if (one === undefined) throw new Error('nothing to pick from')
      return one
    },
  }
}
