import type { MigrationId } from '@snapferry/migration'
import type { HeldClaims } from '@snapferry/redis'
import type { KeptMap } from './kept-map.ts'
import type { Memory } from './memory.ts'

/** A table of exclusive rights as the reconciler reads and corrects it: each correction bound to a version. */
export function heldTable(memory: Memory, table: KeptMap<string, MigrationId>): HeldClaims {
  const version = (id: MigrationId): number | null => memory.rows.get(id)?.pulse.v ?? null
  return {
    page: async () => ({ items: [...table.entries()], cursor: '0' }),
    hold: async (claim, by, v) => {
      if (version(by) !== v || table.has(claim)) return false
      table.set(claim, by)
      return true
    },
    free: async (claim, by, v) => {
      if (version(by) !== v || table.get(claim) !== by) return false
      memory.free(table, claim)
      return true
    },
  }
}
