import { describeJournal } from '@snapferry/journal-laws'
import { startTestRedis } from './test-redis.ts'

describeJournal('the journal in Redis', startTestRedis)
