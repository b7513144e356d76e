import { apply, firstRecord, type Migration, requestCancel } from '@snapferry/migration'
import { eventsOf, type Row } from '../redis/row.ts'

/**
 * What a history promises about its ending, in words where it was not kept: who was cancelled in time does not succeed,
 * and who was proven does not fail. What Redis forgot stands in no history.
 */
export function unkept(row: Row): string[] {
  const [first, ...events] = eventsOf(row)
  if (first?.type !== 'created') return ['its history begins with something else than its creation']
  let m: Migration = firstRecord(first)
  let isCancelled = false
  let isProven = false
  for (const event of events) {
    if (event.type === 'cancel-requested') isCancelled ||= requestCancel(m) === 'allowed'
    if (event.type === 'phase-completed') isProven ||= event.phase === 'verify'
    m = apply(m, event)
  }
  return [
    ...(isCancelled && m.state === 'succeeded'
      ? ['it was cancelled in time and succeeded all the same']
      : []),
    ...(isProven && m.state !== 'succeeded' ? [`its copy was proven, and it ended ${m.state}`] : []),
  ]
}
