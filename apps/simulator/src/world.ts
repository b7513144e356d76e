import {
  type Event,
  firstRecord,
  type Migration,
  type MigrationId,
  migrationIdOf,
  type Plan,
  POLICY,
  type Policy,
} from '@snapferry/migration'
import { Account } from './account/account.ts'
import { type Chance, chanceOf } from './chance.ts'
import { Cloud } from './cloud/cloud.ts'
import { Chores } from './fleet/chores.ts'
import { Fleet } from './fleet/fleet.ts'
import { type Machine, RESTART_MAX_MS } from './fleet/machine.ts'
import { checkWorld } from './promises/at-the-end.ts'
import { createRow } from './redis/create-row.ts'
import { Memory } from './redis/memory.ts'
import { type MemoryJournal, memoryJournal } from './redis/memory-journal.ts'
import type { Incident } from './story/incident.ts'
import type { Note } from './story/note.ts'
import { Story, short } from './story/story.ts'
import { Witness } from './story/witness.ts'
import { Timeline } from './timeline.ts'
import type { Weather } from './weather/weather.ts'

/** What a world is opened with. */
export interface WorldOptions {
  readonly seed: number
  readonly weather: Weather
  readonly workers: number
  /** Jobs a worker runs at a time. Default 4. */
  readonly slots?: number
  readonly policy?: Policy
  /** Whether the story keeps every line, for people. */
  readonly isTold?: boolean
  /** Whether what was made in a time that Redis forgot must be found as well. Default no: that is left to a sweep that is not built yet. */
  readonly isStrict?: boolean
}

/** When every world begins: milliseconds since 1970. */
export const START = 1_800_000_000_000
const DAY = 86_400_000
/** How long after the last ending nightly work is still watched. */
const NIGHTS_MS = 3 * DAY
const EVENTS_MAX = 2_000_000

/** One world in virtual time: a fleet of workers, a Redis, a provider, and all that may happen to them. */
export class World {
  readonly time = new Timeline(START)
  readonly chance: Chance
  readonly memory: Memory
  readonly cloud: Cloud
  readonly account = new Account()
  readonly fleet: Fleet
  readonly journal: MemoryJournal
  readonly story: Story
  readonly policy: Policy
  readonly notes = new Map<MigrationId, Note>()
  readonly witness: Witness
  readonly isStrict: boolean
  weather: Weather
  /** Whether nothing goes wrong here that may fail a migration. */
  mustArrive = false
  /** Requests that are still to come: it does not end before them. */
  expected = 0
  readonly #chores: Chores
  #isStirred = false
  #steps = 0

  constructor(o: WorldOptions) {
    this.chance = chanceOf(o.seed)
    this.weather = o.weather
    this.isStrict = o.isStrict ?? false
    this.policy = o.policy ?? POLICY
    const clock = (): number => this.time.now
    this.story = new Story(clock, o.isTold ?? false)
    this.memory = new Memory(clock)
    this.journal = memoryJournal(this.memory)
    this.cloud = new Cloud(this.time, this.chance)
    this.witness = new Witness(this)
    this.fleet = new Fleet(this, this.journal, { workers: o.workers, slots: o.slots ?? 4 })
    this.#chores = new Chores(this, this.fleet, this.journal)
  }

  /** Accepts a migration of this plan now, as the API does after its checks; null when one is under way already. */
  create(plan: Plan, retryOf: MigrationId | null = null): MigrationId | null {
    this.expected = Math.max(0, this.expected - 1)
    const id = migrationIdOf(new Uint8Array(26).map(() => this.chance.between(0, 255)))
    const { redisRun } = this.memory
    const event = { type: 'created', at: this.time.now, id, plan, redisRun, retryOf, by: 'me' } as const
    const first = firstRecord(event)
    const created = createRow(this.memory, first, event, null)
    this.story.tell(created.outcome, () => `${short(id)} ${JSON.stringify(plan.source)} → ${plan.to}`)
    if (created.outcome !== 'created') return null
    this.witness.created(first)
    this.fleet.queue.add(id)
    this.fleet.stirDrains()
    return id
  }

  /** Lets something happen after this many milliseconds of virtual time. */
  after(ms: number, run: () => void): void {
    this.time.after(ms, run)
  }

  /** Tells of each event once it is in the journal, with the record it led to. */
  onEvent(hook: (event: Event, m: Migration) => void): void {
    this.witness.onEvent(hook)
  }

  /** Lives until everything has ended and nothing of it is due any more; then looks at what was promised. */
  run(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const turn = (): void => {
      if (isOver) return
      isOver = !this.#turn()
      if (isOver) {
        checkWorld(this)
        resolve()
      } else if (--left === 0) pump()
    }
    let isOver = false
    let left = 0
    // Between two immediates the microtasks run dry: so does everything that follows from one answer.
    const pump = (): void => {
      left = PUMP
      for (let at = 0; at < PUMP; at++) setImmediate(turn)
    }
    pump()
    return promise
  }

  /** Lets things happen until something was said to a program, which then has to think. */
  #turn(): boolean {
    this.#isStirred = false
    while (!this.#isStirred) {
      if (this.#isQuiet() || this.#steps++ > EVENTS_MAX) return false
      this.#chores.plan(this.#until())
      if (!this.time.step()) return false
    }
    return true
  }

  #isQuiet(): boolean {
    return (
      this.expected === 0 && this.witness.unended === 0 && this.time.now > this.#until() && this.fleet.isIdle
    )
  }

  /** Until when it is worth watching: some nights behind the last ending. */
  #until(): number {
    return this.witness.unended > 0 ? Number.POSITIVE_INFINITY : this.witness.lastEnding + NIGHTS_MS
  }

  /** Somebody came to stand under a hold, or one is over. */
  stirHolds(): void {
    this.#chores.stirHolds()
  }

  /** The policy of the workers, with what the fleet has learned. */
  learnedPolicy(): Policy {
    const { worked } = this.memory
    return worked.size === 0 ? this.policy : { ...this.policy, worked: [...worked.keys()] }
  }

  /** Something was said to a program: it thinks before anything else happens. */
  stir(): void {
    this.#isStirred = true
  }

  /** Kills a worker now. */
  kill(machine: Machine, incident: Incident | null): void {
    this.witness.killed(machine, incident)
    this.witness.wishes.troubled(RESTART_MAX_MS)
    machine.die()
  }

  /** Freezes a worker now. */
  freeze(machine: Machine, forMs: number, incident: Incident | null): void {
    if (incident !== null) for (const run of machine.runs) run.freezes.push(incident)
    this.witness.wishes.troubled(forMs)
    machine.freeze(forMs)
  }

  /** Redis comes back as another one that has forgotten the last `lostMs`. */
  failOver(lostMs: number, fault: string): void {
    const before = new Map([...this.notes.keys()].map((id) => [id, this.memory.rows.get(id)]))
    this.memory.restore(this.time.now - lostMs)
    this.witness.restored(fault, lostMs, before)
    this.#chores.isDoubtful = true
    this.stirHolds()
    this.fleet.restored()
  }
}

const PUMP = 16
