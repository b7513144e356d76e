/** Why a migration waits, for people: a stable code, one sentence, and since when (milliseconds since 1970). */
export interface Why {
  readonly code: WhyCode
  readonly text: string
  readonly since: number
}

/**
 * Every reason to wait. `true`: it is the provider's own work, and time spent so counts towards the phase's limit.
 * `false`: a queue, a claim, a budget, a hold, a person or an unwell provider; such time counts for no limit.
 */
export const WHY = {
  'source-not-ready': true,
  'source-busy': false,
  'source-claimed': false,
  'source-not-seen': false,
  'budget-full': false,
  'hold-credentials': false,
  'hold-quota': false,
  'hold-bucket': false,
  'hold-circuit': false,
  'hold-drain': false,
  'call-limit': false,
  observing: false,
  'taking-snapshot': true,
  exporting: true,
  'export-unproven': true,
  importing: true,
  'image-not-seen': true,
  'copy-not-seen': true,
  'copy-missing': true,
  'answer-lost': true,
  'looking-back': false,
  'provider-finishing': true,
  removing: true,
  'in-use': true,
  marking: true,
  'unknown-state': true,
  'next-attempt': false,
  'provider-throttled': false,
  'provider-unavailable': false,
  'held-back': true,
  'profile-unknown': false,
  'provider-busy': true,
  'provider-refuses': true,
  'left-behind': false,
  'needs-attention': false,
} as const satisfies Record<string, boolean>

/** A reason to wait. */
export type WhyCode = keyof typeof WHY
