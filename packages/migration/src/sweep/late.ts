import type { Event, Found } from '../event.ts'
import { itemOf, type Thing } from '../ledger.ts'
import type { Ended } from '../migration.ts'
import type { SweptThing } from './swept.ts'

/** The reason of a line that a sweep wrote: it came, or came back, after the ending. */
export const LATE = 'late'

/**
 * The events that bring late things into the ledger of the ended migration they name: found and disowned, then left with
 * the reason `late`. Its alarm is then due and the remover does the rest, under all its own checks. Lines that are in the
 * ledger already, but for those that were removed, stay as they are; none: no events.
 */
export function lateEvents(m: Ended, things: readonly SweptThing[], at: number): readonly Event[] {
  const found = new Map<string, Found>()
  for (const one of things) {
    const line = itemOf(m.ledger, one.id)
    if (line === null || line.state === 'removed') found.set(one.id, foundOf(m, one))
  }
  if (found.size === 0) return []
  return [
    { type: 'disowned', at, found: [...found.values()] },
    { type: 'left', at, ids: [...found.keys()], reason: LATE },
  ]
}

/** An unfinished upload is the image that it would have become: removing that aborts it. */
function foundOf(m: Ended, one: SweptThing): Found {
  const thing: Thing =
    one.what === 'snapshot'
      ? {
          what: one.zone === m.plan.to && one.imported ? 'copy' : 'taken-snapshot',
          ...{ id: one.id, backend: one.backend, zone: one.zone },
        }
      : { what: 'image', id: one.id, region: one.region, bucket: one.bucket }
  return { thing, round: one.mark?.kind === 'wip' ? one.mark.round : m.round }
}
