import {
  aChange,
  aMigration,
  anEvent,
  anId,
  created,
  parked,
  running,
  succeeded,
} from '@snapferry/journal-laws'
import type { MigrationId, Raise, Reading } from '@snapferry/migration'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  holdChore,
  keyOf,
  type MigrationQueue,
  openJournal,
  openQueue,
  openRedis,
  type RedisJournal,
  reconciler,
} from '../src/index.ts'
import { startTestRedis, type TestRedis } from './test-redis.ts'
import { until } from './until.ts'

const SLOT = 'slot:export'
const ZONE = 'slot:export@zone=fr-par-1'

let it: TestRedis
let journal: RedisJournal
let queue: MigrationQueue
beforeAll(async () => {
  it = await startTestRedis()
  journal = it.journal
  queue = openQueue(it.own.url)
  await until('the queue answers', () => queue.add(anId()))
})
beforeEach(() => it.empty())
afterAll(async () => {
  await queue.close()
  await it.close()
})

const put = async (m = aMigration({ facts: { sizeBytes: 5e9 } })): Promise<MigrationId> => {
  await journal.create(m, created(m), null)
  return m.id
}
const read = async (id: MigrationId): Promise<Reading> => (await journal.read(id))!
const sit = async (id: MigrationId, by = journal) => {
  const before = (await by.read(id))!
  return await by.append(
    aChange(before, { after: running(before.record, [SLOT, ZONE]), events: [anEvent()] }),
  )
}
const use = async (slot = SLOT) => (await journal.budgets.list()).find((one) => one.slot === slot)
const naming = async (ids: readonly MigrationId[]) => {
  const records = await Promise.all(ids.map(async (id) => (await read(id)).record))
  return records.filter(({ claims }) => claims.includes(SLOT)).map(({ id }) => id)
}
const seated = async () =>
  (await journal.budgets.page('0')).items.filter(([slot]) => slot === SLOT).map(([, by]) => by)

/** The journal of another worker: a connection of its own. */
function another() {
  const redis = openRedis(it.own.url, 'worker')
  return { redis, journal: openJournal(redis, { install: 'tests', sandbox: true, leftoverRetryMs: 1 }) }
}

describe('workers that race for the last places', () => {
  test('take as many as there are, whoever asks first', async () => {
    await journal.budgets.set(SLOT, { concurrent: 3, bytes: null })
    const ids = await Promise.all(Array.from({ length: 20 }, () => put()))
    const workers = [another(), another()]
    const answers = await Promise.all(ids.map((id, at) => sit(id, workers[at % 2]!.journal)))
    for (const { redis } of workers) redis.disconnect()
    const outcomes = answers.map(({ outcome }) => outcome)
    expect([outcomes.filter((one) => one === 'appended').length, new Set(outcomes)]).toEqual([
      3,
      new Set(['appended', 'full']),
    ])
    expect(await use()).toMatchObject({ used: 3, usedBytes: 15e9, waiting: 17 })
    expect((await seated()).toSorted()).toEqual((await naming(ids)).toSorted())
  })

  test('and die while they ask: each place is taken with its record, or neither is', async () => {
    await journal.budgets.set(SLOT, { concurrent: 5, bytes: null })
    const ids = await Promise.all(Array.from({ length: 12 }, () => put()))
    const worker = another()
    const before = await Promise.all(ids.map(async (id) => (await worker.journal.read(id))!))
    const asked = before.map((reading) =>
      worker.journal.append(aChange(reading, { after: running(reading.record, [SLOT, ZONE]) })),
    )
    // Dead as soon as the first has an answer: the others are on their way, or were never sent.
    await Promise.race(asked)
    worker.redis.disconnect()
    await Promise.allSettled(asked)
    const named = await naming(ids)
    expect((await seated()).toSorted()).toEqual(named.toSorted())
    expect([named.length > 0, named.length <= 5]).toEqual([true, true])
    for (const id of ids.filter((one) => !named.includes(one))) await sit(id)
    expect(await use()).toMatchObject({ used: 5 })
  })
})

describe('the reconciler and the table of places', () => {
  const reconcile = () => reconciler({ journal, queue }).run(new AbortController().signal)
  /** A place in the table that no append ever took. */
  const steal = async (by: MigrationId) => {
    await it.redis.hset(keyOf.slots, `${SLOT}\n${by}`, '7')
    await it.redis.hincrby(keyOf.slots, SLOT, 1)
    await it.redis.hincrby(keyOf.slots, `${SLOT}\n`, 7)
  }

  test.each([
    { who: 'nobody that is known', id: async () => anId() },
    { who: 'a migration that does not name it', id: () => put() },
    {
      who: 'one that is parked',
      id: async () => {
        const before = await read(await put())
        await journal.append(aChange(before, { after: parked(before.record) }))
        return before.record.id
      },
    },
    {
      who: 'one that has ended',
      id: async () => {
        const before = await read(await put())
        await journal.append(aChange(before, { after: succeeded(before.record) }))
        return before.record.id
      },
    },
  ])('a place of $who is freed, and the first in line is woken', async ({ id }) => {
    await journal.budgets.set(SLOT, { concurrent: 1, bytes: null })
    await steal(await id())
    const waiter = await put()
    expect(await sit(waiter)).toMatchObject({ outcome: 'full', used: 1 })
    await queue.add(waiter)
    const { nudges } = await read(waiter)
    await reconcile()
    expect(await use()).toMatchObject({ used: 0, usedBytes: 0 })
    expect((await read(waiter)).nudges).toBe(nudges + 1)
    expect(await sit(waiter)).toMatchObject({ outcome: 'appended' })
  })

  test('places that records name and the table has lost are taken for them, also beyond the limit', async () => {
    const ids = await Promise.all([put(), put(), put()])
    for (const id of ids) await sit(id)
    await it.redis.del(keyOf.slots)
    await journal.budgets.set(SLOT, { concurrent: 1, bytes: null })
    await reconcile()
    expect(await use()).toMatchObject({ used: 3, usedBytes: 15e9, concurrent: 1 })
    expect(await use(ZONE)).toMatchObject({ used: 3, usedBytes: 15e9 })
    await reconcile()
    expect(await use(), 'a second time changes nothing').toMatchObject({ used: 3 })
  })

  test('thousands of places are walked to their end', async () => {
    const id = await put()
    await sit(id)
    for (let n = 0; n < 2_000; n++) await steal(anId())
    await reconcile()
    expect(await use()).toMatchObject({ used: 1, usedBytes: 5e9 })
  })

  test('a place of a record of a later program is left alone', async () => {
    const id = await put()
    await it.redis.hset(
      keyOf.record(id),
      'record',
      JSON.stringify({ id, state: 'cloning', definitionVersion: 99 }),
    )
    await steal(id)
    await reconcile()
    expect(await use()).toMatchObject({ used: 1 })
  })
})

test('the chore of the holds lets one try each minute, and wakes who is left of more than a thousand', async () => {
  const raise: Raise = {
    ...{ name: 'quota:profile/default', kind: 'quota', scope: 'profile/default', stops: 'creates' },
    ...{ act: 'start-import', said: 'no', call: null, requestId: null },
  }
  const ids = await Promise.all(Array.from({ length: 1_050 }, () => put()))
  await journal.append(aChange(await read(ids[0]!), { raise }))
  await Promise.all(ids.map(async (id) => journal.append(aChange(await read(id), { stand: raise.name }))))
  const chore = holdChore(journal, () => 0.5)
  await chore.run(new AbortController().signal)
  expect((await journal.holds.list())[0]?.probe).toBeNull()
  await journal.setClock(60_000)
  await chore.run(new AbortController().signal)
  const { probe } = (await journal.holds.list())[0]!
  expect(ids).toContain(probe)
  await journal.holds.lift(raise.name)
  expect(await journal.holds.standing(raise.name)).toBe(50)
  await chore.run(new AbortController().signal)
  expect(await journal.holds.standing(raise.name)).toBe(0)
  expect(await it.redis.exists(keyOf.lifted)).toBe(0)
})
