import { copyFromTags } from '../archive/copy-from-tags.ts'
import type { Copy } from '../copy.ts'
import { bad, good, type Result } from '../result.ts'
import type { SnapshotSeen } from '../seen.ts'
import { markOfTags } from './our-mark.ts'

/** Why a snapshot cannot become an entry of the catalogue. */
export type AdoptRefusal = 'not-ours' | 'not-available'

/**
 * The catalogue's entry for a proven copy that no record knows, from what its own tags say. One whose marks contradict each
 * other is not ours; one that is not available proves nothing at this moment.
 */
export function adopted(seen: SnapshotSeen, install: string): Result<Copy, AdoptRefusal> {
  const found = markOfTags(seen.tags, install)?.kind === 'copy' ? copyFromTags(seen, install) : null
  if (found === null) return bad('not-ours')
  const isThere = seen.state.kind === 'available' || seen.state.kind === 'in-use'
  return isThere ? good(found.copy) : bad('not-available')
}
