import { keyOf } from '@snapferry/redis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { callsOf, openGate } from '../src/gate.ts'
import { advance, type Ferry } from '../src/index.ts'
import { elsewhere, history, importing, openStage, reading, type Stage } from './stage.ts'

let it: Stage
beforeAll(async () => {
  it = await openStage()
})
beforeEach(() => it.reset())
afterAll(() => it.close())

const never = new AbortController().signal

/** The stage's ferry behind a gate of so many calls a second, and how often it asked for a turn. */
function behindGate(perSecond: number | null) {
  const asked: number[] = []
  const gate = openGate({
    calls: {
      turn: (wanted) => {
        asked.push(wanted.calls)
        return it.journal.calls.turn(wanted)
      },
    },
    rates: () => (perSecond === null ? {} : { default: perSecond }),
    perSecondUnset: null,
    // The loop that settles what is owed rests; a short wait is over at once.
    timer: (ms, ring) => {
      if (ms < 1_000) ring()
      return () => {}
    },
    onError: (error) => {
      throw error
    },
  })
  const ferry: Ferry = { ...it.ferry, gate }
  return { ferry, gate, asked, tick: (id: Parameters<typeof advance>[0]) => advance(id, ferry, never) }
}

/** A migration that has to look before it imports: another Redis may have forgotten what it did. */
const looker = async () => (await importing(it, { redisRun: 'another' })).record.id
const setRate = (rate: number) => it.redis.hset(keyOf.callRates, 'default', String(rate))

describe('a tick behind the gate', () => {
  test('whose turn has not come calls nobody, records no event, and sleeps until then', async () => {
    await setRate(1)
    const { tick, asked } = behindGate(1)
    const ids = [await looker(), await looker(), await looker(), await looker()]
    const sleeps: unknown[] = []
    for (const id of ids) sleeps.push(await tick(id))
    const turns = await Promise.all(ids.map(async (id) => (await reading(it, id)).pulse.turnAt ?? null))
    const away = ids.filter((_, at) => turns[at] !== null)
    expect([asked.length, away.length > 0, turns[0]]).toEqual([4, true, null])
    for (const id of away) {
      const { pulse, now, record } = await reading(it, id)
      expect(pulse.wakeAt).toBe(pulse.turnAt)
      expect(pulse.wakeAt).toBeGreaterThan(now)
      expect([await history(it, record), record.events]).toEqual([['created'], 1])
    }
    expect(turns.filter((turn) => turn !== null)).toEqual(
      turns.filter((turn) => turn !== null).toSorted((a, b) => a - b),
    )
    expect(it.cloud.looked).toBeLessThanOrEqual(10)
  })

  test('goes at its turn without asking again, and the wait is over', async () => {
    await setRate(1)
    const { tick, asked } = behindGate(1)
    await tick(await looker())
    await tick(await looker())
    const id = await looker()
    await tick(id)
    const { turnAt = 0 } = (await reading(it, id)).pulse
    const [before, looked] = [asked.length, it.cloud.looked]
    await it.freeze(turnAt - (await it.journal.clock()).now + 1)
    await tick(id)
    expect([asked.length, it.cloud.looked > looked]).toEqual([before, true])
    expect((await reading(it, id)).pulse.turnAt).toBeUndefined()
  })

  test('that is nudged before its turn keeps it: the nudge is granted there', async () => {
    await setRate(1)
    const { tick, asked } = behindGate(1)
    await tick(await looker())
    await tick(await looker())
    const id = await looker()
    await tick(id)
    const { turnAt } = (await reading(it, id)).pulse
    const before = asked.length
    await elsewhere(it, id, { type: 'cancel-requested', by: 'me' })
    await it.journal.nudge([id])
    const looked = it.cloud.looked
    expect(await tick(id)).toBeGreaterThan(0)
    const after = await reading(it, id)
    expect([after.pulse.turnAt, after.nudges, it.cloud.looked, asked.length]).toEqual([
      turnAt,
      0,
      looked,
      before,
    ])
  })

  test('that was late by more than ten seconds asks anew: an outage lets nobody go all at once', async () => {
    await setRate(1)
    const { tick, asked } = behindGate(1)
    const ids = await Promise.all(Array.from({ length: 12 }, looker))
    for (const id of ids) await tick(id)
    await it.freeze(3_600_000)
    const [before, looked] = [asked.length, it.cloud.looked]
    for (const id of ids) await tick(id)
    const calls = Math.max(...asked)
    expect(asked.length).toBeGreaterThan(before)
    expect(it.cloud.looked - looked).toBeLessThanOrEqual(10 + 2 * calls)
  })

  test('costs no question more where no limit is set', async () => {
    const commands = async (run: () => Promise<unknown>) => {
      const read = async () =>
        Number(/total_commands_processed:(\d+)/.exec(await it.redis.info('stats'))?.[1])
      const before = await read()
      await run()
      return (await read()) - before
    }
    const { tick, asked } = behindGate(null)
    const [one, other] = [await looker(), await looker()]
    const without = await commands(() => advance(one, it.ferry, never))
    expect([await commands(() => tick(other)), asked]).toEqual([without, []])
  })
})

describe('a fleet behind the gate', () => {
  test('never looks more often than its limit allows, whatever the order in which it wakes; all get through', async () => {
    const RATE = 5
    await setRate(RATE)
    const { ferry, asked } = behindGate(RATE)
    const done: { at: number; calls: number }[] = []
    const gate: Ferry['gate'] = {
      enter: async (look) => {
        const turnAt = await ferry.gate!.enter(look)
        const { now } = await it.journal.clock()
        if (turnAt === null) done.push({ at: now, calls: callsOf(look.question) })
        return turnAt
      },
    }
    const waiting = new Set(await Promise.all(Array.from({ length: 30 }, looker)))
    const started = (await it.journal.clock()).now
    for (let step = 0; waiting.size > 0 && step < 2_000; step++) {
      // Whoever is due, in an order that changes with each step.
      const ids = [...waiting].toSorted((a, b) =>
        a.charCodeAt(5 + (step % 20)) < b.charCodeAt(5 + (step % 20)) ? -1 : 1,
      )
      for (const id of ids) {
        const { pulse, now } = await reading(it, id)
        if (pulse.wakeAt > now) continue
        const before = done.length
        await advance(id, { ...ferry, gate }, never)
        if (done.length > before) waiting.delete(id)
      }
      await it.freeze(50)
    }
    expect(waiting.size).toBe(0)
    const total = done.reduce((sum, { calls }) => sum + calls, 0)
    for (const windowMs of [1_000, 5_000, 20_000])
      for (const { at: from } of done) {
        const within = done.filter(({ at }) => at >= from && at <= from + windowMs)
        const calls = within.reduce((sum, one) => sum + one.calls, 0)
        // A step of the clock, and a turn that is waited for in the process, may move one look.
        expect(calls).toBeLessThanOrEqual((RATE * (windowMs + 400)) / 1_000 + 10)
      }
    expect(done.at(-1)!.at - started).toBeLessThanOrEqual((total / RATE) * 1_000 + 2_000)
    // Each asked once: who was given a turn did not have to ask again.
    expect(asked.length).toBe(30)
  })
})
