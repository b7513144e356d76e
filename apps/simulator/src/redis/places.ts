import { type Appended, isSlot, type Migration, type MigrationId, weightOf } from '@snapferry/migration'
import type { BudgetLimits, Budgets } from '@snapferry/redis'
import { aheadOf, lineOf } from './line.ts'
import type { Memory } from './memory.ts'
import type { Row } from './row.ts'

/** The most that stand up when places are free, as in the scripts of the real one. */
const SLOT_WAITERS_WOKEN = 100

interface Budget extends BudgetLimits {
  readonly used: number
  readonly weight: number
}

function budgetOf({ budgets, sums }: Memory, slot: string): Budget {
  const { concurrent = null, bytes = null } = budgets.get(slot) ?? {}
  const { used = 0, weight = 0 } = sums.get(slot) ?? {}
  return { concurrent, bytes, used, weight }
}

function placeKey(slot: string, id: MigrationId): string {
  return `${slot}\n${id}`
}

/** Takes a place; false when it is taken by this migration already. */
export function takePlace(memory: Memory, slot: string, m: Pick<Migration, 'id'>, bytes: number): boolean {
  const key = placeKey(slot, m.id)
  if (memory.places.has(key)) return false
  memory.places.set(key, bytes)
  const { used, weight } = budgetOf(memory, slot)
  memory.sums.set(slot, { used: used + 1, weight: weight + bytes })
  return true
}

/** Leaves a place; false when there was none. */
export function leavePlace(memory: Memory, slot: string, id: MigrationId): boolean {
  const key = placeKey(slot, id)
  const bytes = memory.places.get(key)
  if (bytes === undefined) return false
  memory.places.delete(key)
  const { used, weight } = budgetOf(memory, slot)
  memory.sums.set(slot, { used: used - 1, weight: weight - bytes })
  return true
}

/** What is answered when a budget has no place for this row; null when it has one. */
export function fullFor(memory: Memory, slot: string, row: Row, after: Migration): Appended | null {
  const { concurrent, bytes, used, weight } = budgetOf(memory, slot)
  if (concurrent === null && bytes === null) return null
  const ahead = aheadOf(memory, slot, row)
  const outcome = 'full'
  if (concurrent !== null && used + ahead >= concurrent)
    return { outcome, slot, used, limit: concurrent, ahead }
  const isTooHeavy = bytes !== null && used > 0 && weight + weightOf(after) > bytes
  if (bytes !== null && (ahead > 0 || isTooHeavy))
    return { outcome, slot, used: Math.ceil(weight / 1e9), limit: Math.ceil(bytes / 1e9), ahead }
  return null
}

/** How many of a line may sit down now. Where bytes count, it is the first or nobody. */
function freeIn({ concurrent, bytes, used, weight }: Budget): number {
  if (bytes !== null && used > 0 && weight >= bytes) return 0
  const most = bytes === null ? SLOT_WAITERS_WOKEN : 1
  return concurrent === null ? most : Math.min(most, Math.max(concurrent - used, 0))
}

/** Wakes as many as there are places; they stay in line until they sit. */
export function wakeLine(memory: Memory, slot: string): void {
  const free = freeIn(budgetOf(memory, slot))
  if (free > 0) for (const { record } of lineOf(memory, slot).slice(0, free)) memory.nudge(record.id)
}

/** One has left a line: who now is the last that may sit stands up. */
export function wakeNext(memory: Memory, slot: string, hasSat: boolean): void {
  const budget = budgetOf(memory, slot)
  const free = freeIn(budget)
  if (free === 0 || (hasSat && budget.concurrent !== null && budget.bytes === null)) return
  const next = lineOf(memory, slot)[free - 1]
  if (next !== undefined) memory.nudge(next.record.id)
}

/** The budgets of a memory, as operators and the reconciler see them. */
export function memoryBudgets(memory: Memory): Budgets {
  const version = (id: MigrationId): number | null => memory.rows.get(id)?.pulse.v ?? null
  return {
    list: async () =>
      [...new Set([...memory.budgets.keys(), ...memory.sums.keys()])].toSorted().map((slot) => {
        const { concurrent, bytes, used, weight } = budgetOf(memory, slot)
        return { slot, concurrent, bytes, used, usedBytes: weight, waiting: lineOf(memory, slot).length }
      }),
    set: async (slot, limits) => {
      const { concurrent, bytes } = budgetOf(memory, slot)
      if (limits.concurrent === null && limits.bytes === null) memory.budgets.delete(slot)
      else memory.budgets.set(slot, limits)
      wakeLine(memory, slot)
      return { concurrent, bytes }
    },
    page: async () => ({ items: [...memory.places.keys()].map(placeOf), cursor: '0' }),
    hold: async (slot, by, v, bytes) => version(by) === v && takePlace(memory, slot, { id: by }, bytes),
    free: async (slot, by, v) => {
      if (version(by) !== v || !leavePlace(memory, slot, by)) return false
      wakeLine(memory, slot)
      return true
    },
  }
}

function placeOf(key: string): readonly [string, MigrationId] {
  const [slot = '', id = ''] = key.split('\n')
  if (!isSlot(slot)) throw new Error(`not a place: ${key}`)
  return [slot, id as MigrationId]
}
