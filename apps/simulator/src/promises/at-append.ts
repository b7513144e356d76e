import { apply, type Change, isEnded, type Migration } from '@snapferry/migration'
import type { Note } from '../story/note.ts'
import { short } from '../story/story.ts'
import type { World } from '../world.ts'

/** What every append must keep: the events fold to the record, and at most one copy is recorded. */
export function checkAppend({ story, memory }: World, note: Note, { after, events }: Change): void {
  let folded = note.folded
  try {
    for (const event of events) folded = apply(folded, event)
  } catch (error) {
    story.fail(`${short(note.id)}: an event that cannot follow was appended: ${String(error)}`)
    folded = after
  }
  if (!isEqual(folded, after)) story.fail(`${short(note.id)}: the record is not what its events say`)
  note.folded = after
  const last = events.at(-1)
  if (last !== undefined && last.at > memory.clock() + AHEAD_MAX_MS)
    story.fail(`${short(note.id)}: ${last.type} says it happens ${last.at - memory.clock()} ms from now`)
  const copies = after.ledger.filter(
    ({ thing, state }) => thing.what === 'copy' && (state === 'made' || state === 'kept'),
  )
  if (copies.length > 1) story.fail(`${short(note.id)}: ${copies.length} copies are recorded`)
  if (isEnded(after)) checkLetGo(story, memory, after)
  checkCounts(story, after)
}

/** An ending holds nothing: no claim, and no place that others wait for. */
function checkLetGo(story: World['story'], memory: World['memory'], { id, claims }: Migration): void {
  if (claims.length > 0) story.fail(`${short(id)}: it ended holding a claim`)
  for (const place of memory.places.keys())
    if (place.endsWith(id)) story.fail(`${short(id)} ended and has a place in ${place.split('\n')[0]}`)
}

/** An append is told with the time of its look; that runs ahead of the truth by rounding alone. */
const AHEAD_MAX_MS = 1_000

/** The most events a record may have: its own limit, and what undoing and tidying add behind it. */
const EVENTS_BEHIND_MAX = 150

function checkCounts(story: World['story'], m: Migration): void {
  if (m.events === m.eventsMax + EVENTS_BEHIND_MAX) story.fail(`${short(m.id)}: ${m.events} events`)
}

/** Whether two values of JSON are the same. */
function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  for (const key of keys) {
    if (!isEqual((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])) return false
  }
  return true
}
