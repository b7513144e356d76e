import type { MigrationId, Sleep } from '@snapferry/migration'
import { openDrain } from '@snapferry/redis'
import { carryOn, type Ferry } from '@snapferry/worker'
import type { MemoryJournal } from '../redis/memory-journal.ts'
import type { World } from '../world.ts'
import { JobQueue, STALLED_CHECK_MS } from './job-queue.ts'
import { journalPort } from './journal-port.ts'
import { lookPort } from './look-port.ts'
import { Machine } from './machine.ts'
import { Run } from './run.ts'
import { reach } from './wire.ts'
import { writePort } from './write-port.ts'

const DRAIN_MS = 500
const DRAIN_MAX = 1_000

/** All workers with their queue: who takes which job, what wakes the sleeping, and what becomes of the stalled. */
export class Fleet {
  readonly queue: JobQueue
  readonly machines: readonly Machine[]
  readonly #world: World
  readonly #journal: MemoryJournal
  readonly #drains = new Map<
    Machine,
    { readonly incarnation: number; readonly pass: () => Promise<unknown> }
  >()
  readonly #draining = new Set<Machine>()
  #isDispatching = false
  #isWatching = false
  #tokens = 0

  constructor(world: World, journal: MemoryJournal, o: { readonly workers: number; readonly slots: number }) {
    this.#world = world
    this.#journal = journal
    const { time, chance } = world
    this.queue = new JobQueue(world.memory, time)
    this.machines = Array.from(
      { length: o.workers },
      (_, at) => new Machine(`worker-${at + 1}`, o.slots, { time, chance, queue: this.queue }),
    )
    this.queue.onWaiting = () => this.dispatch()
    for (const machine of this.machines) {
      machine.onReady = () => {
        this.dispatch()
        this.stirDrains()
      }
      machine.onSilent = () => this.watchStalls()
    }
  }

  /** Gives what waits to who has room, a moment from now. */
  dispatch(): void {
    if (this.#isDispatching) return
    this.#isDispatching = true
    this.#world.time.after(this.#world.chance.between(0, 2), () => {
      this.#isDispatching = false
      while (this.queue.hasWaiting()) {
        const ready = this.machines.filter((machine) => machine.mayTake)
        if (ready.length === 0) return
        this.#begin(this.#world.chance.pick(ready))
      }
    })
  }

  #begin(machine: Machine): void {
    const world = this.#world
    const token = `${machine.name}.${machine.incarnation}.${this.#tokens++}`
    const job = this.queue.take(token)
    if (job === null) return
    const run = new Run(machine, { id: job.id, token, crashes: job.stalls })
    machine.runs.add(run)
    world.witness.begun(run)
    world.stir()
    carryOn(job.id, this.#ferry(run), run.signal, job.stalls).then(
      (sleep) => this.#end(run, sleep),
      (error: unknown) => world.story.fail(`a tick threw: ${String(error)}`),
    )
  }

  async #end(run: Run, sleep: Sleep): Promise<void> {
    const world = this.#world
    world.witness.ended(run, sleep)
    await reach(world, run, {
      step: 'sleep',
      call: 'sleep',
      effect: () => this.queue.finish(run.id, run.token, sleep === 'ended' ? null : sleep),
    })
    run.machine.runs.delete(run)
    this.dispatch()
  }

  #ferry(run: Run): Ferry {
    const world = this.#world
    const provider = {
      looks: lookPort(world, run),
      writesFor: (permit: () => boolean) => writePort(world, run, permit),
    }
    return {
      journal: journalPort(world, run),
      providers: { default: provider },
      get policy() {
        return world.learnedPolicy()
      },
      dice: () => {
        run.dice = Math.floor(world.chance.roll() * 1_000) / 1_000
        return run.dice
      },
      monotonicMs: () => world.time.now,
      recorded: () => {},
      defect: (m, error) => world.witness.defect(m, error),
    }
  }

  /** Every living worker looks at the nudges on its own half second, as long as there are any. */
  stirDrains(): void {
    const { memory, time } = this.#world
    if (memory.nudges.size === 0) return
    for (const [at, machine] of this.machines.entries()) {
      if (this.#draining.has(machine) || !machine.isAlive || machine.isFrozen) continue
      this.#draining.add(machine)
      const phase = (DRAIN_MS * at) / this.machines.length
      time.after(DRAIN_MS - ((time.now - phase) % DRAIN_MS), () => this.#drain(machine))
    }
  }

  #drain(machine: Machine): void {
    this.#draining.delete(machine)
    if (!machine.isAlive || machine.isFrozen) return
    this.#world.stir()
    this.#passOf(machine)().then(
      () => this.stirDrains(),
      (error: unknown) => this.#world.story.fail(`the drain threw: ${String(error)}`),
    )
  }

  /** The drain of this process: a successor remembers nothing of whom its predecessor woke. */
  #passOf(machine: Machine): () => Promise<unknown> {
    const known = this.#drains.get(machine)
    if (known?.incarnation === machine.incarnation) return known.pass
    const { time } = this.#world
    const pass = openDrain({ journal: this.#journal, queue: this.queue, max: DRAIN_MAX, now: () => time.now })
    this.#drains.set(machine, { incarnation: machine.incarnation, pass })
    return pass
  }

  /** Checks for stalled jobs as long as some job may be nobody's. */
  watchStalls(): void {
    if (this.#isWatching) return
    this.#isWatching = true
    const { time } = this.#world
    time.after(STALLED_CHECK_MS - (time.now % STALLED_CHECK_MS), () => {
      this.#isWatching = false
      for (const id of this.queue.checkStalled()) this.#world.witness.stalled(id)
      if (this.queue.isShaky()) this.watchStalls()
    })
  }

  /** Redis came back as another one: runs whose jobs it knows otherwise have lost them. */
  restored(): void {
    const { time, chance } = this.#world
    for (const machine of this.machines)
      for (const run of machine.runs)
        if (!this.queue.holds(run.id, run.token)) time.after(chance.between(0, 5_000), () => run.abort())
    this.queue.restored()
    this.stirDrains()
    this.watchStalls()
  }

  /** Whether nobody does or is about to do anything. */
  get isIdle(): boolean {
    return this.queue.size === 0 && this.machines.every(({ runs }) => runs.size === 0)
  }

  /** The machine of this name. */
  machine(name: string): Machine {
    const machine = this.machines.find((one) => one.name === name)
    if (machine === undefined) throw new Error(`no such worker: ${name}`)
    return machine
  }

  /** Who runs the job of a migration now. */
  runsOf(id: MigrationId): readonly Run[] {
    return this.machines.flatMap(({ runs }) => [...runs].filter((run) => run.id === id))
  }
}
