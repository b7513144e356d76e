import { isSlot, type MigrationId, migrationId } from '@snapferry/migration'
import type { Redis } from 'ioredis'
import { keyOf } from './keys.ts'
import { ask } from './redis-away.ts'

/** The limits of one budget; null is no limit. */
export interface BudgetLimits {
  /** Pieces of work at a time. */
  readonly concurrent: number | null
  /** Bytes of disks at a time; one that is larger still goes, alone. */
  readonly bytes: number | null
}

/** One budget as it stands. `waiting` counts who stands in its line. */
export interface BudgetUse extends BudgetLimits {
  readonly slot: string
  readonly used: number
  readonly usedBytes: number
  readonly waiting: number
}

/** Budgets: their limits, and the places that records have in them. Appends take and leave places themselves. */
export interface Budgets {
  /** Every budget that has a limit or in which a place is taken, by name. */
  list(): Promise<readonly BudgetUse[]>
  /** Sets the limits of one budget and wakes who may go now; answers the limits before. */
  set(slot: string, limits: BudgetLimits): Promise<BudgetLimits>
  /** A part of the table of places after `cursor` ('0' = from the start); cursor '0' ends the round. */
  page(cursor: string): Promise<{
    readonly items: readonly (readonly [slot: string, by: MigrationId])[]
    readonly cursor: string
  }>
  /** Takes a place for a record of version `v` that names it; false when it has it, or is no longer so. */
  hold(slot: string, by: MigrationId, v: number, bytes: number): Promise<boolean>
  /** Frees a place of a record of version `v` (null: of none); false when it is no longer so. */
  free(slot: string, by: MigrationId, v: number | null): Promise<boolean>
}

const PAGE = 500

/** Opens the budgets; the connection knows our scripts. */
export function openBudgets(redis: Redis): Budgets {
  const answer = <T>(question: () => Promise<T>) => ask(redis, question)
  return {
    list: () => answer(() => listBudgets(redis)),
    set: (slot, limits) =>
      answer(async () => {
        const keys = [keyOf.budgets, keyOf.slots, keyOf.waiters, keyOf.nudges] as const
        return limitsOf(await redis.sfSetBudget(...keys, slot, textOf(limits)))
      }),
    page: (cursor) =>
      answer(async () => {
        const [next, flat] = await redis.hscan(keyOf.slots, cursor, 'COUNT', PAGE)
        return { items: flat.filter((_, at) => at % 2 === 0).flatMap(placeOf), cursor: next }
      }),
    hold: (slot, by, v, bytes) =>
      answer(async () => {
        const taken = await redis.sfHoldSlot(
          keyOf.record(by),
          keyOf.slots,
          by,
          String(v),
          slot,
          String(bytes),
        )
        return taken === 1
      }),
    free: (slot, by, v) =>
      answer(async () => {
        const keys = [keyOf.record(by), keyOf.slots, keyOf.budgets, keyOf.waiters, keyOf.nudges] as const
        return (await redis.sfFreeSlot(...keys, by, v === null ? '' : String(v), slot)) === 1
      }),
  }
}

/** `<slot>\n<id>` is a place; what ends with the slot, or with a bare line break, is a sum. */
function placeOf(field: string): readonly (readonly [string, MigrationId])[] {
  const [slot = '', id = ''] = field.split('\n')
  return id === '' ? [] : [[slot, migrationId(id)]]
}

async function listBudgets(redis: Redis): Promise<readonly BudgetUse[]> {
  const [limits, known] = await Promise.all([redis.hgetall(keyOf.budgets), knownSlots(redis)])
  const slots = [...new Set([...Object.keys(limits), ...known])].toSorted()
  return await Promise.all(
    slots.map(async (slot) => {
      const [used, usedBytes] = await redis.hmget(keyOf.slots, slot, `${slot}\n`)
      const waiting = await redis.zlexcount(keyOf.waiters, `(${slot}\n`, `(${slot}\v`)
      return {
        slot,
        ...limitsOf(limits[slot]),
        used: Number(used ?? 0),
        usedBytes: Number(usedBytes ?? 0),
        waiting,
      }
    }),
  )
}

/** The budgets in which a place was ever taken: few, but among as many fields as there are places. */
async function knownSlots(redis: Redis): Promise<readonly string[]> {
  const slots = new Set<string>()
  for (let cursor = '0', first = true; first || cursor !== '0'; first = false) {
    const [next, flat] = await redis.hscan(keyOf.slots, cursor, 'COUNT', PAGE)
    for (const [at, field] of flat.entries())
      if (at % 2 === 0 && isSlot(field) && !field.includes('\n')) slots.add(field)
    cursor = next
  }
  return [...slots]
}

/** Limits as Redis keeps them. */
export function textOf({ concurrent, bytes }: BudgetLimits): string {
  return `${concurrent ?? '-'} ${bytes ?? '-'}`
}

/** Limits from what Redis keeps; nothing is no limit. */
export function limitsOf(text: string | null | undefined): BudgetLimits {
  const [places = '-', bytes = '-'] = (text ?? '- -').split(' ')
  return { concurrent: places === '-' ? null : Number(places), bytes: bytes === '-' ? null : Number(bytes) }
}
