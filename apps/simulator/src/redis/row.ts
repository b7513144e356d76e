import type { Event, Migration, Pulse } from '@snapferry/migration'

/** One stored migration. Rows are never changed, only replaced, so that the past stays readable. */
export interface Row {
  readonly record: Migration
  readonly pulse: Pulse
  /** The first `count` of these are its history; what stands behind them belongs to a future that was undone. */
  readonly events: Event[]
  readonly count: number
  /** Every natural key it had. */
  readonly naturals: readonly string[]
  /** The line it stands in: a claim, a budget, or `hold:<name>`. */
  readonly waits: string | null
  readonly fingerprint: string
  /** When an ended one is to be looked at again, milliseconds since 1970, or null. */
  readonly due: number | null
}

/** The history of a row. */
export function eventsOf({ events, count }: Row): readonly Event[] {
  return events.length === count ? events : events.slice(0, count)
}

/** The events of a row with more behind them; a history that was cut short gets a list of its own. */
export function withEvents(row: Row, more: readonly Event[]): Pick<Row, 'events' | 'count'> {
  const events = row.events.length === row.count ? row.events : row.events.slice(0, row.count)
  events.push(...more)
  return { events, count: row.count + more.length }
}
