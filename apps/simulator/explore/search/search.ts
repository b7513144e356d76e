import { movesOf } from '../moves/moves.ts'
import type { Setting } from '../moves/setting.ts'
import { keyOf } from '../world/key.ts'
import { totalOf } from '../world/mishaps.ts'
import { isOver } from '../world/promises.ts'
import { beginningOf, type World } from '../world/world.ts'
import type { Breach, Found } from './found.ts'
import { Graph } from './graph.ts'
import { Table } from './table.ts'

/** How far a search goes: until nothing is new, or one of these is reached. */
export interface Bound {
  /** The most mishaps in one story. */
  readonly mishapsMax: number
  /** The most moves after the last mishap. */
  readonly depthMax: number
  readonly statesMax: number
  /** For how long it goes on, milliseconds. */
  readonly lastsMs: number
}

/** What is told when a search has gone on for a while. */
export type Progress = (found: { readonly states: number; readonly mishaps: number }) => void

/** A state that is met and whose moves have not been looked at. */
interface Frontier {
  readonly worlds: World[]
  readonly numbers: number[]
}

/** Visits every state that can be reached within a bound: first without a mishap, then with one, and so on; by depth within each. */
export class Search {
  readonly #setting: Setting
  readonly #bound: Bound
  readonly #now: () => number
  readonly graph = new Graph()
  readonly #table = new Table()
  /** States to go on from, by the number of mishaps until then. */
  readonly #waiting: Frontier[] = []
  /** The first of each kind of broken promise. */
  readonly #breaches = new Map<string, Breach>()
  #transitions = 0
  #depth = 0
  #wholeMishaps = -1
  #endsAtMs = 0

  constructor(setting: Setting, bound: Bound, now: () => number) {
    this.#setting = setting
    this.#bound = bound
    this.#now = now
  }

  run(progress: Progress = () => {}): Found {
    const startedMs = this.#now()
    this.#endsAtMs = startedMs + this.#bound.lastsMs
    this.#meet(beginningOf(this.#setting.scene), -1, 0)
    const { mishapsMax } = this.#bound
    for (let mishaps = 0; mishaps < this.#waiting.length && mishaps <= mishapsMax; mishaps++) {
      progress({ states: this.#table.size, mishaps })
      if (!this.#layer(mishaps)) break
      this.#wholeMishaps = mishaps
    }
    for (const frontier of this.#waiting)
      for (const number of frontier?.numbers ?? []) this.graph.open.push(number)
    const isWhole = this.graph.open.length === 0
    const { traps, unjudged } = this.graph.judge()
    return {
      states: this.#table.size,
      shapes: this.#table.shapes,
      transitions: this.#transitions,
      depth: this.#depth,
      mishaps: this.#wholeMishaps,
      isWhole,
      open: this.graph.open.length,
      unjudged,
      traps,
      breaches: [...this.#breaches.values()],
      tookMs: this.#now() - startedMs,
    }
  }

  /** All states with this many mishaps, by depth; false when the bound came first. */
  #layer(mishaps: number): boolean {
    let depth = 0
    for (;;) {
      const frontier = this.#waiting[mishaps]
      if (frontier === undefined || frontier.worlds.length === 0) return true
      this.#waiting[mishaps] = { worlds: [], numbers: [] }
      for (const [at, world] of frontier.worlds.entries()) {
        if (this.#isOver()) {
          this.#putBack(mishaps, frontier, at)
          return false
        }
        this.#expand(world, frontier.numbers[at] ?? 0)
      }
      depth++
      this.#depth = Math.max(this.#depth, depth)
      if (depth >= this.#bound.depthMax) return (this.#waiting[mishaps]?.worlds.length ?? 0) === 0
    }
  }

  #isOver(): boolean {
    if (this.#table.size >= this.#bound.statesMax) return true
    return (this.#transitions & 63) === 0 && this.#now() >= this.#endsAtMs
  }

  #putBack(mishaps: number, { worlds, numbers }: Frontier, from: number): void {
    const rest = this.#waiting[mishaps] ?? { worlds: [], numbers: [] }
    for (let at = from; at < worlds.length; at++) {
      rest.worlds.push(worlds[at] as World)
      rest.numbers.push(numbers[at] ?? 0)
    }
  }

  #expand(world: World, number: number): void {
    const moves = movesOf(world, this.#setting)
    this.#transitions += moves.length
    for (const [at, next] of moves.entries()) {
      // What follows a broken promise is of no interest.
      if (next.breach !== null) {
        this.#breached(next.breach, number, at)
        this.graph.over.push(number)
        continue
      }
      const met = this.#meet(next.world, number, at)
      if (next.isCalm) this.graph.calm(number, met)
    }
  }

  /** Promises that are broken in the same way differ in ids and numbers only: the first story tells it. */
  #breached(breach: string, state: number, move: number): void {
    const kind = breach.replace(/\d+/g, '#')
    const known = this.#breaches.get(kind)
    this.#breaches.set(
      kind,
      known === undefined ? { breach, state, move, times: 1 } : { ...known, times: known.times + 1 },
    )
  }

  /** The number of a state, which is a new one or one that covers it. */
  #meet(world: World, parent: number, move: number): number {
    const covered = this.#table.add(keyOf(world), world.spent)
    if (covered !== -1) return covered
    const number = this.#table.size - 1
    this.graph.met(parent, move)
    if (isOver(world)) this.graph.over.push(number)
    const total = totalOf(world.spent)
    if (total > this.#bound.mishapsMax) {
      this.graph.open.push(number)
      return number
    }
    this.#waiting[total] ??= { worlds: [], numbers: [] }
    this.#waiting[total].worlds.push(world)
    this.#waiting[total].numbers.push(number)
    return number
  }
}
