import { afterAppend, afterLook, afterRead, afterWrite, mayLeave } from '@snapferry/migration'

/** The steps of a tick that a story is made with: the real ones, or broken ones to see that it would be found. */
export interface Rules {
  readonly afterRead: typeof afterRead
  readonly afterLook: typeof afterLook
  readonly afterAppend: typeof afterAppend
  readonly afterWrite: typeof afterWrite
  readonly mayLeave: typeof mayLeave
}

/** What the worker runs. */
export const RULES: Rules = { afterRead, afterLook, afterAppend, afterWrite, mayLeave }
