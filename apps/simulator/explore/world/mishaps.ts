/** What may happen once or twice in a story, each taken from a budget of its own. */
export const MISHAPS = [
  'crash',
  'freeze',
  'lost',
  'refused',
  'cancel',
  'late',
  'bad',
  'stuck',
  'retry',
] as const

/**
 * One kind of mishap. `lost`: an answer; `late`: a create that shows only later; `bad`: work that ends badly; `stuck`: work that
 * ends when it likes, or never.
 */
export type Mishap = (typeof MISHAPS)[number]

/** How many of each may happen in one story, each 0 to 3. */
export type Budget = Readonly<Record<Mishap, number>>

/** The bound that the full run explores. */
export const FULL_BUDGET: Budget = {
  crash: 2,
  freeze: 1,
  lost: 2,
  refused: 1,
  cancel: 1,
  late: 1,
  bad: 1,
  stuck: 1,
  retry: 1,
}

/** What was spent so far, three bits for each mishap, the highest of them always 0: two of them compare in one subtraction. */
export type Spent = number

const BITS = 3
/** The most that three bits with a free highest one can count. */
export const COUNT_MAX = 3
const GUARD = MISHAPS.reduce((bits, _, at) => bits | (4 << (at * BITS)), 0)

/** How often a mishap happened. */
export function spentOn(spent: Spent, mishap: Mishap): number {
  return (spent >> (MISHAPS.indexOf(mishap) * BITS)) & COUNT_MAX
}

/** One more of it, or null when the budget does not give it. */
export function spend(spent: Spent, mishap: Mishap, budget: Budget): Spent | null {
  const at = MISHAPS.indexOf(mishap) * BITS
  return ((spent >> at) & COUNT_MAX) < budget[mishap] ? spent + (1 << at) : null
}

/** How many mishaps happened in all. */
export function totalOf(spent: Spent): number {
  let total = 0
  for (let rest = spent; rest > 0; rest >>= BITS) total += rest & COUNT_MAX
  return total
}

/** Whether nothing of `less` was spent oftener than in `more`: then all that can follow `more` can follow `less`. */
export function isWithin(less: Spent, more: Spent): boolean {
  return (((more | GUARD) - less) & GUARD) === GUARD
}
