import type { TaskMeta } from 'vitest'
import type { Call, Mishap, Step, World } from '../src/index.ts'

/** A cell of docs/faults.md. */
export type ProvenCell = NonNullable<TaskMeta['faults']>[number]
/** A fault of docs/faults.md. */
export type Fault = ProvenCell['fault']

/** One thing that can go wrong at one call. */
export interface Trouble {
  readonly name: string
  /** The fault it is in docs/faults.md, at this call; null where it is none of the list. */
  fault(call: Call): Fault | null
  /** The steps of a tick it can happen at. */
  readonly steps: readonly Step[]
  /** What the call meets. */
  readonly mishap?: Mishap
  /** What else happens in that moment; false when there was nothing it could happen to. */
  readonly meanwhile?: (world: World, call: Call) => unknown
  /** Whether the journey must end as if nothing had happened, or any ending will do. */
  readonly heals: boolean
  /** Whether Redis may forget what people asked for. */
  readonly forgets?: true
  /** Whether the clock goes back: what was told before then lies ahead. */
  readonly jumps?: true
}

/** Every step of a tick. */
export const ALL_STEPS: readonly Step[] = ['read', 'look', 'announce', 'write', 'close', 'sleep']
