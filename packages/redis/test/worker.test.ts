import { anId } from '@snapferry/journal-laws'
import type { MigrationId } from '@snapferry/migration'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type Advance,
  type MigrationQueue,
  openQueue,
  startWorker,
  TAG,
  type WorkerHandle,
  type WorkerOptions,
} from '../src/index.ts'
import { startTestRedis, type TestRedis } from './test-redis.ts'
import { until } from './until.ts'

describe('a worker', () => {
  let it: TestRedis
  let queue: MigrationQueue
  beforeAll(async () => {
    it = await startTestRedis()
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

  let running: WorkerHandle | null = null
  const handedBack: MigrationId[] = []
  const errors: unknown[] = []
  const start = (advance: Advance, o: Partial<WorkerOptions> = {}): WorkerHandle => {
    handedBack.length = 0
    errors.length = 0
    running = startWorker({
      url: it.own.url,
      concurrency: 20,
      advance,
      onHandBack: (id) => handedBack.push(id),
      onError: (error) => errors.push(error),
      ...o,
    })
    return running
  }
  afterEach(async () => {
    await running?.close(500)
  })
  const connections = async () =>
    String(await it.redis.client('LIST'))
      .trim()
      .split('\n').length
  /** Watches the lock of a job until it is renewed, or gone. */
  const isRenewed = async (id: MigrationId): Promise<boolean> => {
    for (let least = Number.POSITIVE_INFINITY; ; ) {
      const leftMs = await it.redis.pttl(`${TAG}:migrations:${id}:lock`)
      if (leftMs < 0 || leftMs > least) return leftMs > 0
      least = leftMs
    }
  }
  const jobs = async () => Object.values(await queue.counts()).reduce((sum, count) => sum + count, 0)

  test('a job whose tick says ended disappears, and its id may be added again', async () => {
    const id = anId()
    let ticks = 0
    const worker = start(async () => {
      ticks++
      return 'ended'
    })
    for (const round of [1, 2]) {
      await queue.add(id)
      await until('the job is gone', async () => ticks === round && (await queue.state(id)) === 'absent')
    }
    expect(await worker.close(5_000)).toBe('finished')
    expect(await jobs()).toBe(0)
  })

  test('adding a job twice leaves one, in whatever state it is', async () => {
    const id = anId()
    await queue.add(id)
    await queue.add(id)
    expect(await jobs()).toBe(1)
    const worker = start(async () => 3_600_000)
    await until('it sleeps', async () => (await queue.state(id)) === 'delayed')
    await queue.add(id)
    expect(await queue.state(id)).toBe('delayed')
    expect(await jobs()).toBe(1)
    await worker.close(5_000)
  })

  test('short sleeps run one at a time per migration, and the lock of the run after is kept', async () => {
    const ids = Array.from({ length: 20 }, () => anId())
    const ticks = new Map<MigrationId, number>(ids.map((id) => [id, 0]))
    const inside = new Set<MigrationId>()
    let [overlaps, locksLost] = [0, 0]
    const worker = start(
      async (id) => {
        if (inside.has(id)) overlaps++
        inside.add(id)
        const done = (ticks.get(id) ?? 0) + 1
        ticks.set(id, done)
        // The last run is long enough to see its lock renewed; BullMQ would have forgotten it had the run before lingered.
        if (done === 25 && !(await isRenewed(id))) locksLost++
        await it.redis.ping()
        inside.delete(id)
        return done === 25 ? 'ended' : done % 4
      },
      { lockMs: 2_000, stalledCheckMs: 500 },
    )
    for (const id of ids) await queue.add(id)
    await until('all have ended', async () => (await jobs()) === 0)
    expect([...ticks.values()]).toEqual(ids.map(() => 25))
    expect({ overlaps, locksLost, handedBack, errors }).toEqual({
      overlaps: 0,
      locksLost: 0,
      handedBack: [],
      errors: [],
    })
    await worker.close(5_000)
  })

  test.each([
    // The only place is taken by the run that lost its lock: it learns so when its lock cannot be renewed.
    { by: 'the renewal', settings: { concurrency: 1, lockMs: 1_000, stalledCheckMs: 300 } },
    // There is room for another run before the lock would be renewed: the new run sends the old one away.
    { by: 'the run after', settings: { concurrency: 20, lockMs: 4_000, stalledCheckMs: 100 } },
  ])(
    'a lost lock aborts the tick ($by), the job is handed back and the next run counts the crash',
    async ({ settings }) => {
      const id = anId()
      const crashesSeen: number[] = []
      let aborted = 0
      const worker = start(async (_id, signal, crashes) => {
        crashesSeen.push(crashes)
        if (crashes > 0) return 'ended'
        await it.redis.del(`${TAG}:migrations:${id}:lock`)
        await untilAborted(signal)
        aborted++
        return 60_000
      }, settings)
      await queue.add(id)
      await until('the second run has ended it', async () => (await queue.state(id)) === 'absent')
      await until('the first has given up', () => aborted === 1 && handedBack.length === 1)
      expect(handedBack).toEqual([id])
      expect(crashesSeen).toEqual([0, 1])
      await worker.close(5_000)
    },
  )

  test('a job counts each death of its worker for as long as it lives, and no number of them fails it', async () => {
    const id = anId()
    const crashesSeen: number[] = []
    const turns: ('lose the lock' | number | 'ended')[] = [
      'lose the lock',
      'lose the lock',
      60_000, // woken by a promote
      0, // by its own time
      'lose the lock',
      'ended',
      // A new job of the same id:
      'ended',
    ]
    const worker = start(
      async (_id, signal, crashes) => {
        const turn = turns[crashesSeen.push(crashes) - 1] ?? 'ended'
        if (turn !== 'lose the lock') return turn
        await it.redis.del(`${TAG}:migrations:${id}:lock`)
        await untilAborted(signal)
        return 60_000
      },
      { concurrency: 5, lockMs: 2_000, stalledCheckMs: 50 },
    )
    await queue.add(id)
    await until('it sleeps', async () => crashesSeen.length === 3 && (await queue.state(id)) === 'delayed')
    await queue.promote(id)
    await until('it is gone', async () => (await queue.state(id)) === 'absent')
    expect(crashesSeen).toEqual([0, 1, 2, 2, 2, 3])
    await queue.add(id)
    await until('it is gone again', async () => (await queue.state(id)) === 'absent')
    expect(crashesSeen.at(-1)).toBe(0)

    // The counter as it would stand after very many deaths: the job is still run, not failed.
    const old = anId()
    turns.splice(0, turns.length)
    await worker.pause()
    await queue.add(old)
    await it.redis.hset(`${TAG}:migrations:${old}`, 'stc', '999998')
    await worker.resume()
    await until('it has run', async () => (await queue.state(old)) === 'absent')
    expect(crashesSeen.at(-1)).toBe(999_998)
    expect(errors.filter((error) => String(error).includes('stalled more than'))).toEqual([])
    await worker.close(5_000)
  })

  test('a job that vanished under its tick is handed back', async () => {
    const id = anId()
    const worker = start(async () => {
      await queue.obliterate()
      return 1_000
    })
    await queue.add(id)
    await until('it is handed back', () => handedBack.length === 1)
    expect(await jobs()).toBe(0)
    await worker.close(5_000)
  })

  test('a tick that throws is told and its job tried again later', async () => {
    const id = anId()
    const worker = start(async () => {
      throw new Error('a defect')
    })
    await queue.add(id)
    await until('it sleeps', async () => (await queue.state(id)) === 'delayed')
    await until('it is told', () => errors.length === 1)
    expect(errors).toMatchObject([{ message: 'a defect' }])
    expect(await queue.promote(id)).toBe(true)
    await until('it was tried again', () => errors.length === 2)
    await worker.close(5_000)
  })

  test('paused, it takes no tick, however often it is paused; resumed, it takes what came meanwhile', async () => {
    const ticked: MigrationId[] = []
    const worker = start(async (id) => {
      ticked.push(id)
      return 'ended'
    })
    const [before, meanwhile] = [anId(), anId()]
    await worker.ready()
    await queue.add(before)
    await until('it ticks', () => ticked.length === 1)
    // The question for the next job is under way: BullMQ would still run what it is answered with.
    await until('it asks', async () =>
      / flags=b .* cmd=bzpopmin /.test(String(await it.redis.client('LIST'))),
    )
    await worker.pause()
    await worker.pause()
    expect(worker.isRunning()).toBe(false)
    await queue.add(meanwhile)
    for (let asked = 0; asked < 200; asked++) await it.redis.ping()
    expect([ticked, await queue.state(meanwhile)]).toEqual([[before], 'waiting'])
    await worker.resume()
    await worker.resume()
    await until('it has caught up', () => ticked.length === 2)
    expect(worker.isRunning()).toBe(true)
    expect(await worker.close(5_000)).toBe('finished')
    await worker.resume()
    expect(worker.isRunning()).toBe(false)
  })

  test('closing aborts the ticks under way and waits for them', async () => {
    const id = anId()
    let runs = 0
    const worker = start(async (_id, signal) => {
      runs++
      await untilAborted(signal)
      return 60_000
    })
    await queue.add(id)
    await until('it runs', () => runs === 1)
    expect(await worker.close(10_000)).toBe('finished')
    expect(await queue.state(id)).toBe('delayed')
  })

  const locks = () => it.redis.keys(`${TAG}:migrations:*:lock`)
  /** Ends all jobs by a worker whose locks outlast this test: only what was given back reaches it. Answers their crashes. */
  const takenOver = async (): Promise<readonly number[]> => {
    const crashesSeen: number[] = []
    const other = startWorker({
      url: it.own.url,
      concurrency: 5,
      ...{ lockMs: 600_000, stalledCheckMs: 600_000 },
      advance: async (_id, _signal, crashes) => {
        crashesSeen.push(crashes)
        return 'ended'
      },
      onHandBack: () => {},
      onError: (error) => errors.push(error),
    })
    await until('all have run elsewhere', async () => (await jobs()) === 0)
    expect(await other.close(5_000)).toBe('finished')
    return crashesSeen
  }

  test('at its deadline it gives back what does not end: no lock stays, and another worker runs it at once', async () => {
    const ids = [anId(), anId(), anId()]
    let letGo = () => {}
    const stuck = new Promise<void>((resolve) => {
      letGo = resolve
    })
    let late: number | 'ended' = 0
    const worker = start(
      async (id) => {
        await stuck
        return id === ids[0] ? late : 60_000
      },
      { lockMs: 600_000, stalledCheckMs: 600_000 },
    )
    for (const id of ids) await queue.add(id)
    await until('all run', () => worker.life().underWay === 3)
    expect(await worker.close(50)).toBe('handed-back')
    expect(await locks()).toEqual([])
    expect(await queue.counts()).toMatchObject({ active: 0, waiting: 3, delayed: 0 })
    expect(await takenOver()).toEqual([0, 0, 0])
    // The ticks end after all, when nobody waits for them any more.
    late = 'ended'
    letGo()
    expect(await jobs()).toBe(0)
  })

  test('a tick that ends in the moment its job is given back changes nothing for the others', async () => {
    const id = anId()
    let letGo = () => {}
    const stuck = new Promise<void>((resolve) => {
      letGo = resolve
    })
    const worker = start(
      async () => {
        await stuck
        return 60_000
      },
      { lockMs: 600_000, stalledCheckMs: 600_000 },
    )
    await queue.add(id)
    await until('it runs', () => worker.life().underWay === 1)
    const closing = worker.close(1)
    setImmediate(letGo)
    await closing
    expect(await locks()).toEqual([])
    expect(await jobs()).toBe(1)
    await queue.promote(id)
    expect(await takenOver()).toEqual([0])
  })

  test('what it was given while it began to close goes back, and its tick is never begun', async () => {
    const ids = Array.from({ length: 200 }, () => anId())
    for (const id of ids) await queue.add(id)
    let [begun, closed] = [0, false]
    const late: MigrationId[] = []
    let closing: Promise<unknown> | null = null
    const worker = start(
      async (id) => {
        if (closed) late.push(id)
        begun++
        return 60_000
      },
      { concurrency: 50, lockMs: 600_000, stalledCheckMs: 600_000 },
    )
    await until('some have begun', () => {
      if (begun === 0) return false
      closed = true
      closing = worker.close(20_000)
      return true
    })
    expect(await closing).toBe('finished')
    expect(late).toEqual([])
    expect(await locks()).toEqual([])
    expect(await queue.counts()).toMatchObject({ active: 0, waiting: 200 - begun, delayed: begun })
  })

  test('idle, it closes soon although Redis is away, however long its ticks might have taken', async () => {
    const worker = start(async () => 'ended')
    await worker.ready()
    await it.own.kill()
    const ending = await worker.close(3_600_000)
    await it.own.restart()
    // What BullMQ makes of its own connections then differs; that there is no tick to be cut does not.
    expect(['finished', 'cut']).toContain(ending)
  })

  test('closing ends at its deadline when Redis is away', async () => {
    const id = anId()
    let runs = 0
    const worker = start(async (_id, signal) => {
      runs++
      await untilAborted(signal)
      return 60_000
    })
    await queue.add(id)
    await until('it runs', () => runs === 1)
    await it.own.kill()
    expect(await worker.close(300)).toBe('cut')
    await it.own.restart()
    await queue.close()
    await until('only the test itself is connected again', async () => (await connections()) === 1)
  })

  test('its life shows each tick and each trouble, and whether it is on duty', async () => {
    const seen: number[] = []
    const worker = start(async () => {
      seen.push(worker.life().underWay)
      throw new Error('a defect')
    })
    await worker.ready()
    const before = worker.life()
    expect(before).toMatchObject({ isOnDuty: true, underWay: 0 })
    await queue.add(anId())
    await until('it is told', () => errors.length === 1)
    expect(seen).toEqual([1])
    await until('it is over', () => worker.life().underWay === 0)
    expect(worker.life().signs).toBe(before.signs + 3)
    await worker.pause()
    expect(worker.life().isOnDuty).toBe(false)
    await worker.resume()
    expect(worker.life().isOnDuty).toBe(true)
    await worker.close(5_000)
    expect(worker.life().isOnDuty).toBe(false)
  })

  test('goes on by itself when Redis was away', async () => {
    let ticks = 0
    const worker = start(async () => {
      ticks++
      return 'ended'
    })
    await worker.ready()
    await it.own.kill()
    await it.own.restart()
    await until('a job is added', () => queue.add(anId()))
    await until('it has run', () => ticks === 1)
    await worker.close(5_000)
  })
})

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
}
