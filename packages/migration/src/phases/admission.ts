import type { BecauseCode } from '../because.ts'
import { type Decision, record } from '../decision.ts'
import type { Running } from '../migration.ts'

/** Whether a migration has every membership that its phase takes. */
export function holdsAll(m: Running, claims: readonly string[]): boolean {
  return claims.every((claim) => m.claims.includes(claim))
}

/** Asks for the memberships of the phase, all together or none: until it has them it begins nothing. */
export function admission(rule: BecauseCode, m: Running, claims: readonly string[]): Decision {
  const { phase, plan, facts } = m
  return record(rule, { type: 'admitted', phase, plan, facts, claims })
}
