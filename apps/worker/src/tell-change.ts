import { apply, type Change, isReminder } from '@snapferry/migration'
import type { Ferry } from './ferry.ts'

/**
 * Tells each event with the record it led to; once that a migration stalls, and once a day that it is parked. A patch past
 * the rules is told with the record itself.
 */
export function tellChange(change: Change, ferry: Ferry): void {
  const { before, after, events, pulse } = change
  if (pulse.stalledSince !== undefined && before.pulse.stalledSince === undefined) ferry.stalled?.(after)
  if (after.state === 'needs_attention' && isReminder(change, ferry.policy)) ferry.reminded?.(after)
  let m = before.record
  for (const [at, event] of events.entries()) {
    m = at === events.length - 1 ? after : apply(m, event)
    ferry.recorded(m, event)
  }
}
