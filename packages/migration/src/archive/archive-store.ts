import type { Answer } from '../ports.ts'

/**
 * Where archives lie: the objects of one installation by their names (see `readObjectName`). Nothing in it can be changed or
 * removed; a name that is not one of an archive throws RangeError.
 */
export interface ArchiveStore {
  /** Where that is, for people. */
  readonly place: string
  /** Writes an object, unless one of that name is there: then nothing happens, and the answer is `exists`. */
  putIfAbsent(name: string, bytes: Uint8Array): Answer<'written' | 'exists'>
  /** The whole object; null when it is not there. */
  get(name: string): Answer<Uint8Array | null>
  /** Every name, in no order. Names that are none of ours are told as well. */
  list(): Answer<readonly string[]>
}
