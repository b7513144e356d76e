import {
  type Act,
  apply,
  copyTag,
  type Item,
  isEnded,
  itemOf,
  type Migration,
  type WantsAppend,
} from '@snapferry/migration'
import { type Row, rowOf } from './cloud.ts'
import { FOREIGN } from './scene.ts'
import type { Flight, World } from './world.ts'

/** The promise that an append breaks, or null. */
export function breachOfAppend(
  before: World,
  after: World,
  { unseen }: Pick<Flight, 'unseen'>,
  { change, next }: WantsAppend,
): string | null {
  if (next.to === 'park')
    return `a defect of ours: ${next.cause instanceof Error ? next.cause.message : next.cause}`
  if (!isSame(change.before.record, before.record))
    return 'an append was made on a record that the journal does not hold'
  if (change.events.length === 0)
    return isSame(change.after, before.record) ? null : 'the record changed without an event'
  if (!isSame(change.events.reduce(apply, before.record), after.record))
    return 'the events do not lead to the record'
  const foreign = after.record.ledger.find(({ thing }) => FOREIGN.has(thing.id))
  if (foreign !== undefined) return `${foreign.thing.id} is not ours and came into the ledger`
  return breachOfProof(before, after) ?? (isEnded(after.record) ? unlisted(after, unseen) : null)
}

function isSame(one: Migration, other: Migration): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}

/** What is proven must be good: the right row, whole, of a sound image. */
function breachOfProof(before: World, after: World): string | null {
  if (isProven(before.record) || !isProven(after.record)) return null
  const copy = provenRow(after)
  if (copy === null) return 'a copy was proven that is not there'
  return isGoodCopy(copy) ? null : `${copy.id} was proven and is not good`
}

function isProven(m: Migration): boolean {
  if (m.state === 'running') return m.proven
  return m.state === 'needs_attention' ? m.parkedFrom === 'proven' : m.state === 'succeeded'
}

function provenRow({ record, cloud }: World): Row | null {
  return record.facts.copy === undefined ? null : rowOf(cloud, record.facts.copy)
}

function isGoodCopy({ what, work, isSmall, isSound }: Row): boolean {
  return what === 'copy' && work === 'good' && isSound && !isSmall
}

/** At and after an ending everything of ours stands in the ledger, but for what came too late for its last look. */
function unlisted({ record, cloud }: World, unseen: readonly string[]): string | null {
  for (const row of cloud.rows) {
    if (row.late === 'excused' || (row.late === 'late' && unseen.includes(row.id))) continue
    const item = itemOf(record.ledger, row.id)
    if (item === null || item.state === 'removed')
      return `it ended ${record.state} and ${row.id} is not listed`
  }
  for (const { key, isLate } of cloud.objects) {
    const item = isLate ? null : itemOf(record.ledger, key)
    if (!isLate && (item === null || item.state === 'removed'))
      return `it ended ${record.state} and ${key} is not listed`
  }
  return null
}

/** The promise that a write breaks which leaves now, or null. */
export function breachOfWrite(
  { record, sent }: World,
  act: Act,
  { results }: Pick<Flight, 'results'>,
): string | null {
  switch (act.act) {
    case 'remove': {
      const item = act.items[act.items.length - 1 - results.length]
      return item === undefined ? null : breachOfRemoval(record, item)
    }
    case 'retag': {
      const item = itemOf(record.ledger, act.order.id)
      if (FOREIGN.has(act.order.id) || item === null)
        return `${act.order.id} is marked and stands in no ledger`
      return isProven(record) && record.facts.copy === act.order.id
        ? null
        : `${act.order.id} is marked and not proven`
    }
    default: {
      const { intent } = act
      if (record.intent?.id !== intent.id)
        return `${intent.id} is sent and the journal does not hold its intent`
      return sent.includes(intent.send) ? `the number ${intent.send} is sent twice` : null
    }
  }
}

function breachOfRemoval(record: Migration, { thing: { id } }: Item): string | null {
  const item = itemOf(record.ledger, id)
  if (FOREIGN.has(id) || item === null) return `${id} is removed and stands in no ledger`
  if (item.state === 'made') return `${id} is removed and was not disowned before`
  return isProven(record) && record.facts.copy === id ? `${id} is the proven copy and is removed` : null
}

/** The promise that a moment breaks, or null. */
export function breachOf(world: World): string | null {
  const { record } = world
  let recorded = 0
  for (const { thing, state } of record.ledger) if (thing.what === 'copy' && state === 'made') recorded++
  if (recorded > 1) return `${recorded} copies are recorded at once`
  if (isProven(record)) {
    const copy = provenRow(world)
    if (copy === null) return 'the proven copy is gone'
    if (!isGoodCopy(copy)) return 'the proven copy is spoiled'
  }
  return isEnded(record) ? breachOfEnding(world) : null
}

/** What an ending demands: exactly one good copy or none, everything else removed or listed, no claim held. */
function breachOfEnding(world: World): string | null {
  const { record, cloud, flights, dueAt } = world
  if (record.claims.length > 0) return 'it ended and holds a claim'
  if (record.intent !== null) return 'it ended with an open intent'
  for (const { key, isLate } of cloud.exports) {
    const state = itemOf(record.ledger, key)?.state
    if (!isLate && (state === undefined || state === 'removed'))
      return `it ended ${record.state} and the export to ${key} goes on and is not listed`
  }
  const isQuiet = flights.length === 0 && dueAt === null && cloud.wire.length === 0
  if (!isQuiet) return null
  for (const row of cloud.rows) {
    const item = itemOf(record.ledger, row.id)
    if (row.late === 'excused' && item === null) continue
    if (row.id === record.facts.copy && record.state === 'succeeded') {
      if (!row.tags.includes(copyTag(record)) && item?.state !== 'left') return 'the copy is not marked'
    } else if (item?.state !== 'left')
      return `it is over (${record.state}) and ${row.id} is neither removed nor listed`
  }
  for (const { key, isLate } of cloud.objects)
    if (!isLate && itemOf(record.ledger, key)?.state !== 'left')
      return `it is over (${record.state}) and ${key} is neither removed nor listed`
  return null
}

/** Whether everything is over: it has ended, nobody is at work on it, and what is still to be tried is listed as left. */
export function isOver({ record, flights, cloud }: World): boolean {
  if (!isEnded(record) || flights.length > 0 || cloud.wire.length > 0) return false
  return record.ledger.every(({ state }) => state !== 'disowned')
}
