import { isDeepStrictEqual } from 'node:util'
import { fold, type SnapshotSeen } from '@snapferry/migration'
import type { MigrationQueue, RedisJournal } from '@snapferry/redis'
import type { Order } from './orders.ts'
import type { InstantProvider } from './provider/instant-provider.ts'

/** The work was not done as it must be: there is no number to print. */
export class WorkNotDone extends Error {
  override name = 'WorkNotDone'
}

/** Where the work of a run can be looked at. */
export interface WorkPlace {
  readonly journal: RedisJournal
  readonly queue: MigrationQueue
  readonly provider: InstantProvider
}

const EVENTS_MAX = 1_000
const SOURCE_TAG = 'snapferry:source='
/** So many findings are named; more only make the message longer. */
const NAMED_MAX = 3

/**
 * Throws `WorkNotDone` unless every migration succeeded, its events fold to its record, the provider holds exactly
 * one marked copy of each source and nothing else of ours, and nobody waits, nudges or holds anything any more.
 */
export async function checkWork(orders: readonly Order[], place: WorkPlace): Promise<void> {
  const wrong = [
    ...(await recordFindings(orders, place)),
    ...copyFindings(orders, place.provider),
    ...(await restFindings(place)),
  ]
  if (wrong.length === 0) return
  const named = wrong.slice(0, NAMED_MAX).join('; ')
  throw new WorkNotDone(`the work was not done, so there is no number: ${named} (findings: ${wrong.length})`)
}

async function recordFindings(orders: readonly Order[], { journal }: WorkPlace): Promise<readonly string[]> {
  const wrong: string[] = []
  for (const { id } of orders) {
    const reading = await journal.read(id)
    if (reading === null) {
      wrong.push(`${id} has no record`)
      continue
    }
    const { record } = reading
    if (record.state !== 'succeeded') wrong.push(`${id} is ${record.state}`)
    const open = record.ledger.filter(({ state }) => state !== 'kept' && state !== 'removed')
    if (open.length > 0) wrong.push(`${id} leaves ${open.map(({ thing }) => thing.id).join(', ')}`)
    const folded: unknown = JSON.parse(JSON.stringify(fold(await journal.events(id, 0, EVENTS_MAX))))
    if (!isDeepStrictEqual(folded, record)) wrong.push(`the events of ${id} do not fold to its record`)
  }
  return wrong
}

function copyFindings(orders: readonly Order[], provider: InstantProvider): readonly string[] {
  const snapshots = provider.snapshots()
  const bySource = Map.groupBy(snapshots.filter(isCopy), sourceOf)
  const sources = new Map(snapshots.filter((row) => !isCopy(row)).map((row) => [row.id, row]))
  const known = new Set(orders.map(({ source }) => source))
  return [
    ...orders.flatMap(({ id, source }) => {
      const from = sources.get(source)
      const copies = bySource.get(source) ?? []
      if (from === undefined) return [`the source ${source} is gone`]
      if (copies.length !== 1) return [`${id} left ${copies.length} copies`]
      return copies[0] === undefined ? [] : oneCopy(id, copies[0], from)
    }),
    ...[...bySource.keys()]
      .filter((source) => !known.has(source))
      .map((id) => `a copy of ${id}, never ordered`),
    ...provider.keys().map((key) => `${key} lies in the bucket`),
  ]
}

function isCopy(row: SnapshotSeen): boolean {
  return sourceOf(row) !== ''
}

function sourceOf({ tags }: SnapshotSeen): string {
  return tags.find((tag) => tag.startsWith(SOURCE_TAG))?.slice(SOURCE_TAG.length) ?? ''
}

function oneCopy(id: Order['id'], copy: SnapshotSeen, source: SnapshotSeen): readonly string[] {
  const isMarked = copy.tags.some((tag) => tag.endsWith(`.${id}`) && tag.startsWith('snapferry:copy='))
  const isWip = copy.tags.some((tag) => tag.startsWith('snapferry:wip='))
  return [
    ...(isMarked && !isWip ? [] : [`the copy ${copy.id} of ${id} is not marked`]),
    ...(copy.sizeBytes === source.sizeBytes ? [] : [`the copy ${copy.id} of ${id} has another size`]),
  ]
}

async function restFindings({ journal, queue }: WorkPlace): Promise<readonly string[]> {
  const jobs = Object.entries(await queue.counts()).filter(([, count]) => count > 0)
  const nudged = await journal.nudged('0', 1)
  const unended = await journal.unended('', 1)
  return [
    ...jobs.map(([state, count]) => `${count} jobs are still ${state}`),
    ...(nudged.items.length > 0 ? ['somebody is still nudged'] : []),
    ...(unended.items.length > 0 ? ['somebody has not ended'] : []),
  ]
}
