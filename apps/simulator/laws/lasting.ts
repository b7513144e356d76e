import { ANSWERS } from './answers.ts'
import { everywhere, firsts } from './law.ts'
import type { Journey, Route } from './routes.ts'
import type { Script, Spot } from './voyage.ts'

/** Every answer that is none, to every kind of call, for hours; every second time nobody comes to what is parked. */
export function lasting(
  of: { readonly route: Route; readonly journey: Journey },
  spots: readonly Spot[],
): Script[] {
  return [...everywhere(of, firsts(spots), ANSWERS)].map((script, at) => ({
    ...script,
    ...{ isLasting: true, isAttended: at % 2 === 0 },
  }))
}
