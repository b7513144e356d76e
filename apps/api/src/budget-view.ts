import { createHash } from 'node:crypto'
import type { BudgetsView, BudgetView } from '@snapferry/contracts'
import { type Backend, slotOf } from '@snapferry/migration'
import { type BudgetUse, callsPerSecondUnset, type LimitSettings, type Mode } from '@snapferry/redis'

/** Every budget that has a limit or is used, by name, and the rate of each profile. */
export function toBudgetsView(
  settings: LimitSettings,
  uses: readonly BudgetUse[],
  o: { readonly profiles: readonly string[]; readonly mode: Mode },
): BudgetsView {
  const used = new Map(uses.map((use) => [use.slot, use]))
  const slots = [...new Set([...Object.keys(settings.budgets), ...used.keys()])].toSorted()
  const profiles = [...new Set([...o.profiles, ...Object.keys(settings.callsPerSecond)])].toSorted()
  return {
    budgets: slots.flatMap((slot) => budgetView(slot, settings, used.get(slot))),
    calls: profiles.map((profile) => {
      return { profile, callsPerSecond: settings.callsPerSecond[profile] ?? callsPerSecondUnset(o.mode) }
    }),
  }
}

/** The tag of the limits: it changes with them, and not with what is used. */
export function etagOfLimits({ budgets, callsPerSecond }: LimitSettings): string {
  const sorted = [budgets, callsPerSecond].map((part) =>
    Object.entries(part)
      .map(([name, value]) => JSON.stringify([name, value]))
      .toSorted(),
  )
  return `"${createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 20)}"`
}

/** A name that is no budget of ours shows nothing; a budget without limit and use is no news. */
function budgetView(
  slot: string,
  { budgets }: LimitSettings,
  use: BudgetUse | undefined,
): readonly BudgetView[] {
  const parts = slotOf(slot)
  if (parts === null) return []
  const { concurrent, bytes } = budgets[slot] ?? { concurrent: null, bytes: null }
  const { used, usedBytes, waiting } = use ?? { used: 0, usedBytes: 0, waiting: 0 }
  if (concurrent === null && bytes === null && used === 0 && waiting === 0) return []
  return [
    {
      work: parts.work,
      ...placeOf(parts),
      concurrent,
      gigabytes: bytes === null ? null : bytes / 1e9,
      ...{ used, usedGigabytes: usedBytes / 1e9, waiting },
    },
  ]
}

function placeOf({
  scope,
  value,
}: NonNullable<ReturnType<typeof slotOf>>): Pick<BudgetView, 'zone' | 'backend' | 'profile'> {
  if (scope === null || value === null) return {}
  if (scope !== 'backend') return { [scope]: value }
  return isBackend(value) ? { backend: value } : {}
}

function isBackend(text: string): text is Backend {
  return text === 'instance' || text === 'block'
}
