import type { Backend, Zone } from './ids.ts'
import type { Migration } from './migration.ts'

/** What the provider is asked to do and can do only so much of at a time. */
export const WORKS = ['export', 'import'] as const
/** A kind of work that budgets limit. */
export type Work = (typeof WORKS)[number]

/** What narrows a budget: one zone (of the source for exports, of the copy for imports), one backend, one profile. */
export type SlotScope = 'zone' | 'backend' | 'profile'

const SLOT = 'slot:'
const FORM = /^slot:(export|import)(?:@(zone|backend|profile)=([a-z0-9-]{1,40}))?$/

/** The name of a budget: `slot:export` is the whole fleet's, `slot:export@zone=fr-par-1` one zone's. */
export function slotName(
  work: Work,
  of: { readonly scope: SlotScope; readonly value: string } | null,
): string {
  return of === null ? `${SLOT}${work}` : `${SLOT}${work}@${of.scope}=${of.value}`
}

/** The parts of a budget's name, or null for any other text. */
export function slotOf(
  name: string,
): { readonly work: Work; readonly scope: SlotScope | null; readonly value: string | null } | null {
  const [, work, scope, value] = FORM.exec(name) ?? []
  const known = WORKS.find((one) => one === work)
  if (known === undefined) return null
  const narrowed = scope === 'zone' || scope === 'backend' || scope === 'profile' ? scope : null
  return { work: known, scope: narrowed, value: narrowed === null ? null : (value ?? null) }
}

/** Whether a membership counts in a budget; any other one is the sole right to something. */
export function isSlot(membership: string): boolean {
  return membership.startsWith(SLOT)
}

/** The memberships that a piece of work takes: in the budgets of the fleet, its zone, its backend and its profile. */
export function slotsFor(
  work: Work,
  { zone, backend, profile }: { readonly zone: Zone; readonly backend: Backend; readonly profile: string },
): readonly string[] {
  return [
    slotName(work, null),
    slotName(work, { scope: 'zone', value: zone }),
    slotName(work, { scope: 'backend', value: backend }),
    slotName(work, { scope: 'profile', value: profile }),
  ]
}

/** What a migration weighs in a budget that counts bytes: the size of its disk, as far as it is known. */
export function weightOf({ facts, plan }: Migration): number {
  return facts.sizeBytes ?? facts.sourceBytes ?? plan.copy.sizeBytes ?? 0
}

/** The highest priority; 0 is what is not asked for otherwise. */
export const PRIORITY_MAX = 9
/** How much earlier one step of priority lets a migration stand in line: so none waits for ever behind later ones. */
const HEAD_START_MS = 15 * 60_000

/** Where a migration stands in a line: by age, moved forward by its priority. The smaller comes first. */
export function rankOf({ createdAt, plan }: Migration): number {
  return createdAt - (plan.priority ?? 0) * HEAD_START_MS
}
