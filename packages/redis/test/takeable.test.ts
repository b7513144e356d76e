import { anId } from '@snapferry/journal-laws'
import { Queue } from 'bullmq'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type MigrationQueue, openQueue, openRedis, QUEUE, startWorker, TAG } from '../src/index.ts'
import { startTestRedis, type TestRedis } from './test-redis.ts'
import { until } from './until.ts'

let it: TestRedis
let queue: MigrationQueue
beforeAll(async () => {
  it = await startTestRedis()
})
afterAll(() => it.close())
beforeEach(async () => {
  await it.empty()
  queue = openQueue(it.own.url)
  const isThere = () =>
    queue.counts().then(
      () => true,
      () => false,
    )
  await until('the queue answers', isThere)
  return () => queue.close()
})

test('what waits may be taken; what sleeps from its time on; what runs may not; nothing while the queue is paused', async () => {
  const [sleeps, runs, waits] = [anId(), anId(), anId()]
  let wakes = Number.NaN
  const worker = startWorker({
    url: it.own.url,
    concurrency: 1,
    advance: async (id, signal) => {
      if (id === sleeps) {
        wakes = Date.now() + 60_000
        return 60_000
      }
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      return 60_000
    },
    onHandBack: () => {},
    onError: () => {},
  })
  await queue.add(sleeps)
  await until('one sleeps', async () => (await queue.state(sleeps)) === 'delayed')
  await queue.add(runs)
  await until('one runs', () => worker.life().underWay === 1)
  expect(await queue.takeable(Date.now())).toBe(0)
  await queue.add(waits)
  expect(await queue.takeable(Date.now())).toBe(1)
  expect(await queue.takeable(wakes + 1_000)).toBe(2)

  const connection = openRedis(it.own.url, 'worker')
  const admin = new Queue(QUEUE, { connection, prefix: TAG })
  await admin.pause()
  expect(await queue.takeable(wakes + 1_000)).toBe(0)
  await admin.resume()
  expect(await queue.takeable(wakes + 1_000)).toBe(2)
  await admin.close()
  connection.disconnect()
  await worker.close(5_000)
})
