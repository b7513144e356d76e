import type { Ended } from '../migration.ts'

/**
 * Whether nothing is left to be done for an ended migration: nothing it made waits for its removal, and nothing is kept only
 * until a day. Its history may then be removed; before, nobody would know whose these things are.
 */
export function isSettled(m: Ended): boolean {
  return m.ledger.every(
    ({ state, untilMs }) => state === 'removed' || (state === 'kept' && untilMs === undefined),
  )
}
