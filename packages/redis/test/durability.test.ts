import { aChange, aMigration, anEvent, created, running, succeeded } from '@snapferry/journal-laws'
import type { Event, MigrationId } from '@snapferry/migration'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clockSkewMs, keyOf, openJournal, openRedis, untilReady } from '../src/index.ts'
import { startTestRedis, type TestRedis } from './test-redis.ts'

describe('what the journal was told', () => {
  let it: TestRedis
  beforeAll(async () => {
    it = await startTestRedis({ aof: true })
  })
  afterAll(() => it.close())

  test('after SIGKILL of Redis every event is the same, one by one, and nothing is half written', async ({
    task,
  }) => {
    const outcome = 'every event is there, none is half written'
    task.meta.faults = [{ step: 'any', fault: 'redis restarted', outcome }]
    const redis = openRedis(it.own.url, 'requests')
    await untilReady(redis, 10_000)
    const journal = openJournal(redis, { install: 'tests', sandbox: false, leftoverRetryMs: 1 })
    const told = new Map<MigrationId, Event[]>()
    const finish = async () => {
      const m = aMigration()
      const first = created(m)
      if ((await journal.create(m, first, null)).outcome !== 'created') throw new Error('not created')
      told.set(m.id, [first])
      for (let n = 0; n < 8; n++) {
        const before = (await journal.read(m.id))!
        const events = [anEvent(`${n} a`), anEvent(`${n} b`)]
        const record = { ...running(before.record), events: before.record.events + 2 }
        const after = n < 7 ? record : succeeded(record)
        await journal.append(aChange(before, { after, events }))
        told.get(m.id)!.push(...events)
      }
    }
    const finished = 100
    for (let n = 0; n < finished; n += 20) await Promise.all(Array.from({ length: 20 }, finish))
    const midway = Promise.allSettled(Array.from({ length: 50 }, finish))
    await it.redis.ping()
    await it.own.kill()
    expect((await midway).some((one) => one.status === 'rejected')).toBe(true)
    await it.own.restart()

    let whole = 0
    for (const [id, events] of told) {
      const now = await it.journal.events(id, 0, 1_000)
      expect(now.slice(0, events.length)).toEqual(events)
      // An append that was not answered may have happened, then whole: its two events, and the record that counts them.
      expect([0, 2]).toContain(now.length - events.length)
      const { record, pulse } = (await it.journal.read(id))!
      expect(record.events).toBe(now.length)
      expect(pulse.v).toBe((now.length - 1) / 2 + 1)
      if (record.state === 'succeeded') whole++
    }
    expect(whole).toBeGreaterThanOrEqual(finished)
    expect((await it.journal.counts()).succeeded).toBe(whole)
    redis.disconnect()
  })

  test('every event stands in the live stream too, in the order of its migration', async () => {
    const m = aMigration()
    await it.journal.create(m, created(m), null)
    await it.journal.append(aChange((await it.journal.read(m.id))!, { events: [anEvent('a'), anEvent('b')] }))
    const entries = await it.redis.xrevrange(keyOf.live, '+', '-', 'COUNT', 3)
    const fields = entries.reverse().map(([, [, id, , n, , event]]) => ({ id, n, event: JSON.parse(event!) }))
    const events = await it.journal.events(m.id, 0, 10)
    expect(fields).toEqual(events.map((event, at) => ({ id: m.id, n: `${at + 1}`, event })))
  })

  test('the clock is that of Redis, and only a sandbox can move it', async () => {
    const [seconds] = await it.redis.time()
    const { now } = await it.journal.clock()
    expect(Math.abs(now - Number(seconds) * 1_000)).toBeLessThan(60_000)
    expect(Math.abs(await clockSkewMs(it.redis))).toBeLessThan(1_000)
    await it.journal.setClock(3_600_000_000)
    expect((await it.journal.clock()).now - now).toBeGreaterThanOrEqual(3_600_000_000)
    const armed = openJournal(it.redis, { install: 'tests', sandbox: false, leftoverRetryMs: 1 })
    expect((await armed.clock()).now - now).toBeLessThan(3_600_000_000)
    await expect(armed.setClock(0)).rejects.toThrow(/sandbox/)
    await expect(it.journal.setClock(Number.NaN)).rejects.toThrow(RangeError)
    await it.journal.setClock(0)
  })

  test('a migration of another installation is not taken', async () => {
    const m = aMigration({ plan: { install: 'another' } })
    await expect(it.journal.create(m, created(m), null)).rejects.toThrow(/another/)
    expect(await it.journal.read(m.id)).toBeNull()
  })
})
