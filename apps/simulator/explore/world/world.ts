import type { ActAnswer, Finished, Migration, Pulse, Tick } from '@snapferry/migration'
import { type Cloud, EMPTY_CLOUD } from './cloud.ts'
import type { Spent } from './mishaps.ts'
import { BEGINNING, type Scene } from './scene.ts'

/** What came of one removal. */
export type RemovalResult = Extract<ActAnswer, { to: 'remove' }>['results'][number]

/** A worker in the middle of a tick: the tick is its program counter. */
export interface Flight {
  readonly tick: Exclude<Tick, Finished>
  /** Whether it holds the lock of the job; one that froze has lost it. */
  readonly holdsLock: boolean
  /** Since when it does not move, or null. */
  readonly frozenAt: number | null
  /** Until when it waits for an answer that does not come, or null. */
  readonly waitsUntil: number | null
  /** What it will be told then, when the write is a whole one. */
  readonly answer: ActAnswer | null
  /** Removals that are done, of a write that removes several things. */
  readonly results: readonly RemovalResult[]
  /** Things that reached the provider after this tick had looked. */
  readonly unseen: readonly string[]
}

/** One moment of a story: everything that what follows can depend on. */
export interface World {
  readonly now: number
  readonly record: Migration
  readonly pulse: Pulse
  readonly nudges: number
  /** When the job of a worker that crashed or froze runs again, or null. */
  readonly stalledAt: number | null
  /** When an ended record is looked at again, or null. */
  readonly dueAt: number | null
  readonly cloud: Cloud
  readonly flights: readonly Flight[]
  /** Numbers of the creates that left. */
  readonly sent: readonly number[]
  readonly spent: Spent
}

/** One move of a story. `flight`: whose, or -1. `isCalm`: no mishap and no person has a part in it. */
export interface Next {
  readonly world: World
  readonly what: string
  readonly flight: number
  readonly isCalm: boolean
  /** The promise that this move breaks, or null. */
  readonly breach: string | null
}

/** The moment a story begins: accepted, and nudged by that. */
export function beginningOf({ first }: Scene): World {
  return {
    now: BEGINNING,
    record: first,
    pulse: { v: 1, wakeAt: BEGINNING, plannedMs: 0, waitedMs: 0, looks: 0, why: null },
    nudges: 1,
    stalledAt: null,
    dueAt: null,
    cloud: EMPTY_CLOUD,
    flights: [],
    sent: [],
    spent: 0,
  }
}

/** The world with one flight changed, or gone. */
export function withFlight(world: World, at: number, flight: Flight | null): World {
  const flights =
    flight === null ? world.flights.filter((_, other) => other !== at) : world.flights.with(at, flight)
  return { ...world, flights }
}

/** Whether a flight can move by itself at this moment. */
export function isMoving({ frozenAt, waitsUntil }: Flight, now: number): boolean {
  return frozenAt === null && (waitsUntil === null || waitsUntil <= now)
}
