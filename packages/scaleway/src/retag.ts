import {
  type Answer,
  bad,
  good,
  OUR_TAG,
  type Place,
  type RetagOrder,
  type SnapshotSeen,
} from '@snapferry/migration'
import { unsent } from './failure-of-transport.ts'

/** The two calls a retag makes. */
export interface Tagger {
  /** As people know the call: `block UpdateSnapshot`. */
  readonly call: string
  readonly find: (at: Place) => Answer<SnapshotSeen | null>
  readonly write: (at: Place, tags: readonly string[]) => Answer<null>
}

/**
 * Reads the tags and writes the whole new list, or nothing when it is right already. Refuses a thing that carries
 * neither a tag to drop nor one to add: it is not the one that is meant. Throws TypeError for tags that are not ours.
 */
export async function retag(order: RetagOrder, on: Tagger): Answer<null> {
  const notOurs = [order.drop, ...order.add].find((tag) => !tag.startsWith(OUR_TAG))
  if (notOurs !== undefined) throw new TypeError(`${JSON.stringify(notOurs)} is no tag of ours`)
  const seen = await on.find(order)
  if (!seen.ok) return seen
  if (seen.value === null) return bad(unsent(on.call, 'missing', ''))
  const { tags } = seen.value
  if (!tags.some((tag) => tag.startsWith(order.drop) || order.add.includes(tag))) {
    return bad(unsent(on.call, 'refused', `it carries no tag that begins with ${order.drop}`))
  }
  const wanted = newTags(tags, order)
  const isSame = wanted.length === tags.length && wanted.every((tag, at) => tag === tags[at])
  return isSame ? good(null) : on.write(order, wanted)
}

/** The tags without those to drop, in their order, then those to add that are not there yet. */
export function newTags(tags: readonly string[], order: Pick<RetagOrder, 'drop' | 'add'>): readonly string[] {
  const kept = tags.filter((tag) => !tag.startsWith(order.drop))
  return [...kept, ...new Set(order.add.filter((tag) => !kept.includes(tag)))]
}
