import type { Journal } from '@snapferry/migration'
import type { Chore } from './start-chores.ts'
import type { Waking } from './waking.ts'

const EVERY_MS = 10_000
/** Ended migrations nudged in one run; the rest is as due ten seconds later. */
const MAX = 1_000

/** The chore `due`: wakes ended migrations whose kept image is to go or whose leftover is to be tried again. */
export function wakeDue(journal: Pick<Waking, 'dueBy' | 'nudge'> & Pick<Journal, 'clock'>): Chore {
  return {
    name: 'due',
    everyMs: EVERY_MS,
    run: async () => {
      const { now } = await journal.clock()
      await journal.nudge(await journal.dueBy(now, MAX))
    },
  }
}
