import type { Snapshot, Work } from '../snapshot.ts'

/** Work that has ended, well or badly: of which snapshot, and at what emulated millisecond. */
export interface WorkEnd {
  id: Snapshot['id']
  kind: Work['kind']
  endedMs: number
}

const KEPT_MAX = 200_000

/** Notes one more end; the oldest are forgotten. */
export function noteEnd(ends: WorkEnd[], end: WorkEnd): void {
  ends.push(end)
  if (ends.length > KEPT_MAX * 1.1) ends.splice(0, ends.length - KEPT_MAX)
}
