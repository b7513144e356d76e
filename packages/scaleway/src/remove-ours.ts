import {
  type Answer,
  type Backend,
  type CloudFailure,
  good,
  type Item,
  type Owner,
  type Place,
  type Removal,
  type Result,
  type SnapshotSeen,
} from '@snapferry/migration'
import { carriesOurMark } from './mark.ts'

/** The two calls a removal makes. */
export interface Remover {
  readonly backend: Backend
  readonly find: (at: Place) => Answer<SnapshotSeen | null>
  readonly remove: (at: Place) => Answer<null>
}

/** Reads the snapshot again and deletes it only when it carries our exact mark. */
export async function removeOurSnapshot(item: Item, owner: Owner, on: Remover): Answer<Removal> {
  const { thing } = item
  if (thing.what === 'image' || thing.backend !== on.backend) return good('not-ours')
  const seen = await on.find(thing)
  if (!seen.ok) return seen
  if (seen.value === null) return good('gone')
  if (!carriesOurMark(seen.value.tags, item, owner)) return good('not-ours')
  return goneWhenMissing(await on.remove(thing))
}

/** A delete that finds nothing has what it wanted. */
export function goneWhenMissing(removed: Result<unknown, CloudFailure>): Result<Removal, CloudFailure> {
  return removed.ok || removed.failure.kind === 'missing' ? good('gone') : removed
}
