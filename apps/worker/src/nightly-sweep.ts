/** What the sweep of each night does: there is none, it only reports, or it brings late things to their removal. */
export const NIGHTLY = ['off', 'report', 'remove'] as const
/** One of these. */
export type NightlySweep = (typeof NIGHTLY)[number]
