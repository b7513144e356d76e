import {
  type Journal,
  type Known,
  type MigrationId,
  markedSnapshots,
  refusalsOf,
  type SweepLooks,
  type SweepPlace,
  type SweepRefusal,
  type SweepReport,
  type SweepWish,
  type SweptThing,
  type Tally,
} from '@snapferry/migration'
import type { SweepStore } from '@snapferry/redis'
import { listPlace, whyNotSeen } from './list-place.ts'
import { type MarkNeeds, markLate } from './mark-late.ts'
import { type Found, SweepBooks } from './sweep-books.ts'

/** Everything one sweep needs. */
export interface SweepNeeds extends MarkNeeds {
  readonly install: string
  readonly store: SweepStore
  readonly journal: MarkNeeds['journal'] & Pick<Journal, 'clock'>
  readonly looks: SweepLooks
  /** Nothing may be written to the provider: then nothing is marked for removal either. */
  readonly observing: boolean
}

/** A finished sweep. */
export interface Swept {
  readonly report: SweepReport
  readonly found: readonly Found[]
  /** When things were first listed that lie where this sweep could not see. */
  readonly remembered: ReadonlyMap<string, number>
}

/**
 * One sweep: lists every place in use, tells what each thing of ours is, and, unless it is a dry run or something speaks
 * against it, brings late things into the ledgers of their migrations. It removes nothing itself. null: it was cut off,
 * and has to be run again; everything it did is done as well the second time.
 */
export async function sweep(wish: SweepWish, needs: SweepNeeds, signal: AbortSignal): Promise<Swept | null> {
  const { store, journal, policy } = needs
  const { now: startedAt } = await journal.clock()
  await store.learnPlaces(signal)
  const books = new SweepBooks({ policy, now: startedAt, firstSeen: await store.firstSeen() })
  for (const place of await store.places()) {
    if (signal.aborted || !(await look(place, books, needs))) return null
  }
  if (signal.aborted) return null
  // Asked only now: whatever was made while places were listed is in the journal by now, or the journal has lost it.
  const refused = await refusals(wish, books, needs)
  const isQuiet = wish.dryRun || refused.length > 0
  const marked = isQuiet ? { things: 0, bytes: 0 } : await mark(books.late, needs, signal)
  if (signal.aborted) return null
  const { now: finishedAt } = await journal.clock()
  const report = { ...wish, startedAt, finishedAt, refused, marked, ...books.sums }
  return { report, found: books.found, remembered: books.remembered }
}

/**
 * Things first, records after: whatever a record tells of a thing is then at least as new as the thing. False when our own
 * process stops: that a place was not seen then says nothing about the place.
 */
async function look(place: SweepPlace, books: SweepBooks, needs: SweepNeeds): Promise<boolean> {
  const things = await listPlace(place, needs.looks, needs.install)
  if (things.ok) books.saw(place, things.value, await knownOf(things.value, needs.store))
  else if (things.failure.kind === 'stopped') return false
  else books.missed(place, whyNotSeen(things.failure))
  return true
}

async function knownOf(
  things: readonly SweptThing[],
  store: Pick<SweepStore, 'known' | 'catalogued'>,
): Promise<(thing: SweptThing) => Known> {
  const ids = new Set(things.flatMap(({ mark }) => mark?.migration ?? []))
  const records = await store.known([...ids])
  const catalogued = await store.catalogued(markedSnapshots(things))
  return ({ id, mark }) => ({
    record: mark === null ? null : (records.get(mark.migration) ?? null),
    catalogued: catalogued.has(id),
  })
}

async function refusals(
  wish: SweepWish,
  books: SweepBooks,
  needs: SweepNeeds,
): Promise<readonly SweepRefusal[]> {
  const { install, policy, observing } = needs
  const { acknowledged } = wish
  const found = refusalsOf(await needs.store.facts(), books.gathered, { install, acknowledged, policy })
  if (!observing || wish.dryRun) return found
  const text = 'This installation only observes: nothing is removed.'
  return [...found, { code: 'observing', text }]
}

async function mark(late: readonly SweptThing[], needs: SweepNeeds, signal: AbortSignal): Promise<Tally> {
  let sum = { things: 0, bytes: 0 }
  for (const [id, things] of Map.groupBy(late, ({ mark }) => mark?.migration)) {
    if (signal.aborted || id === undefined) break
    const { things: count, bytes } = await markLate(id satisfies MigrationId, things, needs)
    sum = { things: sum.things + count, bytes: sum.bytes + bytes }
  }
  return sum
}
