import { crashesSince, type Journal, type MigrationId } from '@snapferry/migration'
import type { Advance } from '@snapferry/redis'

/** What the quarantine needs. */
export interface Ward {
  readonly journal: Pick<Journal, 'read'>
  /** A number in [0, 1). */
  dice(): number
  /** How long a suspect waits for its turn, about, milliseconds. Default 500. */
  readonly asideMs?: number
}

/** A worker dies now and then, of a deploy or of its machine; twice in a row under one migration is no accident. */
const SUSPECT_CRASHES = 2
const ASIDE_MS = 500

/**
 * Lets migrations whose worker died in a row go one at a time in this process; the others go on beside them. A tick
 * that brings the process down takes everybody down who is under way, and after a few deaths all of them would look
 * guilty. Alone, the innocent ends its tick and is cleared, and the guilty dies alone until it is parked. A suspect
 * that has to wait is not under way: it sleeps, and its record is not touched.
 */
export function quarantine(carry: Advance, { journal, dice, asideMs = ASIDE_MS }: Ward): Advance {
  let isTaken = false
  const isSuspect = async (id: MigrationId, crashes: number): Promise<boolean> => {
    const reading = await journal.read(id)
    return (reading === null ? crashes : crashesSince(reading.pulse, crashes)) >= SUSPECT_CRASHES
  }
  return async (id, signal, crashes) => {
    if (crashes < SUSPECT_CRASHES || !(await isSuspect(id, crashes))) return carry(id, signal, crashes)
    if (isTaken) return Math.ceil(asideMs * (0.5 + dice()))
    isTaken = true
    try {
      return await carry(id, signal, crashes)
    } finally {
      isTaken = false
    }
  }
}
