import { WAIT_SECONDS_MAX } from '@snapferry/contracts'
import { isEnded, type MigrationId, type Reading } from '@snapferry/migration'
import type { ApiNeeds } from './needs.ts'

/** How often a held request looks again. */
export const HELD_POLL_MS = 500
/** Requests held at once by one process; above it they are answered at once. */
export const HELD_MAX = 500

/** Milliseconds of `wait=30s`, cut down to the longest hold. */
export function waitMsOf(wait: string | undefined): number {
  return wait === undefined ? 0 : Math.min(WAIT_SECONDS_MAX, Number.parseInt(wait, 10)) * 1_000
}

/** Reads a migration, and holds on until `isEnough` says so, the time is over, or `stop` fires. */
export function openWaiting({ journal, pause }: Pick<ApiNeeds, 'journal' | 'pause'>) {
  let held = 0
  return async (
    id: MigrationId,
    o: {
      readonly waitMs: number
      readonly isEnough: (reading: Reading) => boolean
      readonly stop: AbortSignal
    },
  ): Promise<Reading | null> => {
    let reading = await journal.read(id)
    if (o.waitMs === 0 || held >= HELD_MAX) return reading
    held += 1
    try {
      for (let leftMs = o.waitMs; leftMs > 0 && !o.stop.aborted; leftMs -= HELD_POLL_MS) {
        if (reading === null || isEnded(reading.record) || o.isEnough(reading)) return reading
        await pause(Math.min(HELD_POLL_MS, leftMs), o.stop)
        reading = await journal.read(id)
      }
      return reading
    } finally {
      held -= 1
    }
  }
}
