import type { Copy, Hold, Journal, MigrationId } from '@snapferry/migration'

/** The limits of one budget; null is no limit. */
export interface Limits {
  readonly concurrent: number | null
  readonly bytes: number | null
}

/** What of a budget is taken, and how many stand in its line. */
export interface Use extends Limits {
  readonly slot: string
  readonly used: number
  readonly usedBytes: number
  readonly waiting: number
}

/** A journal with its budgets and holds. */
export interface LimitedJournal extends Journal {
  readonly budgets: {
    list(): Promise<readonly Use[]>
    set(slot: string, limits: Limits): Promise<Limits>
    page(cursor: string): Promise<{ readonly items: readonly (readonly [string, MigrationId])[] }>
    hold(slot: string, by: MigrationId, v: number, bytes: number): Promise<boolean>
    free(slot: string, by: MigrationId, v: number | null): Promise<boolean>
  }
  readonly holds: {
    list(): Promise<readonly Hold[]>
    put(hold: Omit<Hold, 'since' | 'lastAt' | 'times' | 'probe'>): Promise<Hold>
    lift(name: string): Promise<Hold | null>
    standing(name: string): Promise<number>
    probe(dice: number): Promise<number>
    wakeLifted(): Promise<number>
    worked(): Promise<readonly string[]>
  }
}

/** A journal under test: emptied before each law. */
export interface JournalUnderTest {
  readonly journal: LimitedJournal
  empty(): Promise<void>
  /** Moves its clock on by so many milliseconds. */
  moveOn(ms: number): Promise<void>
  /** The catalogue of copies. */
  copies(): Promise<readonly Copy[]>
  close(): Promise<void>
}
