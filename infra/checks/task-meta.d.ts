import type { ProvenCell } from './fault-matrix.ts'

declare module 'vitest' {
  /** What a test writes beside its result; the JSON report keeps it. */
  interface TaskMeta {
    /** The cells of docs/faults.md that this test proves; set it before the first thing that can fail. */
    faults?: readonly ProvenCell[]
  }
}
