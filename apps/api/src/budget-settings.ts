import type { BudgetBody, ProblemItem, PutBudgets } from '@snapferry/contracts'
import { bad, good, isKnownZone, type Result, slotName, ZONES } from '@snapferry/migration'
import type { BudgetLimits, LimitSettings } from '@snapferry/redis'
import type { Refusal } from './refusal.ts'

const BYTES_PER_GIGABYTE = 1e9
const SCOPES = ['zone', 'backend', 'profile'] as const

/** The limits that a body asks for, or everything that is wrong with them. `calls` that are left out stay as they are. */
export function settingsOf(
  body: PutBudgets,
  before: LimitSettings,
  profiles: readonly string[],
): Result<LimitSettings, Refusal> {
  const findings = [...budgetFindings(body.budgets, profiles), ...callFindings(body.calls ?? [], profiles)]
  const [first] = findings
  if (first !== undefined)
    return bad({ code: first.code, detail: first.detail, fix: first.fix, items: findings })
  const budgets = body.budgets.map((budget) => [slotOfBudget(budget), limitsOf(budget)] as const)
  const rates = body.calls?.flatMap(({ profile, callsPerSecond }) =>
    callsPerSecond === null ? [] : [[profile, callsPerSecond] as const],
  )
  return good({
    budgets: Object.fromEntries(
      budgets.filter(([, { concurrent, bytes }]) => concurrent !== null || bytes !== null),
    ),
    callsPerSecond: rates === undefined ? before.callsPerSecond : Object.fromEntries(rates),
  })
}

function limitsOf({ concurrent = null, gigabytes = null }: BudgetBody): BudgetLimits {
  return { concurrent, bytes: gigabytes === null ? null : Math.round(gigabytes * BYTES_PER_GIGABYTE) }
}

/** The name of the budget. Of one that is narrowed twice the first scope counts: it is refused anyway. */
function slotOfBudget(budget: BudgetBody): string {
  const [scope] = scopesOf(budget)
  const value = scope === undefined ? undefined : budget[scope]
  return slotName(budget.work, scope === undefined || value === undefined ? null : { scope, value })
}

function scopesOf(budget: BudgetBody): readonly (typeof SCOPES)[number][] {
  return SCOPES.filter((scope) => budget[scope] !== undefined)
}

function budgetFindings(budgets: readonly BudgetBody[], profiles: readonly string[]): ProblemItem[] {
  const at = new Map<string, number>()
  return budgets.flatMap((budget, index) => {
    const pointer = `#/budgets/${index}`
    const [first, second] = scopesOf(budget)
    if (first !== undefined && second !== undefined) return [twoScopes(pointer, first, second)]
    const findings = [
      ...zoneFindings(budget.zone, `${pointer}/zone`),
      ...profileFindings(budget.profile, `${pointer}/profile`, profiles),
    ]
    const slot = slotOfBudget(budget)
    const earlier = at.get(slot)
    if (earlier === undefined) at.set(slot, index)
    else findings.push(duplicate(pointer, `#/budgets/${earlier}`))
    return findings
  })
}

function callFindings(calls: NonNullable<PutBudgets['calls']>, profiles: readonly string[]): ProblemItem[] {
  return calls.flatMap(({ profile }, index) => {
    const earlier = calls.findIndex((one) => one.profile === profile)
    const pointer = `#/calls/${index}`
    return [
      ...profileFindings(profile, `${pointer}/profile`, profiles),
      ...(earlier < index ? [duplicate(pointer, `#/calls/${earlier}`)] : []),
    ]
  })
}

/** A zone that does not exist, as a finding. */
export function zoneFindings(zone: string | undefined, pointer: string): ProblemItem[] {
  if (zone === undefined || isKnownZone(zone)) return []
  const fix = `Use one of ${Object.keys(ZONES).join(', ')}.`
  return [{ code: 'unknown_zone', detail: `There is no zone ${quoted(zone)}.`, pointer, fix }]
}

/** A profile that does not exist, as a finding. */
export function profileFindings(
  profile: string | undefined,
  pointer: string,
  profiles: readonly string[],
): ProblemItem[] {
  if (profile === undefined || profiles.includes(profile)) return []
  const fix = `Use one of ${profiles.join(', ')}.`
  return [{ code: 'unknown_profile', detail: `There is no profile ${quoted(profile)}.`, pointer, fix }]
}

function twoScopes(pointer: string, first: string, second: string): ProblemItem {
  const detail = `A budget is of one ${first} or of one ${second}, not of both.`
  const fix = `Make two budgets of it, one with ${first} and one with ${second}: work takes a place in each.`
  return { code: 'two_scopes', detail, pointer: `${pointer}/${second}`, fix }
}

function duplicate(pointer: string, earlier: string): ProblemItem {
  const detail = `${pointer} is for the same as ${earlier}.`
  return { code: 'duplicate', detail, pointer, fix: 'Leave one of the two out.' }
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 60))
}
