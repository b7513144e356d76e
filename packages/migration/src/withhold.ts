import type { Decision, Moment } from './decision.ts'
import { drained, HELD_SLEEP_MS, type Hold, keptFrom, reasonOf } from './hold.ts'
import type { Migration } from './migration.ts'
import { delayMs, type Policy } from './policy.ts'

/** What is left of a decision when not everything may be written, and the hold that was in its way. */
export interface Allowed {
  readonly decision: Decision
  readonly hold: Hold | null
}

/** In mode `observe` a migration looks once an hour at what it would do. */
const OBSERVED_MS = 3_600_000

/**
 * A decision as far as it may be carried out: under a hold, or in mode `observe`, a write becomes a wait before it is
 * announced, so that nothing is counted as tried. Facts are always recorded; only what begins something waits.
 */
export function withheld(
  m: Migration,
  decision: Decision,
  holds: readonly Hold[],
  policy: Policy,
  moment: Moment,
): Allowed {
  if (decision.do === 'sleep') return { decision, hold: null }
  const hold =
    decision.do === 'act' ? keptFrom(m, decision.act, holds) : admits(decision) ? drained(m, holds) : null
  if (hold !== null) return { decision: standing(hold, moment), hold }
  const begins = decision.do === 'act' || admits(decision)
  return { decision: begins && policy.observe === true ? observing(decision, moment) : decision, hold: null }
}

/** The wait of a migration that stands under a hold. */
export function standing(hold: Hold, { dice }: Pick<Moment, 'dice'>): Extract<Decision, { do: 'sleep' }> {
  return { do: 'sleep', sleepMs: jittered(HELD_SLEEP_MS, dice), why: reasonOf(hold) }
}

/** Whether a decision takes claims, with which a phase begins its work. */
function admits(decision: Extract<Decision, { do: 'record' }>): boolean {
  return decision.events.some((event) => event.type === 'admitted' && event.claims.length > 0)
}

function observing(decision: Exclude<Decision, { do: 'sleep' }>, { dice }: Moment): Decision {
  const would = decision.do === 'act' ? decision.act.act : 'begin'
  const text = `Mode observe: it would ${would.replaceAll('-', ' ')} now, and writes nothing.`
  return { do: 'sleep', sleepMs: jittered(OBSERVED_MS, dice), why: { code: 'observing', text } }
}

function jittered(ms: number, dice: number): number {
  return delayMs({ firstMs: ms, factor: 1, capMs: ms, jitter: 0.2 }, 0, dice)
}
