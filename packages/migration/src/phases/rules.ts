import type { Decision, Moment } from '../decision.ts'
import type { Running } from '../migration.ts'
import type { Policy } from '../policy.ts'
import type { Question, Seen } from '../question.ts'

/** How one phase moves: what it wants to see, and what it makes of it. */
export interface Rules {
  needs(m: Running, moment: Moment): Question
  decide(m: Running, seen: Seen, policy: Policy, moment: Moment): Decision
}

/** A slot that the question asked for; missing means the shell answered another question: a defect. */
export function seenOf<T>(slot: T | undefined, name: string): T {
  if (slot === undefined) throw new Error(`the question did not ask for ${name}`)
  return slot
}

/** A part of the plan that is known by now; missing is a defect. */
export function known<T>(value: T | null | undefined, name: string): T {
  if (value === null || value === undefined) throw new Error(`the plan does not know ${name} yet`)
  return value
}
