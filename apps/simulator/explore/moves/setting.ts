import type { Circumstances, Tick } from '@snapferry/migration'
import type { Budget } from '../world/mishaps.ts'
import type { Rules } from '../world/rules.ts'
import type { Scene } from '../world/scene.ts'
import { type Next, type World, withFlight } from '../world/world.ts'

/** What the moves of a story are made with. */
export interface Setting {
  readonly scene: Scene
  readonly rules: Rules
  readonly budget: Budget
}

/** Takes one more move that is possible. */
export type Add = (next: Next) => void

/** In what a step is made: all workers have the same monotonic clock, that of the story. */
export function circumstances({ now }: World, { scene }: Setting): Circumstances {
  return { monotonicMs: now, policy: scene.policy }
}

/** The world after a flight's tick moved on; a tick that wants nothing more is over. */
export function moved(world: World, index: number, tick: Tick): World {
  if (tick.wants === 'nothing') return withFlight(world, index, null)
  const flight = world.flights[index]
  if (flight === undefined) throw new Error(`there is no flight ${index}`)
  return withFlight(world, index, { ...flight, tick })
}
