import type { Decided, Grounds } from './basis.ts'
import type { Act, ActAnswer } from './decision.ts'
import type { Change, Reading } from './journal.ts'
import type { Policy } from './policy.ts'
import { REREAD_GUARD_MS, SEND_GUARD_MS } from './policy.ts'
import type { Question } from './question.ts'

/** How long to sleep in milliseconds, or that there is nothing more to do. */
export type Sleep = number | 'ended'

/**
 * One tick of one migration, as data: where it stands and what it wants of the shell next. Between any two steps it can
 * be stopped, copied and looked at, so that the worker, the simulator and the explorer run the same tick.
 * A tick begins with `begin` and moves by `afterRead`, `afterLook`, `afterAppend` and `afterWrite` (see `step.ts`).
 */
export type Tick = WantsRead | WantsLook | WantsAppend | WantsWrite | Finished

/** It wants the record as it is now; after a write that was overtaken it brings what the write came to. */
export interface WantsRead {
  readonly wants: 'read'
  /** BullMQ's count of stalls of this job. */
  readonly crashes: number
  readonly settling: Settling | null
}

/** It wants to see something at the provider. */
export interface WantsLook {
  readonly wants: 'look'
  readonly crashes: number
  readonly reading: Reading
  readonly question: Question
  /** The roll that the whole tick decides with. */
  readonly dice: number
  readonly startedMs: number
}

/** It wants a change appended; `next` says what follows, whatever the journal answers. */
export interface WantsAppend {
  readonly wants: 'append'
  readonly crashes: number
  readonly change: Change
  readonly next: Announcing | Closing | Settling | Parking
}

/** The change announces a write. Overtaken: the decision is dead. */
export interface Announcing {
  readonly to: 'write'
  readonly act: Act
  readonly dice: number
  /** What the write was decided from, kept with its outcome when the announcement kept nothing. */
  readonly grounds: Grounds
  /** This worker's monotonic milliseconds before it was announced. */
  readonly fromMs: number
}

/** The change ends the tick. Overtaken: look again at once. */
export interface Closing {
  readonly to: 'close'
  readonly grounds: Grounds
}

/** The change records what a write came to. Overtaken: decisions die, facts do not, read and record it anew. */
export interface Settling {
  readonly to: 'settle'
  readonly act: Act
  readonly answer: ActAnswer
  readonly tries: number
  readonly dice: number
  /** The Redis it was decided in. */
  readonly redisRun: string
  readonly decided: Decided
  readonly grounds: Grounds
}

/** The change parks what we cannot think about. */
export interface Parking {
  readonly to: 'park'
  readonly cause: unknown
}

/** It wants its one write made; what was removed or marked before stands in the answer one by one. */
export interface WantsWrite {
  readonly wants: 'write'
  readonly crashes: number
  readonly reading: Reading
  readonly act: Act
  readonly dice: number
  readonly grounds: Grounds
  readonly decided: Decided
  readonly sentFromMs: number
  /** False when the announcement took so long that its age says too little. */
  readonly isFresh: boolean
}

/** It wants nothing more. */
export interface Finished {
  readonly wants: 'nothing'
  readonly sleep: Sleep
  /** A record of another program's rules, which it left alone. */
  readonly leftAlone?: Reading['record']
}

/** What a step is made in: this worker's monotonic milliseconds, and how patient we are. */
export interface Circumstances {
  readonly monotonicMs: number
  readonly policy: Policy
}

/** A tick that has not begun. */
export function begin(crashes: number): WantsRead {
  return { wants: 'read', crashes, settling: null }
}

/** The end of a tick. */
export function done(sleep: Sleep): Finished {
  return { wants: 'nothing', sleep }
}

/**
 * The send guard: whether a write may leave at this moment. A create counts from its announcement; removals and marks
 * are read again first and count from the moment they were `opened`.
 */
export function mayLeave(tick: WantsWrite, openedMs: number, monotonicMs: number): boolean {
  const isCreate = 'intent' in tick.act
  const fromMs = isCreate ? tick.sentFromMs : openedMs
  return tick.isFresh && monotonicMs - fromMs < (isCreate ? SEND_GUARD_MS : REREAD_GUARD_MS)
}
