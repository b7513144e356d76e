import { describeJournal } from '@snapferry/journal-laws'
import type { Copy } from '@snapferry/migration'
import { openCopies } from '../src/index.ts'
import { startTestRedis } from './test-redis.ts'

describeJournal('the journal in Redis', async () => {
  const { journal, redis, empty, close } = await startTestRedis()
  const catalogue = openCopies(redis)
  let movedMs = 0
  return {
    journal,
    close,
    empty: async () => {
      movedMs = 0
      await empty()
    },
    moveOn: async (ms) => {
      movedMs += ms
      await journal.setClock(movedMs)
    },
    copies: async () => {
      const copies: Copy[] = []
      for (let cursor = ''; cursor !== '0'; ) {
        const page = await catalogue.page(cursor || '0')
        copies.push(...page.items)
        cursor = page.cursor
      }
      return copies
    },
  }
})
