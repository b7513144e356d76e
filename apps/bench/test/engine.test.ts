import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { keyOf, openJournal, openQueue, openRedis, untilReady } from '@snapferry/redis'
import type { Redis } from 'ioredis'
import { describe, expect, test } from 'vitest'
import { fillBare, runBare } from '../src/bare-bullmq.ts'
import { benchEngine } from '../src/bench-engine.ts'
import { carry } from '../src/carry.ts'
import { checkWork, type WorkPlace } from '../src/check-work.ts'
import { INSTALL, type Order, placeOrders } from '../src/orders.ts'
import { openInstantProvider } from '../src/provider/instant-provider.ts'
import { withRedis } from '../src/with-redis.ts'
import { doublingOneCopy, losingOneCopy, markingNothing } from './bad-providers.ts'

const SMALL = { runs: 1, warmUp: 0, loads: [{ concurrency: 5, migrations: 12 }] }
const BIN = fileURLToPath(new URL('../src/bin.ts', import.meta.url))

test('the quick bench of the command line prints its numbers in 80 columns', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [BIN, 'engine', '--quick'])
  expect(stdout).toMatch(/^migrations\/s +\d+ +\d+ +\d+$/m)
  expect(stdout).toMatch(/^ratio \(engine \/ bare\) +[\d.]+ +[\d.]+ +[\d.]+$/m)
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
}, 90_000)

test('a run counts one delayed transition for each tick but the last, and bare BullMQ makes as many', async () => {
  const { rows } = await benchEngine(SMALL, openInstantProvider, () => {})
  const pair = rows[0]!.pairs[0]!
  expect(pair.ticks / pair.migrations).toBeGreaterThan(6)
  expect(pair.transitions).toBe(pair.ticks - pair.migrations)
  expect(pair.bareTransitions).toBe(pair.migrations * Math.round(pair.transitions / pair.migrations))
})

describe('work that was not done has no number', () => {
  test.each([
    ['loses one copy', losingOneCopy, /left 0 copies/],
    ['shows one copy twice', doublingOneCopy, /left 2 copies/],
    ['shows no mark on its copies', markingNothing, /is not marked/],
  ])('a provider that %s', async (_, provider, finding) => {
    const told: string[] = []
    await expect(benchEngine(SMALL, provider, (line) => told.push(line))).rejects.toThrow(finding)
    expect(told).toEqual([])
  })

  test('migrations that were ordered and never carried', async () => {
    await withOneOrder(async (orders, place) => {
      const finding = /is queued.*left 0 copies.*jobs are still waiting/
      await expect(checkWork(orders, place)).rejects.toThrow(finding)
    })
  })

  test('a migration whose events say something else than its record', async () => {
    await withOneOrder(async (orders, place, redis) => {
      await redis.rpush(
        keyOf.events(orders[0]!.id),
        JSON.stringify({ type: 'cancel-requested', at: 1, by: 'x' }),
      )
      await expect(checkWork(orders, place)).rejects.toThrow(/do not fold to its record/)
    })
  })

  test('a migration that stops halfway', async () => {
    const provider = openInstantProvider()
    const block = {
      ...provider.writes.block,
      startImport: () => Promise.reject(new Error('the bench broke')),
    }
    await withRedis(async (url) => {
      const broken = { ...provider, writes: { ...provider.writes, block } }
      const run = carry({ url, migrations: 3, concurrency: 2, provider: broken, stride: 'tick' })
      await expect(run).rejects.toThrow('the bench broke')
    })
  })
})

test.each([
  [1, 1, 1],
  [7, 3, 2],
  [20, 4, 50],
])('bare BullMQ: %i jobs with %i transitions each, %i at a time', async (jobs, transitions, concurrency) => {
  await withRedis(async (url) => {
    const o = { url, jobs, transitions, concurrency }
    await fillBare(o)
    expect(await runBare(o)).toBe(jobs * transitions)
  })
})

async function withOneOrder(
  look: (orders: readonly Order[], place: WorkPlace, redis: Redis) => Promise<void>,
): Promise<void> {
  await withRedis(async (url) => {
    const redis = openRedis(url, 'worker')
    const queue = openQueue(url)
    await untilReady(redis, 10_000)
    const journal = openJournal(redis, { install: INSTALL, sandbox: false, leftoverRetryMs: 1 })
    const place = { journal, queue, provider: openInstantProvider() }
    try {
      await look(await placeOrders(1, place), place, redis)
    } finally {
      await queue.close()
      redis.disconnect()
    }
  })
}
