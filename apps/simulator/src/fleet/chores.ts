import { holdChore, reconciler, wakeDue } from '@snapferry/redis'
import { lineOf } from '../redis/line.ts'
import type { MemoryJournal } from '../redis/memory-journal.ts'
import type { World } from '../world.ts'
import type { Fleet } from './fleet.ts'

const RECONCILE_MS = 60_000
const DUE_MS = 10_000
const HOLDS_MS = 5_000
/** How long after its time a migration may still be asleep before the reconciler wakes it. */
const OVERDUE_MS = 60_000
/** Shorter gaps are not worth asking: a chore runs at most this much late for it. */
const GAP_MS = 5_000

/**
 * The chores of the fleet, run when their hour has come and there is something for them to do: a reconciler that finds
 * everything as it should be changes nothing, so those runs are left out.
 */
export class Chores {
  readonly #world: World
  readonly #fleet: Fleet
  readonly #reconcile: () => Promise<void>
  readonly #wakeDue: () => Promise<void>
  readonly #tendHolds: () => Promise<void>
  /** Whether claims may be otherwise than the records say. */
  isDoubtful = false
  #planned = false
  #tending = false

  constructor(world: World, fleet: Fleet, journal: MemoryJournal) {
    this.#world = world
    this.#fleet = fleet
    const never = new AbortController().signal
    const reconciling = reconciler({ journal, queue: fleet.queue })
    this.#reconcile = () => reconciling.run(never)
    const waking = wakeDue(journal)
    this.#wakeDue = () => waking.run(never)
    const tending = holdChore(journal, () => world.chance.roll())
    this.#tendHolds = () => tending.run(never)
  }

  /** Puts the next chore into a gap of the timeline, when there is one that has something to do. */
  plan(until: number): void {
    const { time } = this.#world
    const gapEnd = time.nextAt ?? Number.POSITIVE_INFINITY
    if (this.#planned || gapEnd - time.now < GAP_MS) return
    const reconcileAt = this.#reconcileAt()
    const dueAt = this.#dueAt(until)
    const at = Math.min(reconcileAt, dueAt)
    if (at > gapEnd || at === Number.POSITIVE_INFINITY) return
    this.#planned = true
    time.after(at - time.now, () => {
      this.#planned = false
      if (at === reconcileAt) this.isDoubtful = false
      this.#run(at === reconcileAt ? this.#reconcile : this.#wakeDue)
    })
  }

  /** Plans the next beat of the chore that tends the holds, when somebody stands under one. */
  stirHolds(): void {
    const { memory, time } = this.#world
    if (this.#tending || memory.holds.size + memory.lifted.size === 0) return
    const probeAts = [...memory.holds.values()]
      .filter(({ name, probeAt }) => probeAt !== null && lineOf(memory, `hold:${name}`).length > 0)
      .map(({ probeAt }) => probeAt ?? 0)
    const at = memory.lifted.size > 0 ? time.now : Math.min(...probeAts)
    if (at === Number.POSITIVE_INFINITY) return
    this.#tending = true
    time.after(next(Math.max(at, time.now), HOLDS_MS) - time.now, () => {
      this.#tending = false
      this.#run(this.#tendHolds)
    })
  }

  #run(chore: () => Promise<void>): void {
    this.#world.stir()
    chore().then(
      () => {
        this.#fleet.stirDrains()
        this.stirHolds()
      },
      (error: unknown) => this.#world.story.fail(`a chore threw: ${String(error)}`),
    )
  }

  #reconcileAt(): number {
    const { memory, time } = this.#world
    const { queue } = this.#fleet
    let at = this.isDoubtful ? time.now : Number.POSITIVE_INFINITY
    for (const { record, pulse } of memory.unended()) {
      const state = queue.stateOf(record.id)
      if (state === null) at = time.now
      const wakesAt = queue.wakesAt(record.id)
      if (wakesAt !== null && wakesAt > pulse.wakeAt + OVERDUE_MS)
        at = Math.min(at, Math.max(time.now, pulse.wakeAt + OVERDUE_MS + 1))
    }
    return next(at, RECONCILE_MS)
  }

  #dueAt(until: number): number {
    const { memory, time } = this.#world
    let at = Number.POSITIVE_INFINITY
    for (const { due, record } of memory.rows.values())
      if (due !== null && this.#fleet.queue.stateOf(record.id) === null)
        at = Math.min(at, Math.max(time.now, due))
    return at > until ? Number.POSITIVE_INFINITY : next(at, DUE_MS)
  }
}

/** The next full beat at or after a moment, never the moment itself. */
function next(at: number, everyMs: number): number {
  return at === Number.POSITIVE_INFINITY ? at : (Math.floor(at / everyMs) + 1) * everyMs
}
