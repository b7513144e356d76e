import { isEnded, type MigrationId } from '@snapferry/migration'
import type { Run } from '../fleet/run.ts'
import { short } from '../story/story.ts'
import type { World } from '../world.ts'

/** Who is asked for wakes up within this time: a pass of the drain, its patience, and the way through the queue. */
const HEARD_MS = 7_000
/** How long after a worker stopped or came back jobs of it may be nobody's: its lock, and two checks for stalled jobs. */
const SHAKY_MS = 25_000

/** What people asked for and nobody has read yet: no request waits for a timer. */
export class Wishes {
  readonly #world: World
  readonly #since = new Map<MigrationId, number>()
  readonly #restedAt = new Map<MigrationId, number>()
  readonly #begunAt = new WeakMap<Run, number>()
  #troubledUntil = 0

  constructor(world: World) {
    this.#world = world
  }

  /** Somebody asked for something that the journal has taken. */
  wished(id: MigrationId): void {
    if (!this.#since.has(id)) this.#since.set(id, this.#world.time.now)
  }

  begun(run: Run): void {
    this.#begunAt.set(run, this.#world.time.now)
  }

  /** A run has ended: its job is about to sleep. */
  rested(id: MigrationId): void {
    this.#restedAt.set(id, this.#world.time.now)
  }

  /** A worker is away for this long, milliseconds. */
  troubled(forMs: number): void {
    this.#troubledUntil = Math.max(this.#troubledUntil, this.#world.time.now + forMs + SHAKY_MS)
  }

  /** Redis forgot wishes, or came back with old ones. */
  forget(): void {
    this.#since.clear()
    // Jobs that were under way hold locks of a time that is over.
    this.troubled(0)
  }

  /** A run reads the record: whatever was wished for until now it sees. */
  heard(run: Run): void {
    const { id } = run
    const since = this.#since.get(id)
    if (since === undefined) return
    this.#since.delete(id)
    const { time, fleet, memory, notes, story } = this.#world
    // A read that was on its way when the request came saw it, and brought it to its end.
    const record = memory.rows.get(id)?.record
    if (record === undefined || isEnded(record)) return
    const slots = fleet.machines.reduce((sum, machine) => sum + machine.slots, 0)
    // A run that was under way reads when it comes to it; where all are busy a job waits for its turn.
    if ((this.#begunAt.get(run) ?? 0) <= since || slots < notes.size) return
    const waitedMs = time.now - Math.max(since, this.#restedAt.get(id) ?? 0, this.#troubledUntil)
    if (waitedMs > HEARD_MS)
      story.fail(`${short(id)}: a request was heard ${Math.round(waitedMs / 1_000)} s late`)
  }
}
