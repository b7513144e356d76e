import { type Because, type BecauseCode, because } from './because.ts'
import type { CloudFailure } from './cloud-failure.ts'
import type { EventBody, Intent } from './event.ts'
import type { Raise } from './hold.ts'
import type { Backend, Region } from './ids.ts'
import type { Item } from './ledger.ts'
import type { Pulse } from './migration.ts'
import type { ExportOrder, ImportOrder, Owner, Removal, RetagOrder, SnapshotOrder } from './ports.ts'
import type { Result } from './result.ts'
import type { SnapshotSeen } from './seen.ts'
import type { WhyCode } from './why.ts'

/** What a tick is decided in: the one clock, the Redis that keeps it, the pulse as read, and one roll of the dice in [0, 1). */
export interface Moment {
  readonly now: number
  readonly redisRun: string
  readonly pulse: Pulse
  readonly dice: number
  /** Kinds of calls that have worked for this fleet. */
  readonly worked?: readonly string[]
}

/** Why to wait, before the pulse says since when. */
export interface Reason {
  readonly code: WhyCode
  readonly text: string
}

/**
 * What a tick does, and because of which rule; a sleep is told by its `why`.
 * `sleep`: nothing was learned. `record`: facts, then on at once (or after `sleepMs`).
 * `act`: announce `events` first, then the one write, then `conclude`.
 */
export type Decision =
  | {
      readonly do: 'sleep'
      readonly sleepMs: number
      readonly why: Reason
      readonly hold?: Raise
      /** Nothing has changed for longer than similar moves ever took. */
      readonly stalled?: true
    }
  | {
      readonly do: 'record'
      readonly events: readonly EventBody[]
      readonly sleepMs: number
      readonly why: Reason | null
      readonly because: Because
    }
  | {
      readonly do: 'act'
      readonly events: readonly EventBody[]
      readonly act: Act
      readonly because: Because
    }

/** One write to the provider. */
export type Act =
  | {
      readonly act: 'take-snapshot'
      readonly intent: Intent
      readonly backend: Backend
      readonly order: SnapshotOrder
    }
  | {
      readonly act: 'start-export'
      readonly intent: Intent
      readonly backend: Backend
      readonly order: ExportOrder
      readonly region: Region
    }
  | {
      readonly act: 'start-import'
      readonly intent: Intent
      readonly backend: Backend
      readonly order: ImportOrder
    }
  | { readonly act: 'retag'; readonly backend: Backend; readonly order: RetagOrder }
  | { readonly act: 'remove'; readonly items: readonly Item[]; readonly owner: Owner }

/** What came back from a write. */
export type ActAnswer =
  | { readonly to: 'create'; readonly result: Result<SnapshotSeen | null, CloudFailure> }
  | { readonly to: 'retag'; readonly result: Result<null, CloudFailure> }
  | {
      readonly to: 'remove'
      readonly results: readonly { readonly id: string; readonly result: Result<Removal, CloudFailure> }[]
    }

/** Facts, and on at once. */
export function record(rule: BecauseCode, ...events: readonly EventBody[]): Decision {
  return { do: 'record', events, sleepMs: 0, why: null, because: because(rule) }
}

/** One write, with what is announced before it. */
export function write(rule: BecauseCode, events: readonly EventBody[], act: Act): Decision {
  return { do: 'act', events, act, because: because(rule) }
}

/** The rule of a decision and its sentence. */
export function becauseOf(decision: Decision): Because {
  return decision.do === 'sleep' ? becauseOfWait(decision.why) : decision.because
}

/** The reason to wait, as the reason of a decision. */
export function becauseOfWait({ code, text }: Reason): Because {
  return { rule: code, text }
}
