import {
  classify,
  type Gathered,
  gather,
  isListed,
  isTextOf,
  type Known,
  type ListedThing,
  NOTHING_GATHERED,
  type PlaceReport,
  placeText,
  type SweepPlace,
  type SweepPolicy,
  type SweepReport,
  type SweptAs,
  type SweptThing,
  type Tally,
  thingText,
} from '@snapferry/migration'

/** A thing that is listed, with its text. */
export type Found = ListedThing & { readonly text: string }

/** Late things held for one run; more are for the next. */
const LATE_MAX = 10_000

/** The books of one sweep: counts everything, lists what is listed, and holds what is late. */
export class SweepBooks {
  readonly #counts: Record<Exclude<SweptAs, 'foreign'>, Tally>
  readonly #places: PlaceReport[] = []
  readonly #found: Found[] = []
  readonly #late: SweptThing[] = []
  readonly #remembered = new Map<string, number>()
  readonly #listed = { late: 0, orphan: 0, unclaimed: 0 }
  readonly #policy: SweepPolicy
  readonly #now: number
  readonly #before: ReadonlyMap<string, number>
  #gathered: Gathered = NOTHING_GATHERED

  constructor(o: {
    readonly policy: SweepPolicy
    readonly now: number
    /** When earlier sweeps first listed things. */
    readonly firstSeen: ReadonlyMap<string, number>
  }) {
    this.#policy = o.policy
    this.#now = o.now
    this.#before = o.firstSeen
    const none = { things: 0, bytes: 0 }
    this.#counts = {
      ...{ 'in-use': none, known: none, copy: none, 'too-young': none },
      ...{ late: none, orphan: none, unclaimed: none },
    }
  }

  /** One place that was seen, with what is known of each thing's migration. */
  saw(place: SweepPlace, things: readonly SweptThing[], knownOf: (thing: SweptThing) => Known): void {
    const counts: Partial<Record<SweptAs, Tally>> = {}
    for (const thing of things) {
      const known = knownOf(thing)
      const as = classify(thing, known, this.#policy, this.#now)
      if (as === 'foreign') continue
      counts[as] = plus(counts[as], thing)
      this.#counts[as] = plus(this.#counts[as], thing)
      this.#gathered = gather(this.#gathered, thing, known, as)
      if (as === 'late' && this.#late.length < LATE_MAX) this.#late.push(thing)
      if (isListed(as) && this.#listed[as] < this.#policy.listedMax) {
        this.#listed[as] += 1
        const text = thingText(thing)
        this.#found.push({ kind: as, thing, firstSeenAt: this.#before.get(text) ?? this.#now, text })
      }
    }
    this.#places.push({ place: placeText(place), notSeen: null, counts })
  }

  /** One place that could not be seen: nothing is concluded about it. */
  missed(place: SweepPlace, why: string): void {
    this.#places.push({ place: placeText(place), notSeen: why, counts: {} })
    for (const [text, at] of this.#before) if (isTextOf(text, place)) this.#remembered.set(text, at)
  }

  get gathered(): Gathered {
    return this.#gathered
  }

  get late(): readonly SweptThing[] {
    return this.#late
  }

  /** When things were first listed that lie where this sweep could not see. */
  get remembered(): ReadonlyMap<string, number> {
    return this.#remembered
  }

  get found(): readonly Found[] {
    return this.#found
  }

  /** What the report has of them. */
  get sums(): Pick<SweepReport, 'counts' | 'places' | 'listed'> {
    return { counts: this.#counts, places: this.#places, listed: this.#listed }
  }
}

function plus(tally: Tally | undefined, { bytes }: SweptThing): Tally {
  return { things: (tally?.things ?? 0) + 1, bytes: (tally?.bytes ?? 0) + bytes }
}
