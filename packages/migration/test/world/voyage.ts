import {
  apply,
  dueAt,
  type Event,
  firstRecord,
  isEnded,
  type Migration,
  migrationIdOf,
  type Plan,
  POLICY,
  requestCancel,
  requestRetry,
} from '../../src/index.ts'
import { type Chance, chanceOf } from './chance.ts'
import { FakeCloud } from './fake-cloud.ts'
import { looksAt, type Wire, writesTo } from './fake-ports.ts'
import { foreignOf, settleForeigners } from './foreign.ts'
import { MemoryJournal } from './memory-journal.ts'
import { attend, isParking, planMishaps } from './mishaps.ts'
import { type Odds, oddsOf, planOf } from './odds.ts'
import { type Deck, type Pause, type Sleep, tick } from './tick.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const DAY = 1_440 * MINUTE
/** A voyage that is over, with everything the laws look at. */
export interface Voyage {
  readonly plan: Plan
  readonly cloud: FakeCloud
  readonly journal: MemoryJournal
  readonly foreignBefore: string
  readonly ticks: number
  readonly idleStreakMax: number
  readonly lastsMs: number
  /** Whether an outsider removed the source or our copy on the way. */
  readonly meddling: readonly string[]
}

interface Running {
  readonly worker: 'A' | 'B'
  readonly steps: AsyncGenerator<Pause, Sleep>
  resumeAt: number
  readonly eventsBefore: number
}

/** One voyage in the making: virtual time, two workers, a provider, and whatever else may happen. */
export class World {
  now = 1_800_000_000_000
  readonly chance: Chance
  readonly cloud: FakeCloud
  readonly journal: MemoryJournal
  readonly plan: Plan
  readonly odds: Odds
  readonly story: string[] = []
  readonly meddling: string[] = []
  readonly #isTold: boolean
  readonly #start = this.now
  #ticks = 0
  #idle = 0
  #idleMax = 0
  #running: Running[] = []
  #due: number | null = this.now
  #planned: { readonly at: number; readonly what: string; readonly run: () => void }[] = []
  #told = 0
  #onEvents: { readonly count: number; readonly what: string; readonly run: () => void }[] = []

  /** `isTold`: the story of every event is kept, for people who look for the reason of a failure. */
  constructor(seed: number, isTold = false) {
    this.#isTold = isTold
    this.chance = chanceOf(seed)
    this.odds = oddsOf(this.chance)
    this.plan = planOf(this.chance)
    this.cloud = new FakeCloud(this.chance, this.odds.weather, () => this.now)
    const id = migrationIdOf(new Uint8Array(26).map(() => this.chance.between(0, 255)))
    const event = {
      type: 'created',
      at: this.now,
      id,
      plan: this.plan,
      redisRun: 'run-1',
      retryOf: null,
      by: 'me',
    } as const
    this.journal = new MemoryJournal(firstRecord(event), event)
    settleForeigners(this.cloud, this.plan)
    planMishaps(this)
  }

  /** Something happens after this many milliseconds. */
  at(at: number, what: string, run: () => void): void {
    this.#planned.push({ at: this.now + at, what, run })
    this.#planned.sort((a, b) => a.at - b.at)
  }

  /** A backup from before the end of a success is put back: what was proven must be found, not made again. */
  putBack(): void {
    if (this.journal.record.state !== 'succeeded') return
    this.journal.restore(this.now, DAY, `backup-${this.now}`)
    this.wake()
  }

  /** Something happens as soon as the history has so many events. */
  onEvents(count: number, what: string, run: () => void): void {
    this.#onEvents.push({ count, what, run })
  }

  /** Redis comes back as another one; with `everysec` it may have lost its last second. */
  failOver(): void {
    this.journal.restore(this.now, this.chance.pick([0, SECOND, SECOND]), `run-${this.chance.between(2, 9)}`)
    this.wake()
  }

  /** Whatever wants it awake: a nudge, and the job promoted. */
  wake(): void {
    this.journal.nudges++
    // The drain promotes a delayed job and adds a missing one.
    this.#due = Math.min(this.#due ?? Number.POSITIVE_INFINITY, this.now + 500)
  }

  /** As the API does it: the request and its nudge in one append, the pulse as it was. */
  #request(event: Event): void {
    const before = this.journal.read(this.now)
    const { v: _, ...pulse } = before.pulse
    const after = apply(before.record, event)
    this.journal.append({ before, after, events: [event], pulse, closing: false, nudge: true }, this.now)
    this.wake()
  }

  /** Somebody asks to cancel; the API refuses what comes too late. */
  cancel(): void {
    const verdict = requestCancel(this.journal.record)
    if (verdict === 'allowed' || verdict === 'noted')
      this.#request({ type: 'cancel-requested', at: this.now, by: 'me' })
  }

  /** Somebody asks for a retry; the API refuses it to what is not parked. */
  retry(): void {
    if (requestRetry(this.journal.record) === 'resume')
      this.#request({ type: 'retry-requested', at: this.now, by: 'me' })
  }

  #deck(wire: Wire): Deck {
    const { cloud, chance, journal } = this
    return {
      journal,
      looks: looksAt(cloud, wire),
      writesFor: (permit) => writesTo(cloud, wire, permit),
      policy: POLICY,
      // A call that takes long is felt by whatever comes after it in the same step.
      now: () => this.now + wire.tookMs,
      dice: () => chance.roll(),
    }
  }

  #wires = new Map<Running, Wire>()

  #board(worker: 'A' | 'B'): void {
    const wire: Wire = { tookMs: 0 }
    const one: Running = {
      worker,
      steps: tick(this.#deck(wire)),
      resumeAt: this.now,
      eventsBefore: this.journal.events.length,
    }
    this.#wires.set(one, wire)
    this.#running.push(one)
    this.#ticks++
  }

  /** Sails until it has ended and nothing of it is due any more. */
  async sail(): Promise<{ readonly voyage: Voyage; readonly story: readonly string[] }> {
    const foreignBefore = foreignOf(this.cloud, this.plan)
    for (let steps = 0; steps < 60_000; steps++) {
      if (!(await this.#step())) break
      if (this.now - this.#start > 120 * DAY || this.#ticks > 4_000) break
    }
    this.now += 2 * DAY
    this.cloud.settle()
    const { cloud, journal, plan, meddling } = this
    const voyage: Voyage = {
      ...{ plan, cloud, journal, meddling, foreignBefore, ticks: this.#ticks, idleStreakMax: this.#idleMax },
      lastsMs: this.now - this.#start,
    }
    return { voyage, story: this.story }
  }

  async #step(): Promise<boolean> {
    const next = this.#running.toSorted((a, b) => a.resumeAt - b.resumeAt)[0]
    const times = [next?.resumeAt, this.#planned[0]?.at, this.#hasA() ? undefined : (this.#due ?? undefined)]
    const at = Math.min(...times.filter((time) => time !== undefined))
    if (at === Number.POSITIVE_INFINITY) return false
    this.now = Math.max(this.now, at)
    const planned = this.#planned[0]
    if (planned !== undefined && planned.at <= this.now) {
      this.#planned.shift()
      this.story.push(`${this.#clock()} ${planned.what}`)
      planned.run()
    } else if (next !== undefined && next.resumeAt <= this.now) {
      await this.#resume(next)
    } else {
      this.#board('A')
      if (this.chance.happens(this.odds.double)) this.#double()
    }
    this.#tell()
    return true
  }

  #hasA(): boolean {
    return this.#running.some(({ worker }) => worker === 'A')
  }

  /** The second worker ticks too: its job was taken for stalled. */
  #double(): void {
    this.at(this.chance.between(0, 40 * SECOND), 'a second worker ticks', () => {
      this.journal.nudges++
      this.#board('B')
    })
  }

  async #resume(one: Running): Promise<void> {
    const wire = this.#wires.get(one)!
    wire.tookMs = 0
    const result = await one.steps.next()
    if (result.done === true) return this.#finish(one, result.value)
    if (this.chance.happens(this.odds.die)) {
      this.story.push(`${this.#clock()} worker ${one.worker} dies after ${result.value}`)
      this.#drop(one)
      // The lock runs out, the job is taken for stalled and run again.
      if (one.worker === 'A') this.#due = this.now + 14 * SECOND
      return
    }
    const isFrozen = this.chance.happens(this.odds.freeze)
    if (isFrozen) this.story.push(`${this.#clock()} worker ${one.worker} freezes after ${result.value}`)
    const frozenMs = isFrozen ? this.chance.between(SECOND, 5 * MINUTE) : 0
    one.resumeAt = this.now + wire.tookMs + frozenMs + this.chance.between(1, 300)
    // A frozen worker loses its lock: another one takes the job.
    if (isFrozen && one.worker === 'A' && frozenMs > 14 * SECOND) {
      this.#running[this.#running.indexOf(one)] = this.#demoted(one, wire)
      this.#due = this.now + 14 * SECOND
    }
  }

  #demoted(one: Running, wire: Wire): Running {
    const ghost: Running = { ...one, worker: 'B' }
    this.#wires.set(ghost, wire)
    this.#wires.delete(one)
    return ghost
  }

  #drop(one: Running): void {
    this.#running = this.#running.filter((other) => other !== one)
    this.#wires.delete(one)
  }

  #finish(one: Running, sleep: Sleep): void {
    this.#drop(one)
    // A tick that another one overtook looks again at once: that is no circle.
    const isIdle =
      sleep === 0 && this.journal.events.length === one.eventsBefore && this.#running.length === 0
    this.#idle = isIdle ? this.#idle + 1 : 0
    this.#idleMax = Math.max(this.#idleMax, this.#idle)
    const m = this.journal.record
    if (one.worker === 'B' && sleep !== 'ended') return
    if (sleep !== 'ended' && !isEnded(m)) {
      this.#due = this.now + sleep
      return
    }
    this.#due = this.#nextChore(m)
  }

  /** The chore of what is due wakes an ended migration; nights without end are enough of it. */
  #nextChore(m: Migration): number | null {
    if (!isEnded(m)) return this.now
    const due = dueAt(m, POLICY.leftoverRetryMs, this.now)
    if (due === null || this.now - this.#start > 100 * DAY) return null
    this.journal.nudges++
    return Math.max(due, this.now + 10 * SECOND)
  }

  #clock(): string {
    return `+${((this.now - this.#start) / SECOND).toFixed(1)} s`
  }

  #tell(): void {
    const { events, record } = this.journal
    this.#told = Math.min(this.#told, events.length)
    for (const event of events.slice(this.#told)) {
      if (this.#isTold)
        this.story.push(`${this.#clock()} ${JSON.stringify(event).slice(0, 260)} → ${record.state}`)
      if (record.state === 'needs_attention' && isParking(event)) attend(this)
    }
    this.#told = events.length
    const due = this.#onEvents.filter(({ count }) => count <= events.length)
    this.#onEvents = this.#onEvents.filter(({ count }) => count > events.length)
    for (const { what, run } of due) this.at(this.chance.between(0, 2 * SECOND), what, run)
  }
}
