import type { ProblemCode, ProblemItem } from '@snapferry/contracts'
import type { MigrationId } from '@snapferry/migration'

/** Why a request is not served, before it becomes a problem document. */
export interface Refusal {
  readonly code: ProblemCode
  /** This case, for people. */
  readonly detail: string
  /** Better than the fix of the table, when the case knows one. */
  readonly fix?: string
  readonly items?: readonly ProblemItem[]
  /** The migration that stands in the way. */
  readonly migrationId?: MigrationId
  readonly headers?: Readonly<Record<string, string>>
}

/** Carries a refusal through Fastify to the one place that writes problem documents. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.detail)
    this.refusal = refusal
  }
}

/** The header of a refusal that time heals: 4 to 6 s, so that clients come back spread. */
export function retryAfter(dice: () => number): { readonly 'retry-after': string } {
  return { 'retry-after': String(4 + Math.floor(dice() * 3)) }
}
