import type { Journal } from '@snapferry/migration'
import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
import { appendingLaws } from './appending-laws.ts'
import { claimLaws } from './claim-laws.ts'
import { creatingLaws } from './creating-laws.ts'
import { historyLaws } from './history-laws.ts'
import { listLaws } from './list-laws.ts'
import { nudgeLaws } from './nudge-laws.ts'

/** A journal under test: emptied before each law. */
export interface JournalUnderTest {
  readonly journal: Journal
  empty(): Promise<void>
  close(): Promise<void>
}

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
    describe('nudges', () => nudgeLaws(laws))
    describe('lists', () => listLaws(laws))
    describe('histories', () => historyLaws(laws))
  })
}
