import { type Copy, type Hold, isEnded, type MigrationId } from '@snapferry/migration'
import type { BudgetLimits } from '@snapferry/redis'
import { History, KeptMap } from './kept-map.ts'
import { lineOf } from './line.ts'
import type { Row } from './row.ts'

/** How many stand up when a claim is free, as in the script of the real one. */
const WAITERS_WOKEN = 2

/** Everything a Redis keeps of us, in memory, with its whole past; `clock` is its TIME in milliseconds. */
export class Memory {
  readonly history = new History()
  readonly clock: () => number
  readonly rows: KeptMap<MigrationId, Row>
  readonly nudges: KeptMap<MigrationId, number>
  readonly claims: KeptMap<string, MigrationId>
  readonly naturals: KeptMap<string, MigrationId>
  readonly idempotency: KeptMap<string, { readonly fingerprint: string; readonly id: MigrationId }>
  /** The limits of budgets, by their names. */
  readonly budgets: KeptMap<string, BudgetLimits>
  /** `<budget>\n<id>` → bytes it weighs: the places that are taken; and their sums by budget. */
  readonly places: KeptMap<string, number>
  readonly sums: KeptMap<string, { readonly used: number; readonly weight: number }>
  readonly holds: KeptMap<string, Hold>
  /** Holds that are over and under which more stand than were woken at once. */
  readonly lifted: KeptMap<string, true>
  /** Kinds of calls that have worked, with when they did last. */
  readonly worked: KeptMap<string, number>
  readonly copies: KeptMap<string, Copy>
  readonly apiKeys: KeptMap<string, { readonly name: string; readonly role: string }>
  /** `run_id`: which Redis this is. */
  redisRun: string
  /** When this Redis began to run. */
  startedAt: number
  #runs = 1

  constructor(clock: () => number) {
    this.clock = clock
    this.rows = this.map()
    this.nudges = this.map()
    this.claims = this.map()
    this.naturals = this.map()
    this.idempotency = this.map()
    this.apiKeys = this.map()
    this.budgets = this.map()
    this.places = this.map()
    this.sums = this.map()
    this.holds = this.map()
    this.lifted = this.map()
    this.worked = this.map()
    this.copies = this.map()
    this.redisRun = 'run-1'
    this.startedAt = clock()
  }

  /** One more map that is put back with the rest. */
  map<K, V>(): KeptMap<K, V> {
    return new KeptMap<K, V>(this.history, this.clock)
  }

  nudge(id: MigrationId): void {
    this.nudges.set(id, (this.nudges.get(id) ?? 0) + 1)
  }

  /** Frees a claim or natural key and wakes the first that wait for it. */
  free(table: KeptMap<string, MigrationId>, claim: string): void {
    table.delete(claim)
    for (const row of lineOf(this, claim).slice(0, WAITERS_WOKEN)) {
      this.rows.set(row.record.id, { ...row, waits: null })
      this.nudge(row.record.id)
    }
  }

  /** Migrations that have not ended. */
  unended(): Row[] {
    const open: Row[] = []
    for (const row of this.rows.values()) if (!isEnded(row.record)) open.push(row)
    return open
  }

  /** Another Redis answers, with what was kept up to this moment; answers how many changes it lost. */
  restore(to: number): number {
    const lost = this.history.back(to)
    this.#runs++
    this.redisRun = `run-${this.#runs}`
    this.startedAt = this.clock()
    return lost
  }
}
