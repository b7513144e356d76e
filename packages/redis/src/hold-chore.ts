import type { RedisJournal } from './open-journal.ts'
import type { Chore } from './start-chores.ts'

const EVERY_MS = 5_000

/** The chore `holds`: lets one migration a minute try under each hold, and wakes who stood under one that is over. */
export function holdChore(journal: Pick<RedisJournal, 'holds'>, dice: () => number): Chore {
  return {
    name: 'holds',
    everyMs: EVERY_MS,
    run: async () => {
      await journal.holds.probe(dice())
      await journal.holds.wakeLifted()
    },
  }
}
