import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { keyOf, openLease, startChores } from '../src/index.ts'
import { startTestRedis, type TestRedis } from './test-redis.ts'
import { until } from './until.ts'

describe('chores', () => {
  let it: TestRedis
  beforeAll(async () => {
    it = await startTestRedis()
  })
  beforeEach(() => it.empty())
  afterAll(() => it.close())

  test('a lease is held by one of many, renewed by its holder and let go of by nobody else', async () => {
    const leases = Array.from({ length: 10 }, () => openLease(it.redis, 'sweep', 60_000))
    const kept = await Promise.all(leases.map((lease) => lease.keep()))
    expect(kept.filter(Boolean)).toHaveLength(1)
    const holder = leases[kept.indexOf(true)]!
    for (const lease of leases) if (lease !== holder) await lease.release()
    expect(await holder.keep()).toBe(true)
    await holder.release()
    expect((await Promise.all(leases.map((lease) => lease.keep()))).filter(Boolean)).toHaveLength(1)
  })

  test('of three processes one does the chore; when it is killed another goes on, and never two in turns', async () => {
    const file = fileURLToPath(new URL('./chore-process.ts', import.meta.url))
    const fleet: ChildProcess[] = [1, 2, 3].map(() =>
      spawn(process.execPath, [file, it.own.url], { stdio: 'inherit' }),
    )
    await until('all have started', async () => (await it.redis.llen('started')) === 3)
    const holders: string[] = []
    for (const alive of [3, 2, 1]) {
      expect(fleet.filter((one) => one.exitCode === null && one.signalCode === null)).toHaveLength(alive)
      const done = await it.redis.llen('runs')
      await until('ten more runs', async () => (await it.redis.llen('runs')) >= done + 10)
      const holder = (await it.redis.lindex('runs', -1))!
      holders.push(holder)
      const process = fleet.find((one) => one.pid === Number(holder))!
      const ended = new Promise((resolve) => process.once('exit', resolve))
      process.kill('SIGKILL')
      await ended
    }
    const runs = await it.redis.lrange('runs', 0, -1)
    expect(runs.filter((pid, at) => pid !== runs[at - 1])).toEqual(holders)
    expect(new Set(holders).size).toBe(3)
  })

  test('a run whose lease was lost is told to stop, and the chore waits until the lease is free again', async () => {
    const bell = byHand()
    const told: string[] = []
    const chores = startChores({
      redis: it.redis,
      timer: bell.timer,
      now: () => 0,
      chores: [
        {
          name: 'sweep',
          everyMs: 0,
          run: async (signal) => {
            told.push('began')
            await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
            told.push('stopped')
          },
        },
      ],
    })
    await until('it runs', () => told.length === 1)
    await it.redis.set(keyOf.lease('sweep'), 'another')
    bell.ring()
    await until('it was told', () => told.length === 2)
    bell.ring()
    await it.redis.del(keyOf.lease('sweep'))
    await until('it runs again', () => {
      bell.ring()
      return told.length === 3
    })
    await chores.stop()
    expect(told).toEqual(['began', 'stopped', 'began', 'stopped'])
    expect(await it.redis.get(keyOf.lease('sweep'))).toBeNull()
  })

  test('a chore that throws is told and done again when its time has come, not before', async () => {
    const bell = byHand()
    const errors: unknown[] = []
    let nowMs = 0
    let runs = 0
    const chores = startChores({
      redis: it.redis,
      timer: bell.timer,
      now: () => nowMs,
      onError: (chore, error) => errors.push([chore, error]),
      chores: [
        {
          name: 'janitor',
          everyMs: 60_000,
          run: async () => {
            runs++
            throw new Error('no broom')
          },
        },
      ],
    })
    await until('it is told', () => errors.length === 1)
    nowMs = 59_999
    for (let turns = 0; turns < 3; turns++) await until('a turn', () => bell.ring())
    await until('the last turn is over', () => bell.waits())
    expect(runs).toBe(1)
    nowMs = 60_000
    await until('it is told again', () => bell.ring() || errors.length === 2)
    await until('it is told again', () => errors.length === 2)
    expect(errors[0]).toMatchObject(['janitor', { message: 'no broom' }])
    await chores.stop()
  })
})

/** A timer that the test rings; ringing answers whether somebody was waiting. */
function byHand() {
  let waiting: (() => void) | null = null
  return {
    timer: (_ms: number, ring: () => void) => {
      waiting = ring
      return () => {
        waiting = null
      }
    },
    waits: () => waiting !== null,
    ring: () => {
      const ring = waiting
      waiting = null
      ring?.()
      return ring !== null
    },
  }
}
