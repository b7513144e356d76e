import type { Setting } from './moves/setting.ts'
import type { Found } from './search/found.ts'
import { type Bound, type Progress, Search } from './search/search.ts'
import { storyOf } from './search/story.ts'

/** What exploring one backend and source came to, with the stories that people have to read. */
export interface Explored extends Omit<Found, 'breaches' | 'traps'> {
  readonly backend: string
  readonly source: string
  readonly breaches: readonly {
    readonly breach: string
    readonly times: number
    readonly story: readonly string[]
  }[]
  /** How many states there are from which no ending can be reached, and the shortest way to the first. */
  readonly traps: number
  readonly trapStory: readonly string[]
}

/** Explores one backend and source within a bound; `now`: milliseconds of a monotonic clock. */
export function exploreScene(
  setting: Setting,
  bound: Bound,
  now: () => number,
  progress?: Progress,
): Explored {
  const search = new Search(setting, bound, now)
  const { breaches, traps, ...found } = search.run(progress)
  const { backend, source } = setting.scene
  const [trap] = traps
  return {
    backend,
    source,
    ...found,
    breaches: breaches.map(({ breach, times, state, move }) => ({
      breach,
      times,
      story: storyOf(search.graph, state, move, setting),
    })),
    traps: traps.length,
    trapStory: trap === undefined ? [] : storyOf(search.graph, trap, null, setting),
  }
}
