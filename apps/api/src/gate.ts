import type { Durability } from '@snapferry/redis'

/** Whether requests may pass: only while Redis is there and has been found fit to keep migrations. */
export interface Gate {
  state(): GateState
  /** Milliseconds by which our own clock is ahead of Redis, or null when it does not answer. */
  clockSkewMs(): Promise<number | null>
}

/** `waiting`: Redis was not reached yet, or is being looked at. `refused`: it is the wrong one, `text` says why. */
export type GateState =
  | { readonly kind: 'open'; readonly durability: Durability }
  | { readonly kind: 'waiting' | 'refused'; readonly text: string }
