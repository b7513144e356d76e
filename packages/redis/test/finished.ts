import { aChange, aMigration, anId, created, succeeded } from '@snapferry/journal-laws'
import type { Event, Item, Migration, Plan, Succeeded } from '@snapferry/migration'
import type { TestRedis } from './test-redis.ts'

/** A migration that came and ended at times of its own, in Redis as a worker leaves it there. */
export async function finished(
  { journal }: TestRedis,
  o: {
    readonly endedAt: number
    readonly ledger?: readonly Item[]
    readonly plan?: Partial<Plan>
    readonly key?: string
  },
): Promise<Succeeded> {
  const id = anId()
  const first = { ...aMigration({ id, ...(o.plan && { plan: o.plan }) }), createdAt: o.endedAt - 60_000 }
  await journal.create(
    first,
    created(first),
    o.key === undefined ? null : { key: o.key, fingerprint: 'print' },
  )
  const before = await journal.read(id)
  const after = succeeded(first, { endedAt: o.endedAt, ledger: o.ledger ?? [], events: 2 })
  const events: Event[] = [{ at: o.endedAt, type: 'ledger-settled' }]
  const appended = await journal.append(aChange(before!, { after, events }))
  if (appended.outcome !== 'appended') throw new Error(appended.outcome)
  return after
}

/** One more thing that happens to a migration after its end. */
export async function happens({ journal }: TestRedis, { id }: Migration, at: number): Promise<void> {
  const before = await journal.read(id)
  const { record } = before!
  const event: Event = { at, type: 'left', ids: [], reason: 'late' }
  await journal.append(aChange(before!, { after: { ...record, events: record.events + 1 }, events: [event] }))
}
