import { aChange, aMigration, anEvent, anId, created, running, succeeded } from '@snapferry/journal-laws'
import { type Item, type MigrationId, regionOf, zone } from '@snapferry/migration'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type Advance,
  type MigrationQueue,
  openDrain,
  openQueue,
  type RedisJournal,
  reconciler,
  startDrain,
  startWorker,
  wakeDue,
} from '../src/index.ts'
import { startTestRedis, type TestRedis } from './test-redis.ts'
import { until } from './until.ts'

const HOUR_MS = 3_600_000

describe('waking', () => {
  let it: TestRedis
  let journal: RedisJournal
  let queue: MigrationQueue
  beforeAll(async () => {
    it = await startTestRedis()
    journal = it.journal
  })
  beforeEach(async () => {
    await it.empty()
    queue = openQueue(it.own.url)
    await until('the queue answers', () =>
      queue.counts().then(
        () => true,
        () => false,
      ),
    )
    return () => queue.close()
  })
  afterAll(() => it.close())

  const put = async (m = aMigration()): Promise<MigrationId> => {
    await journal.create(m, created(m), null)
    return m.id
  }
  const close = async (id: MigrationId, parts: Parameters<typeof aChange>[1] = {}) =>
    await journal.append(aChange((await journal.read(id))!, parts))
  /** What a test started; a test that fails must not leave it to the next. */
  const started: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const stop of started.splice(0)) await stop()
  })
  test('count and version of a nudged migration are read at one moment', async () => {
    const id = await put()
    const torn: unknown[] = []
    let isOver = false
    const reader = (async () => {
      while (!isOver) {
        const { items } = await journal.nudged('0', 10)
        torn.push(...items.filter(({ nudges, v }) => nudges !== 1 + ((v ?? 0) % 3)))
      }
    })()
    // At version v it is nudged 1 + v mod 3 times, and the closing append clears them all. (The create nudges once.)
    await close(id)
    for (let turn = 0; turn < 300; turn++) {
      const { pulse } = (await journal.read(id))!
      await journal.nudge(new Array(1 + (pulse.v % 3)).fill(id))
      await close(id)
    }
    isOver = true
    await reader
    expect(torn.filter((item) => JSON.stringify(item) !== JSON.stringify({ id, nudges: 1, v: 1 }))).toEqual(
      [],
    )
  })

  const worker = (advance: Advance) => {
    const one = startWorker({
      url: it.own.url,
      concurrency: 25,
      advance,
      onHandBack: () => {},
      onError: () => {},
    })
    started.push(() => one.close(5_000))
    return one
  }
  const drainer = () => {
    const drain = startDrain({ journal, queue, everyMs: 20 })
    started.push(drain.stop)
  }
  const quiet = { signal: new AbortController().signal }

  test('of 2,000 migrations nudged at random, also in the middle of their ticks, none misses a wish', async () => {
    const ids: MigrationId[] = []
    for (let n = 0; n < 20; n++) ids.push(...(await Promise.all(Array.from({ length: 100 }, () => put()))))
    const dice = diceOf(42)
    /** Every nudge that was sent, and every one that a tick had read when its append cleared it. */
    const sent = new Map<MigrationId, number>(ids.map((id) => [id, 1]))
    const heard = new Map<MigrationId, number>()
    let middle = 0
    const wish = async (id: MigrationId) => {
      sent.set(id, (sent.get(id) ?? 0) + 1)
      await journal.nudge([id])
    }
    const wishAtTimes = async (id: MigrationId) => {
      if (middle >= 2_000 || dice() > 0.3) return
      middle++
      await wish(id)
    }
    const advance: Advance = async (id) => {
      const before = (await journal.read(id))!
      await wishAtTimes(id)
      const wakeAt = before.now + HOUR_MS
      const answer = await journal.append(aChange(before, { pulse: { ...before.pulse, wakeAt } }))
      if (answer.outcome !== 'appended') return 0
      if (answer.wakeAt === wakeAt) heard.set(id, (heard.get(id) ?? 0) + before.nudges)
      await wishAtTimes(id)
      return Math.max(0, answer.wakeAt - answer.now)
    }
    for (const _ of [1, 2]) {
      worker(advance)
      drainer()
    }
    for (let n = 0; n < 2_000; n += 20)
      await Promise.all(Array.from({ length: 20 }, () => wish(ids[Math.floor(dice() * ids.length)]!)))
    const noneNudged = async () => (await journal.nudged('0', 10)).items.length === 0
    const allAsleep = async () => (await queue.counts())['delayed'] === ids.length
    await until(
      'no nudge is left and all sleep',
      async () => {
        return (await noneNudged()) && (await allAsleep()) && (await noneNudged())
      },
      100_000,
    )
    expect(heard).toEqual(sent)
    expect(middle).toBeGreaterThan(500)
  }, 120_000)

  test('a delayed job is promoted, a missing one added, a waiting one left; no nudge is removed', async () => {
    const [missing, waiting, delayed] = [await put(), await put(), await put()]
    await queue.add(delayed)
    const sleeper = worker(async () => HOUR_MS)
    await until('one sleeps', async () => (await queue.state(delayed)) === 'delayed')
    await sleeper.close(5_000)
    await queue.add(waiting)
    const drain = openDrain({ journal, queue })
    expect(await drain()).toEqual({ seen: 3, promoted: 1, added: 1 })
    for (const id of [missing, waiting, delayed]) expect(await queue.state(id)).toBe('waiting')
    expect((await journal.nudged('0', 10)).items).toHaveLength(3)
  })

  test('who was woken is left alone until it moved, was wished for again, or 5 seconds passed', async () => {
    const id = await put()
    let nowMs = 0
    let asked = 0
    const sleepy = {
      add: queue.add,
      has: queue.has,
      promote: async () => {
        asked++
        return true
      },
    }
    const drain = openDrain({ journal, queue: sleepy, now: () => nowMs })
    const promoted = async () => (await drain()).promoted
    expect([await promoted(), await promoted(), await promoted()]).toEqual([1, 0, 0])
    expect(asked).toBe(1)
    await journal.nudge([id])
    expect([await promoted(), await promoted()]).toEqual([1, 0])
    nowMs = 5_000
    expect([await promoted(), await promoted()]).toEqual([1, 0])
    // Closed and wished for again: the count is one it had before, the version is not.
    await close(id)
    await journal.nudge([id])
    await journal.nudge([id])
    expect([await promoted(), await promoted()]).toEqual([1, 0])
  })

  test('nudges that cannot be cleared do not keep the others from being seen', async () => {
    const stuck = await Promise.all(Array.from({ length: 300 }, () => put()))
    const seen = new Set<MigrationId>()
    const drain = openDrain({
      journal,
      queue: {
        add: queue.add,
        promote: queue.promote,
        has: async (id) => {
          seen.add(id)
          return true
        },
      },
      max: 20,
    })
    for (let pass = 0; pass < 60; pass++) await drain()
    expect(seen.size).toBe(stuck.length)
  })

  test('the nudge of a migration without a record is forgotten and gets no job', async () => {
    const nobody = anId()
    expect(await journal.nudge([nobody])).toBe(0)
    await it.redis.zadd('{snapferry}:nudges', 1, nobody)
    await openDrain({ journal, queue })()
    expect((await journal.nudged('0', 10)).items).toEqual([])
    expect(await queue.state(nobody)).toBe('absent')
  })

  test('with the queue obliterated every query answers as before and every unfinished migration goes on', async () => {
    const ids = await Promise.all(Array.from({ length: 60 }, () => put()))
    const ended = new Set<MigrationId>()
    const advance: Advance = async (id) => {
      const before = (await journal.read(id))!
      const steps = before.record.events
      const next = { ...running(before.record), events: steps + 1 }
      const after = steps < 4 ? next : succeeded(next)
      await journal.append(aChange(before, { after, events: [anEvent(`step ${steps}`)] }))
      if (steps >= 4) ended.add(id)
      return steps >= 4 ? 'ended' : HOUR_MS
    }
    const half = ids.slice(0, 30)
    for (const id of half) for (let n = 0; n < 4; n++) await advance(id, quiet.signal, 0)
    const answers = async () => ({
      lists: await Promise.all(
        (['queued', 'running', 'succeeded'] as const).map((state) => journal.list({ state, pageSize: 100 })),
      ),
      events: await Promise.all(ids.map((id) => journal.events(id, 0, 100))),
      counts: await journal.counts(),
    })
    for (const id of ids) await queue.add(id)
    const before = await answers()
    await queue.obliterate()
    expect(await answers()).toEqual(before)
    expect(before.counts).toMatchObject({ queued: 30, succeeded: 30 })

    worker(async (id, signal, crashes) => {
      await advance(id, signal, crashes)
      return ended.has(id) ? 'ended' : 0
    })
    drainer()
    await reconciler({ journal, queue }).run(quiet.signal)
    await until('all have ended', async () => (await journal.counts()).succeeded === ids.length)
    for (const id of half) expect(await journal.events(id, 0, 100)).toHaveLength(5)
  })

  test('the reconciler wakes who has no job or overslept by a minute, and nobody else', async () => {
    const [lost, overslept, sleeping, waiting, over] = await Promise.all([put(), put(), put(), put(), put()])
    const sleeper = worker(async () => HOUR_MS)
    for (const id of [overslept, sleeping]) await queue.add(id)
    await until('two sleep', async () => (await queue.counts())['delayed'] === 2)
    await sleeper.close(5_000)
    await queue.add(waiting)
    const { now } = await journal.clock()
    const wakeAt = (ms: number) => ({
      pulse: { wakeAt: now + ms, plannedMs: ms, waitedMs: 0, looks: 0, why: null },
    })
    for (const id of [lost, overslept, waiting]) await close(id, wakeAt(1_000))
    await close(sleeping, wakeAt(HOUR_MS))
    await close(over, { after: succeeded((await journal.read(over))!.record) })
    await journal.setClock(62_000)
    await reconciler({ journal, queue }).run(quiet.signal)
    await journal.setClock(0)
    const nudged = (await journal.nudged('0', 10)).items.map((item) => item.id)
    expect(new Set(nudged)).toEqual(new Set([lost, overslept]))
  })

  test('what was left or kept wakes its ended migration when it is due', async () => {
    const kept = await put()
    const bare = await put()
    const { now } = await journal.clock()
    const thing = { what: 'image', id: 'k', region: regionOf(zone('fr-par-1')), bucket: 'b' } as const
    const item: Item = { thing, round: 1, at: now, state: 'kept', untilMs: now + 60_000 }
    const ledger = [item]
    await close(kept, { after: succeeded((await journal.read(kept))!.record, { ledger }) })
    await close(bare, { after: succeeded((await journal.read(bare))!.record) })
    const due = wakeDue(journal)
    await due.run(quiet.signal)
    expect((await journal.nudged('0', 10)).items).toEqual([])
    await journal.setClock(61_000)
    await due.run(quiet.signal)
    await journal.setClock(0)
    expect((await journal.nudged('0', 10)).items).toMatchObject([{ id: kept, nudges: 1 }])
    const gone: Item[] = [{ ...item, state: 'removed' }]
    await close(kept, { after: succeeded((await journal.read(kept))!.record, { ledger: gone }) })
    expect(await journal.dueBy(now + HOUR_MS, 10)).toEqual([])
  })
})

/** Dice in [0, 1) from a seed (mulberry32). */
function diceOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
