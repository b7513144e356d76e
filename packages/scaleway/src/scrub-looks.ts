import {
  type CloudFailure,
  good,
  type Result,
  type SnapshotLooks,
  type SnapshotState,
} from '@snapferry/migration'
import type { Scrub } from './words.ts'

/** Looks whose free words are fit to be kept: why a snapshot is broken, and the name of a state that nobody knows. */
export function scrubLooks(looks: SnapshotLooks, scrub: Scrub): SnapshotLooks {
  const one = <T extends { readonly state: SnapshotState }>(seen: T): T => ({
    ...seen,
    state: scrubState(seen.state, scrub),
  })
  const found = <T extends { readonly state: SnapshotState }>(
    seen: Result<T | null, CloudFailure>,
  ): Result<T | null, CloudFailure> => (seen.ok && seen.value !== null ? good(one(seen.value)) : seen)
  return {
    backend: looks.backend,
    find: async (at) => found(await looks.find(at)),
    findVolume: async (at) => found(await looks.findVolume(at)),
    tagged: async (by) => {
      const rows = await looks.tagged(by)
      return rows.ok ? good(rows.value.map(one)) : rows
    },
  }
}

/** Known words pass as they are: they are ours. */
function scrubState(state: SnapshotState, scrub: Scrub): SnapshotState {
  switch (state.kind) {
    case 'error':
    case 'invalid-data':
      return state.details === null ? state : { ...state, details: scrub(state.details) }
    case 'unknown':
      return { ...state, word: scrub(state.word) }
    default:
      return state
  }
}
