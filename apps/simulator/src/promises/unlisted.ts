import { type Migration, wipTag } from '@snapferry/migration'
import type { Row } from '../cloud/things.ts'
import type { Note } from '../story/note.ts'
import type { World } from '../world.ts'

/**
 * Things of ours that exist and that the record of an ended migration neither keeps nor lists as left. Three kinds
 * are counted apart, and left to a sweep that is not built yet: what came so late that nobody could have seen it at the
 * look that had to find it (the list after the proof for whatever carries the tag of the proven copy, else the last look
 * before the ending); what was made or marked in the time that Redis forgot, which is a broken promise in a strict
 * world; and what no answer ever named of a migration that was parked until its limit, for that ends without a last look.
 */
export function unlisted(world: World, note: Note, m: Migration): string[] {
  const { cloud, witness } = world
  const listed = new Map(m.ledger.map(({ thing, state }) => [thing.id, state]))
  const isListed = (id: string): boolean => {
    const state = listed.get(id)
    return state === 'kept' || state === 'left' || (m.state === 'succeeded' && id === m.facts.copy)
  }
  const rows: string[] = []
  for (const row of cloud.rows.values()) {
    if (row.by !== m.id || row.goneAt !== null || isListed(row.id)) continue
    if (row.listFrom > lookAt(note, m, row)) witness.unlisted.late.add(row.id)
    else if (isForgotten(world, note, row.changedAt)) witness.unlisted.forgotten.add(row.id)
    else if (note.isUnlooked && !listed.has(row.id)) witness.unlisted.unlooked.add(row.id)
    else rows.push(`${row.image === null ? 'taken snapshot' : 'copy'} ${row.id} is there and not listed`)
  }
  for (const { key, at, isForeign } of cloud.objects.values()) {
    if (isForeign || !key.includes(m.id) || isListed(key)) continue
    if (at > (note.endingLookAt ?? 0)) witness.unlisted.late.add(key)
    else if (isForgotten(world, note, at)) witness.unlisted.forgotten.add(key)
    else if (note.isUnlooked && !listed.has(key)) witness.unlisted.unlooked.add(key)
    else rows.push(`image ${key} is there and not listed`)
  }
  return rows
}

/** When it was looked for the last time, by the protocol. */
function lookAt(note: Note, m: Migration, row: Row): number {
  const roundOf = (id: string | undefined): number | undefined =>
    m.ledger.find(({ thing }) => thing.id === id)?.round
  const isSibling = (id: string | undefined): boolean => {
    const round = roundOf(id)
    return round !== undefined && row.tags.includes(wipTag(m, round))
  }
  if (isSibling(m.facts.snapshot)) return note.takenLookAt ?? note.endingLookAt ?? 0
  if (isSibling(m.facts.copy)) return note.provenLookAt ?? note.endingLookAt ?? 0
  return note.endingLookAt ?? 0
}

/** Whether Redis has forgotten the time in which something was made. */
function isForgotten({ isStrict }: World, { losses }: Note, madeAt: number): boolean {
  // An export lands some time after it was asked for.
  return !isStrict && losses.some(({ from, at }) => madeAt > from && madeAt <= at + LANDING_MS)
}

const LANDING_MS = 15 * 60_000
