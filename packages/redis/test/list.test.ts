import { aMigration, anId, created } from '@snapferry/journal-laws'
import { zone } from '@snapferry/migration'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { keyOf } from '../src/index.ts'
import { startTestRedis, type TestRedis } from './test-redis.ts'

let it: TestRedis
beforeAll(async () => {
  it = await startTestRedis()
})
afterAll(() => it.close())

test('a list finds the one migration where two filters meet behind thousands where they do not', async () => {
  const m = aMigration({ createdAt: 1, plan: { to: zone('fr-par-3') } })
  await it.journal.create(m, created(m), null)
  const pipeline = it.redis.pipeline()
  for (let n = 0; n < 5_000; n++) {
    const at = `000000000${String(100_000 + n)}`
    pipeline.zadd(keyOf.state('queued'), 0, `${at}:${anId()}`)
    pipeline.zadd(keyOf.to('fr-par-3'), 0, `${at}:${anId()}`)
  }
  await pipeline.exec()
  const page = await it.journal.list({ state: 'queued', to: 'fr-par-3', pageSize: 1 })
  expect(page.items.map((item) => item.record.id)).toEqual([m.id])
  expect(page.nextPageToken).toBe('')
})

test('an index entry whose record is gone is left out', async () => {
  const page = await it.journal.list({ state: 'queued', pageSize: 3 })
  expect(page.items).toEqual([])
  expect(page.nextPageToken).not.toBe('')
})
