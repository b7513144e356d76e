import { between, type Dice, oneOf } from './dice.ts'

/** One migration that will be asked for. */
export interface Order {
  /** From 0; names source and Idempotency-Key. */
  readonly n: number
  /** When, milliseconds after the beginning. */
  readonly atMs: number
  /** Which installation is asked, from 0. */
  readonly installation: number
  /** The number of the source; another order may have the same one. */
  readonly source: number
  readonly kind: 'snapshot' | 'volume' | 'image'
  readonly api: 'instance' | 'block'
  readonly from: string
  readonly to: string
  readonly keepImage: boolean
  readonly keepTaken: boolean
  /** How long after its acceptance it is cancelled, or null. */
  readonly cancelAfterMs: number | null
  /** Whether it is asked for anew once it was cancelled. */
  readonly retried: boolean
}

type Pair = readonly [from: string, to: string]
const PAIRS: readonly [Pair, ...Pair[]] = [
  ['fr-par-1', 'fr-par-2'],
  ['fr-par-2', 'fr-par-3'],
  ['fr-par-3', 'fr-par-1'],
  ['nl-ams-1', 'nl-ams-2'],
]

/** One order in so many is cancelled on the way, and every other of these is asked for anew. */
const CANCELLED_EVERY = 20

/** The orders of a run, spread over the first `spreadMs`: the same for the same dice. */
export function ordersOf(
  dice: Dice,
  o: { readonly migrations: number; readonly installations: number; readonly spreadMs: number },
): readonly Order[] {
  const orders: Order[] = []
  for (let n = 0; n < o.migrations; n++) {
    const before = orders[n - 1]
    const mine = orderOf(dice, n, o)
    const isTwin = before !== undefined && before.kind !== 'image' && before.source === n - 1 && dice() < 0.1
    orders.push(isTwin ? { ...mine, ...twinOf(before, o.installations) } : mine)
  }
  return orders
}

function orderOf(
  dice: Dice,
  n: number,
  { migrations, installations, spreadMs }: Parameters<typeof ordersOf>[1],
): Order {
  const [from, to] = oneOf(dice, PAIRS)
  const cancelled = n % CANCELLED_EVERY === CANCELLED_EVERY - 3
  return {
    n,
    atMs: Math.floor(((n + dice()) * spreadMs) / migrations),
    installation: n % installations,
    source: n,
    kind: oneOf(dice, ['snapshot', 'snapshot', 'volume', 'volume', 'image']),
    api: oneOf(dice, ['instance', 'block']),
    from,
    to,
    keepImage: dice() < 0.15,
    keepTaken: dice() < 0.2,
    cancelAfterMs: cancelled ? between(dice, 200, 25_000) : null,
    retried: cancelled && n % (2 * CANCELLED_EVERY) < CANCELLED_EVERY,
  }
}

/**
 * Another order for the same source: with one installation to another zone (the same work twice is refused), with two
 * to the same zone from the other installation, which knows nothing of the first.
 */
function twinOf(before: Order, installations: number): Partial<Order> {
  const { source, kind, api, from, to } = before
  const same = { source, kind, api, from }
  if (installations > 1) return { ...same, to, installation: (before.installation + 1) % installations }
  const region = from.slice(0, from.lastIndexOf('-'))
  const other = [1, 2, 3].map((zone) => `${region}-${zone}`).find((zone) => zone !== from && zone !== to)
  return { ...same, to: other ?? to }
}
