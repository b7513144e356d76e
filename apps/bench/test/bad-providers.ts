import { good, type RetagOrder, type SnapshotSeen } from '@snapferry/migration'
import { type InstantProvider, openInstantProvider } from '../src/provider/instant-provider.ts'

/** A provider that forgets the first copy once it is proven; the migration itself still succeeds. */
export function losingOneCopy(): InstantProvider {
  const provider = openInstantProvider()
  const lost = { id: '' }
  const retag = (order: RetagOrder) => {
    if (lost.id === '') lost.id = order.id
    return order.id === lost.id ? Promise.resolve(good(null)) : provider.writes.block.retag(order)
  }
  const find: InstantProvider['looks']['block']['find'] = (place) =>
    place.id === lost.id ? Promise.resolve(good(null)) : provider.looks.block.find(place)
  return {
    ...provider,
    looks: { ...provider.looks, block: { ...provider.looks.block, find } },
    writes: { ...provider.writes, block: { ...provider.writes.block, retag } },
    snapshots: () => provider.snapshots().filter(({ id }) => id !== lost.id),
  }
}

/** A provider in which, when all is over, one copy stands twice. */
export function doublingOneCopy(): InstantProvider {
  return showing((rows) => {
    const copy = rows.find(isCopy)!
    return [...rows, { ...copy, id: `${copy.id}-again` }]
  })
}

/** A provider that dropped the marks of every copy when all is over. */
export function markingNothing(): InstantProvider {
  return showing((rows) =>
    rows.map((row) => ({ ...row, tags: row.tags.filter((tag) => !tag.startsWith('snapferry:copy=')) })),
  )
}

function showing(change: (rows: readonly SnapshotSeen[]) => readonly SnapshotSeen[]): InstantProvider {
  const provider = openInstantProvider()
  return { ...provider, snapshots: () => change(provider.snapshots()) }
}

function isCopy({ tags }: SnapshotSeen): boolean {
  return tags.some((tag) => tag.startsWith('snapferry:copy='))
}
