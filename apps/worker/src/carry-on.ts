import type { MigrationId, Sleep } from '@snapferry/migration'
import { advance } from './advance.ts'
import type { Ferry } from './ferry.ts'

/** A migration has about ten ticks that follow each other at once; more than this in one go is a circle. */
const TICKS_MAX = 16

/**
 * Ticks of one activation: what can go on at once does, a bounded number of times, without a way through the queue
 * between two ticks. Each tick still reads, decides and appends by itself, so a crash between two loses nothing.
 */
export async function carryOn(
  id: MigrationId,
  ferry: Ferry,
  signal: AbortSignal,
  crashes = 0,
): Promise<Sleep> {
  for (let ticks = 1; ; ticks++) {
    const sleep = await advance(id, ferry, signal, crashes)
    if (sleep !== 0 || signal.aborted || ticks >= TICKS_MAX) return sleep
  }
}
