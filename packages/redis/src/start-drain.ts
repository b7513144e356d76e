import type { MigrationId } from '@snapferry/migration'
import type { MigrationQueue } from './open-queue.ts'
import { type Loop, machineTimer, repeat, type Timer } from './timer.ts'
import type { Nudged, Waking } from './waking.ts'

/** What the drain works with. */
export interface DrainOptions {
  readonly journal: Pick<Waking, 'nudged' | 'dropNudges'>
  readonly queue: Pick<MigrationQueue, 'add' | 'promote' | 'has'>
  /** Pause between two passes. Default 500 ms. */
  readonly everyMs?: number
  /** Nudges looked at in one pass, about. Default 1,000. */
  readonly max?: number
  /** Own monotonic milliseconds. */
  readonly now?: () => number
  readonly timer?: Timer
  readonly onError?: (error: unknown) => void
}

/** What one pass did. */
export interface Drained {
  readonly seen: number
  readonly promoted: number
  readonly added: number
}

const EVERY_MS = 500
const MAX = 1_000
/** How long a job that was woken is left alone while its record has not moved. */
const PATIENCE_MS = 5_000

/**
 * Wakes the jobs of nudged migrations, pass after pass, until stopped. It never removes a nudge: the closing append of
 * the tick does, which alone knows what it has seen.
 */
export function startDrain(o: DrainOptions): Loop {
  const everyMs = o.everyMs ?? EVERY_MS
  const pass = openDrain(o)
  return repeat({
    turn: async () => {
      const { promoted, added } = await pass()
      // A pass that found much to do has more behind it.
      return promoted + added > (o.max ?? MAX) / 2 ? 0 : everyMs
    },
    retryMs: everyMs,
    timer: o.timer ?? machineTimer,
    onError: o.onError ?? (() => {}),
  })
}

/** One pass at a time, for who has a loop of his own. */
export function openDrain(o: DrainOptions): () => Promise<Drained> {
  const now = o.now ?? (() => performance.now())
  const woken = new Woken()
  let cursor = '0'
  return async () => {
    const page = await o.journal.nudged(cursor, o.max ?? MAX)
    cursor = page.cursor
    woken.forget(now() - PATIENCE_MS)
    const orphans = page.items.filter((nudged) => nudged.v === null)
    await o.journal.dropNudges(orphans.map((nudged) => nudged.id))
    const asleep = page.items.filter((nudged) => nudged.v !== null && !woken.has(nudged))
    const done = await Promise.all(
      asleep.map(async (nudged) => {
        const what = await wake(o.queue, nudged.id)
        if (what !== 'left') woken.add(nudged, now())
        return what
      }),
    )
    return {
      seen: page.items.length,
      promoted: done.filter((what) => what === 'promoted').length,
      added: done.filter((what) => what === 'added').length,
    }
  }
}

/**
 * Delayed: promote. Absent: add. Any other state: the job runs or will run, or is about to be delayed: leave it. Its
 * state is never asked for: BullMQ would walk the whole list of waiting jobs for each.
 */
async function wake(queue: DrainOptions['queue'], id: MigrationId): Promise<'promoted' | 'added' | 'left'> {
  if (await queue.promote(id)) return 'promoted'
  if (await queue.has(id)) return 'left'
  return (await queue.add(id)) ? 'added' : 'left'
}

/** Who was woken for which nudge of which version of the record: the same is not woken again for a while. */
class Woken {
  readonly #at = new Map<MigrationId, { readonly mark: string; readonly atMs: number }>()

  has(nudged: Nudged): boolean {
    return this.#at.get(nudged.id)?.mark === markOf(nudged)
  }

  add(nudged: Nudged, atMs: number): void {
    this.#at.delete(nudged.id)
    this.#at.set(nudged.id, { mark: markOf(nudged), atMs })
  }

  /** Entries stand in the order they were made, so the old ones are the first. */
  forget(beforeMs: number): void {
    for (const [id, { atMs }] of this.#at) {
      if (atMs > beforeMs) return
      this.#at.delete(id)
    }
  }
}

/** A tick that closed in between moved `v`: then an equal count is a new wish. */
function markOf({ nudges, v }: Nudged): string {
  return `${nudges}.${v}`
}
