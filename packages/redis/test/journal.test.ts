import { describeJournal } from './journal-laws.ts'
import { startTestRedis } from './test-redis.ts'

describeJournal('the journal in Redis', startTestRedis)
