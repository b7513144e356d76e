export * from './a-migration.ts'
export { describeJournal } from './describe-journal.ts'
export type { JournalUnderTest, LimitedJournal } from './limited-journal.ts'
export { look, put, textOf } from './put.ts'
