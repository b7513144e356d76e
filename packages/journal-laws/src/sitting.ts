import type { Appended, Change, MigrationId, Queued, Reading } from '@snapferry/migration'
import { expect } from 'vitest'
import { aChange, aMigration, anEvent, parked, running } from './a-migration.ts'
import type { LimitedJournal } from './limited-journal.ts'
import { look, put } from './put.ts'

/** The budgets that these laws limit: of all exports, and of one zone's. */
export const FLEET = 'slot:export'
export const ZONE = 'slot:export@zone=fr-par-1'

/** A migration of so many gigabytes; a smaller `age` is older, and priorities are 0–9. */
export function anItem(o: { gigabytes?: number; age?: number; priority?: number } = {}): Queued {
  const { gigabytes = 1, age, priority } = o
  return aMigration({
    facts: { sizeBytes: gigabytes * 1e9 },
    ...(age === undefined ? {} : { createdAt: 1_700_000_000_000 + age }),
    ...(priority === undefined ? {} : { plan: { priority } }),
  })
}

/** What ticks do with a journal that has budgets: sit down, wait in line, leave. */
export function sitting(journal: () => LimitedJournal) {
  const sit = (before: Reading, slots: readonly string[] = [FLEET]): Promise<Appended> =>
    journal().append(aChange(before, { after: running(before.record, slots), events: [anEvent()] }))
  const close = (before: Reading, parts: Partial<Omit<Change, 'before'>> = {}): Promise<Appended> => {
    const why = { code: 'budget-full', text: 'full', since: before.now } as const
    const pulse = { wakeAt: before.now + 600_000, plannedMs: 600_000, waitedMs: 0, looks: 1, why }
    return journal().append(aChange(before, { pulse, ...parts }))
  }
  return {
    sit,
    /** Ends a tick that was refused: it has seen its nudges and sleeps in line. */
    close,
    put: (m = anItem()): Promise<Reading> => put(journal(), m),
    /** A whole tick of one that wants a place: it sits, or sleeps in line. */
    ask: async (id: MigrationId, slots?: readonly string[]): Promise<Appended> => {
      const before = await look(journal(), id)
      const answer = await sit(before, slots)
      if (answer.outcome !== 'appended') await close(before)
      return answer
    },
    leave: async (id: MigrationId): Promise<void> => {
      const before = await look(journal(), id)
      const after = { ...running(before.record, []), phase: 'inspect' as const }
      expect(await journal().append(aChange(before, { after }))).toMatchObject({ outcome: 'appended' })
    },
    park: async (id: MigrationId): Promise<void> => {
      const before = await look(journal(), id)
      expect(await journal().append(aChange(before, { after: parked(before.record) }))).toMatchObject({
        outcome: 'appended',
      })
    },
    use: async (slot: string) => (await journal().budgets.list()).find((one) => one.slot === slot),
    nudges: async (id: MigrationId) => (await look(journal(), id)).nudges,
  }
}
