/**
 * What no document or recording tells: each open point of the provider as a switch, so that a client can be tried against
 * every reading of it. The defaults are the likeliest ones.
 */
export interface Switches {
  /** What an import or export answers when the bucket exists, but in another region. */
  wrongRegion: 'not-found' | 'invalid-arguments'
  /** What an import or export answers when no such bucket exists. */
  missingBucket: 'not-found' | 'invalid-arguments'
  /** What an import answers when the object does not exist. */
  missingKey: 'not-found' | 'invalid-arguments'
  /** `late`: the three above, and denied buckets, are not noticed in the POST; the work fails at its end instead. */
  bucketChecks: 'at-once' | 'late'
  /** Whether snapshot and bucket must be of one project, as the documents say of exports. */
  sameProjectOnly: boolean
  /** Another project's snapshot or volume: 403 (recorded on Block) or 404. */
  foreignResource: 'forbidden' | 'not-found'
  /** Whether an Instance export puts its 0-byte placeholder (recorded). */
  instancePlaceholder: boolean
  /** Whether a Block export puts one too. */
  blockPlaceholder: boolean
  /** Whether an image of one volume type may be imported as the other. */
  refuseForeignType: boolean
  /** Export of a snapshot that is being exported. Accepted: the later export takes the earlier one's place. */
  exportWhileExporting: 'transient-409' | 'precondition' | 'accept'
  /** Delete of a snapshot in a transient state. */
  deleteWhileBusy: 'transient-409' | 'precondition' | 'accept'
  /** Snapshot of a volume of which one is being taken. */
  takeWhileTaking: 'transient-409' | 'accept'
  /** Instance's comma-joined `tags`: all of them, or any. */
  instanceTags: 'all' | 'any'
  /** New snapshots are found by id at once but appear in lists only this much later, in emulated milliseconds. */
  listLagMs: number
}

/** The likeliest reading of everything unknown. */
export const LIKELIEST: Switches = {
  wrongRegion: 'invalid-arguments',
  missingBucket: 'not-found',
  missingKey: 'not-found',
  bucketChecks: 'at-once',
  sameProjectOnly: false,
  foreignResource: 'forbidden',
  instancePlaceholder: true,
  blockPlaceholder: false,
  refuseForeignType: false,
  exportWhileExporting: 'transient-409',
  deleteWhileBusy: 'transient-409',
  takeWhileTaking: 'transient-409',
  instanceTags: 'all',
  listLagMs: 0,
}
