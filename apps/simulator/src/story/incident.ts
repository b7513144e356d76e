import type { MigrationId } from '@snapferry/migration'
import type { Where } from '../weather/weather.ts'

/**
 * One thing that went wrong, or was done to a migration from outside. `point`: for a process that was killed or frozen
 * the exact point, such as `before write` or `after close`; for a call the step it was made in; else `any`.
 */
export interface Incident {
  readonly fault: string
  readonly phase: Where
  readonly point: string
  readonly migration: MigrationId
  readonly at: number
  /**
   * Whether the migration went another way for it. A look: today's rules would have decided otherwise with the true
   * answer. A write: its outcome was recorded as another one than the true one, or it changed the provider behind the
   * back of its sender. A kill: another worker had to take the job over. A freeze: the lock was lost meanwhile, the
   * send guard held a write back, or an append was overtaken. Work that ends badly, and what outsiders do: a failure, an
   * event or a wait names it. Requests and losses: the record changed for them.
   */
  mattered: boolean
}
