export * from './a-migration.ts'
export { describeJournal, type JournalUnderTest } from './describe-journal.ts'
export { look, put, textOf } from './put.ts'
