import { type MigrationId, migrationId } from '@snapferry/migration'
import type { Redis } from 'ioredis'
import { keyOf } from './keys.ts'
import { ask } from './redis-away.ts'

/** A table of exclusive rights (claims of phases, natural keys), as the reconciler reads and corrects it. */
export interface HeldClaims {
  /** A part of the table after `cursor` ('0' = from the start); cursor '0' ends the round. */
  page(cursor: string): Promise<{
    readonly items: readonly (readonly [claim: string, by: MigrationId])[]
    readonly cursor: string
  }>
  /** Takes a free claim for a record of version `v`; false when one of the two is no longer so. */
  hold(claim: string, by: MigrationId, v: number): Promise<boolean>
  /** Frees a claim of a record of version `v` (null: of none), wakes who waits; false when no longer so. */
  free(claim: string, by: MigrationId, v: number | null): Promise<boolean>
}

const PAGE = 500

/** Opens one such table; the connection knows our scripts. */
export function openHeldClaims(redis: Redis, table: string): HeldClaims {
  return {
    page: async (cursor) => {
      const [next, flat] = await ask(redis, () => redis.hscan(table, cursor, 'COUNT', PAGE))
      const items: (readonly [string, MigrationId])[] = []
      for (let at = 0; at + 1 < flat.length; at += 2)
        items.push([flat[at] ?? '', migrationId(flat[at + 1] ?? '')])
      return { items, cursor: next }
    },
    hold: async (claim, by, v) =>
      (await ask(redis, () => redis.sfHold(keyOf.record(by), table, by, String(v), claim))) === 1,
    free: async (claim, by, v) => {
      const keys = [keyOf.record(by), table, keyOf.waiters, keyOf.nudges] as const
      return (await ask(redis, () => redis.sfFree(...keys, by, v === null ? '' : String(v), claim))) === 1
    },
  }
}
