import type { Chance } from '../chance.ts'
import type { Timeline } from '../timeline.ts'
import type { JobQueue } from './job-queue.ts'
import type { Run } from './run.ts'

/** The longest time a supervisor takes to start a successor. */
export const RESTART_MAX_MS = 20_000

/** One worker: a process, and after its death a successor of the same name. */
export class Machine {
  readonly name: string
  readonly slots: number
  readonly runs = new Set<Run>()
  isAlive = true
  isFrozen = false
  /** How many processes of this name there were. */
  incarnation = 1
  #held: (() => void)[] = []
  readonly #time: Timeline
  readonly #chance: Chance
  readonly #queue: JobQueue
  /** Called when it can take jobs again, and when jobs of it may be nobody's any more. */
  onReady: (machine: Machine) => void = () => {}
  onSilent: () => void = () => {}

  constructor(name: string, slots: number, on: { time: Timeline; chance: Chance; queue: JobQueue }) {
    this.name = name
    this.slots = slots
    this.#time = on.time
    this.#chance = on.chance
    this.#queue = on.queue
  }

  get mayTake(): boolean {
    return this.isAlive && !this.isFrozen && this.runs.size < this.slots
  }

  /** Killed: nothing of it hears any answer; what it has sent is on its way. A supervisor starts a new one. */
  die(): void {
    if (!this.isAlive) return
    this.isAlive = false
    this.isFrozen = false
    this.#held = []
    for (const run of this.runs) {
      run.isDead = true
      this.#queue.stopRenewing(run.id, run.token, this.#chance.between(0, 5_000))
    }
    this.runs.clear()
    this.onSilent()
    this.#time.after(this.#chance.between(500, RESTART_MAX_MS), () => {
      this.isAlive = true
      this.incarnation++
      this.onReady(this)
    })
  }

  /** Stands still: what is answered meanwhile it hears when it goes on; its monotonic clock runs on. */
  freeze(forMs: number): void {
    if (!this.isAlive || this.isFrozen) return
    this.isFrozen = true
    for (const run of this.runs) this.#queue.stopRenewing(run.id, run.token, this.#chance.between(0, 5_000))
    this.onSilent()
    const { incarnation } = this
    this.#time.after(forMs, () => {
      if (this.incarnation === incarnation && this.isFrozen) this.#thaw()
    })
  }

  #thaw(): void {
    this.isFrozen = false
    for (const run of this.runs) {
      if (this.#queue.renewAgain(run.id, run.token)) continue
      run.lostLock()
      // The renewal that fails tells the run; answers that came meanwhile may be quicker.
      this.#time.after(this.#chance.between(0, 3), () => run.abort())
    }
    const held = this.#held
    this.#held = []
    for (const hear of held) this.#time.after(this.#chance.between(0, 3), hear)
    this.onReady(this)
  }

  /** Hears something now, or once it goes on; a dead one never does. */
  hear(incarnation: number, hear: () => void): void {
    if (!this.isAlive || this.incarnation !== incarnation) return
    if (this.isFrozen) this.#held.push(() => this.hear(incarnation, hear))
    else hear()
  }
}
