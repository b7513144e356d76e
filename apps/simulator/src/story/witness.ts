import {
  type Appended,
  type Change,
  type Event,
  isEnded,
  type Migration,
  type MigrationId,
  type Sleep,
} from '@snapferry/migration'
import type { Machine } from '../fleet/machine.ts'
import type { Run } from '../fleet/run.ts'
import { checkAppend } from '../promises/at-append.ts'
import { checkEnding } from '../promises/at-ending.ts'
import { checkLeaving, type Leaving } from '../promises/at-leaving.ts'
import { checkBlame } from '../promises/of-account.ts'
import { Limits } from '../promises/of-budgets.ts'
import { checkFacts } from '../promises/of-facts.ts'
import { checkEnd } from '../promises/of-runs.ts'
import { Wishes } from '../promises/of-wishes.ts'
import type { Row } from '../redis/row.ts'
import type { Fate, Mishap, Step, Where, Work } from '../weather/weather.ts'
import type { World } from '../world.ts'
import type { Incident } from './incident.ts'
import { learn } from './learn.ts'
import { count, type Note, noteOf, whereOf } from './note.ts'
import { short } from './story.ts'

/** Sees everything that happens in a world: tells it, holds it against the promises, and learns what mattered. */
export class Witness {
  /** Migrations that have not ended, and when the last ending was. */
  unended = 0
  lastEnding = 0
  /** Unlisted things of ended migrations, by why nobody is to blame (see `unlisted`). */
  readonly unlisted = {
    forgotten: new Set<string>(),
    late: new Set<string>(),
    unlooked: new Set<string>(),
  }
  readonly wishes: Wishes
  readonly limits: Limits
  readonly #world: World
  readonly #hooks: ((event: Event, m: Migration) => void)[] = []

  constructor(world: World) {
    this.#world = world
    this.wishes = new Wishes(world)
    this.limits = new Limits(world)
  }

  /** Told of each event once it is in the journal. */
  onEvent(hook: (event: Event, m: Migration) => void): void {
    this.#hooks.push(hook)
  }

  note(id: MigrationId): Note {
    const note = this.#world.notes.get(id)
    if (note === undefined) throw new Error(`nobody created ${id}`)
    return note
  }

  created(m: Migration): void {
    this.#world.notes.set(m.id, noteOf(m, this.#world.time.now))
    this.unended++
  }

  /** Where a migration stands in the journal at this moment. */
  where(id: MigrationId): Where {
    const row = this.#world.memory.rows.get(id)
    return row === undefined ? 'ended' : whereOf(row.record)
  }

  onCall(run: Run, { step, call }: { readonly step: Step; readonly call: string }): Mishap | null {
    if (step === 'read') this.wishes.heard(run)
    const attempt = count(this.note(run.id), call)
    const phase = this.where(run.id)
    return this.#world.weather.onCall({
      worker: run.machine.name,
      migration: run.id,
      phase,
      step,
      call,
      attempt,
    })
  }

  incident(run: Run, step: Step, { fault, kill, freeze }: Mishap): Incident {
    const when = kill ?? freeze?.when
    return this.happened(run.id, fault, when === undefined ? step : `${when} ${step}`)
  }

  /** Something went wrong around a migration. */
  happened(id: MigrationId, fault: string, point: string): Incident {
    const { time, story } = this.#world
    const phase = this.where(id)
    return story.add({ fault, phase, point, migration: id, at: time.now, mattered: false })
  }

  /** A look was late by itself. */
  late(run: Run, fault: string): Incident {
    return this.happened(run.id, fault, 'look')
  }

  fate(run: Run, what: Work['what']): Fate {
    const note = this.note(run.id)
    const work = { migration: run.id, phase: this.where(run.id), what, attempt: count(note, what) }
    const fate = this.#world.weather.onWork(work)
    for (const fault of fate.faults) note.open.push(this.happened(run.id, fault, 'work'))
    return fate
  }

  /** A run of a job has begun: whoever was killed under it has been followed. */
  begun(run: Run): void {
    const note = this.note(run.id)
    note.ticks++
    this.wishes.begun(run)
    for (const kill of note.kills) kill.mattered = true
    note.kills = []
    this.#world.story.tell('begins', () => `${run.machine.name} ${short(run.id)}`)
  }

  ended(run: Run, sleep: Sleep): void {
    this.wishes.rested(run.id)
    checkEnd(this.#world, run, sleep)
    this.#world.story.tell('sleeps', () => `${run.machine.name} ${short(run.id)} ${sleep}`)
  }

  stalled(id: MigrationId): void {
    this.#world.story.tell('stalled', () => short(id))
  }

  killed(machine: Machine, incident: Incident | null): void {
    this.#world.story.tell('dies', () => machine.name)
    if (incident === null) return
    this.note(incident.migration).kills.push(incident)
  }

  restored(fault: string, lostMs: number, before: ReadonlyMap<MigrationId, Row | undefined>): void {
    const { memory, notes, time } = this.#world
    this.wishes.forget()
    for (const note of notes.values()) {
      const was = before.get(note.id)
      const is = memory.rows.get(note.id)
      const incident = this.happened(note.id, fault, 'any')
      if (was === is) continue
      incident.mattered = true
      note.losses.push({ from: time.now - lostMs, at: time.now })
      if (is === undefined) this.#forget(note)
      else this.#foldAnew(note, is)
    }
  }

  /** Redis knows nothing of it any more: nobody will end it, and nobody may touch what it made. */
  #forget(note: Note): void {
    note.isForgotten = true
    if (note.endedAt === null) this.unended--
    note.endedAt ??= this.#world.time.now
  }

  /** What a record is after a loss: the events that were kept. */
  #foldAnew(note: Note, { record }: Row): void {
    note.folded = record
    if (note.endedAt !== null && !isEnded(record)) {
      note.endedAt = null
      this.unended++
    }
  }

  /** A change is in the journal; `run` is null when a person asked for it. */
  appended(change: Change, run: Run | null): void {
    const { story, time } = this.#world
    const note = this.note(change.after.id)
    checkAppend(this.#world, note, change)
    checkBlame(this.#world, change.after, change.events)
    note.isParked ||= change.after.state === 'needs_attention'
    if (run === null) this.wishes.wished(note.id)
    else checkFacts(this.#world, change, run)
    for (const event of change.events) {
      story.tell(
        event.type,
        () => `${short(note.id)} ${JSON.stringify({ ...event, basis: undefined }).slice(0, 300)}`,
      )
      if (event.type === 'phase-completed' && event.phase === 'verify')
        note.provenLookAt = run?.readAt ?? null
      if (event.type === 'phase-completed' && event.phase === 'snapshot')
        note.takenLookAt = run?.readAt ?? null
      for (const hook of this.#hooks) hook(event, change.after)
    }
    learn(note, change)
    this.#world.stirHolds()
    if (!isEnded(change.after) || note.endedAt !== null) return
    note.endedAt = time.now
    note.isUnlooked = change.events.some(({ type }) => type === 'park-limit-over')
    note.endingLookAt = run?.readAt ?? time.now
    this.unended--
    this.lastEnding = time.now
    checkEnding(this.#world, note, change.after)
  }

  /** A change was not taken. */
  refused(change: Change, run: Run, outcome: Appended['outcome']): void {
    const { story } = this.#world
    story.tell(outcome, () => `${run.machine.name} ${short(run.id)}`)
    if (outcome === 'claimed' || outcome === 'full') return
    for (const freeze of run.freezes) freeze.mattered = true
    this.happened(run.id, 'overtaken by another append', change.closing ? 'close' : 'announce').mattered =
      true
  }

  /** A write is about to leave the process. */
  leaving(run: Run, write: Leaving): void {
    this.#world.story.tell(write.call, () => `${run.machine.name} ${short(run.id)} ${write.mark}`)
    checkLeaving(this.#world, run, write)
  }

  /** The send guard kept a write back. */
  heldBack(run: Run): void {
    this.#world.story.tell('held back', () => `${run.machine.name} ${short(run.id)}`)
    for (const freeze of run.freezes) freeze.mattered = true
    this.happened(run.id, 'held back by the send guard', 'write').mattered = true
  }

  asked(_run: Run, _prefix: string): void {}

  defect(m: Migration, error: unknown): void {
    const text = error instanceof Error ? error.message : String(error)
    // Workers that die again and again under one migration are the weather's, everything else is ours.
    if (error instanceof Error && error.name === 'Crashed')
      this.#world.story.tell('crashed too often', () => text)
    else this.#world.story.fail(`${short(m.id)} was parked for a defect of ours: ${text}`)
  }
}
