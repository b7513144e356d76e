import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
import { appendingLaws } from './appending-laws.ts'
import { budgetLaws } from './budget-laws.ts'
import { claimLaws } from './claim-laws.ts'
import { copyLaws } from './copy-laws.ts'
import { creatingLaws } from './creating-laws.ts'
import { historyLaws } from './history-laws.ts'
import { holdLaws } from './hold-laws.ts'
import type { JournalUnderTest } from './limited-journal.ts'
import { lineLaws } from './line-laws.ts'
import { listLaws } from './list-laws.ts'
import { nudgeLaws } from './nudge-laws.ts'

/** What every journal must do, whatever keeps it. */
export function describeJournal(name: string, open: () => Promise<JournalUnderTest>): void {
  describe(name, () => {
    let it: JournalUnderTest
    beforeAll(async () => {
      it = await open()
    })
    beforeEach(() => it.empty())
    afterAll(() => it.close())
    const laws = () => it.journal
    describe('creating', () => creatingLaws(laws))
    describe('appending', () => appendingLaws(laws))
    describe('claims and natural keys', () => claimLaws(laws))
    describe('budgets', () => budgetLaws(() => it))
    describe('the lines of budgets', () => lineLaws(() => it))
    describe('holds', () => holdLaws(() => it))
    describe('copies', () => copyLaws(() => it))
    describe('nudges', () => nudgeLaws(laws))
    describe('lists', () => listLaws(laws))
    describe('histories', () => historyLaws(laws))
  })
}
