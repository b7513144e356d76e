import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { firstRecord, type MigrationId } from '@snapferry/migration'
import {
  type Advance,
  type MigrationQueue,
  openQueue,
  startOwnRedis,
  startWorker,
  type WorkerHandle,
} from '@snapferry/redis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { PATIENCE, startWatchdog } from '../src/watchdog.ts'
import { type FreezingProxy, openFreezingProxy } from './freezing-proxy.ts'
import { anId, aPlan, openStage, reading, type Stage } from './stage.ts'
import { until } from './until.ts'

let it: Stage
let proxy: FreezingProxy
let queue: MigrationQueue
beforeAll(async () => {
  it = await openStage()
})
beforeEach(async () => {
  await it.reset()
  proxy = await openFreezingProxy(it.url)
  queue = openQueue(it.url)
  await until('the queue answers', () => answers(queue))
})
afterEach(async () => {
  await queue.close()
  await proxy.close()
})
afterAll(() => it.close())

const answers = (one: MigrationQueue) =>
  one.counts().then(
    () => true,
    () => false,
  )

/** What a worker says on the connections by which it waits for jobs and fetches them. */
const FETCHING = ['bzpopmin', 'move next job to be processed to active'] as const

describe('the watchdog over a real worker', () => {
  let worker: WorkerHandle
  let ticks: MigrationId[] = []
  const start = async (url: string, advance: Advance = async () => 'ended') => {
    ticks = []
    worker = startWorker({
      url,
      concurrency: 5,
      advance: (...tick) => {
        ticks.push(tick[0])
        return advance(...tick)
      },
      onHandBack: () => {},
      onError: () => {},
    })
    await worker.ready()
    await queue.add(anId())
    await until('it ticks', () => ticks.length === 1 && worker.life().underWay === 0)
  }
  afterEach(() => worker.close(0))

  /** Looks that many times, ten seconds apart by its own clock; answers at which look it told, null when it did not. */
  const look = async (times: number, over: Pick<MigrationQueue, 'takeable'> = queue) => {
    let [atMs, told] = [0, null as number | null]
    const rings: (() => void)[] = []
    const watchdog = startWatchdog({
      ...{ queue: over, worker, patience: PATIENCE, clock: Date.now },
      monotonicMs: () => atMs,
      timer: (_, ring) => {
        rings.push(ring)
        return () => {}
      },
      onStuck: () => {
        told = rings.length + 1
      },
      onError: () => {},
    })
    for (let looks = 1; looks <= times; looks++) {
      await until('it has looked', () => rings.length === looks)
      atMs += PATIENCE.everyMs
      if (looks < times) rings[looks - 1]!()
    }
    await watchdog.stop()
    return told
  }

  test('tells of one whose connections fell silent while a job waits for it', async () => {
    await start(proxy.url)
    expect(await look(30), 'nothing waits').toBeNull()
    proxy.freeze(...FETCHING)
    await queue.add(anId())
    expect(await look(30)).toBe(10)
    expect(ticks).toHaveLength(1)
  })

  test('tells of one whose connections fell silent under ticks, so that BullMQ never hears of their ends', async () => {
    let isOver = () => {}
    const over = new Promise<void>((resolve) => {
      isOver = resolve
    })
    await start(proxy.url, async () => {
      if (ticks.length > 1) await over
      return 60_000
    })
    for (let more = 0; more < 5; more++) await queue.add(anId())
    await until('all places are taken', () => worker.life().underWay === 5)
    await queue.add(anId())
    proxy.freeze(...FETCHING)
    isOver()
    await until('the ticks are over', () => worker.life().underWay === 0)
    expect(await look(30)).toBe(10)
  })

  test('tells nothing of one that is paused for its clock, and nothing when it is resumed', async () => {
    await start(it.url)
    await worker.pause()
    await queue.add(anId())
    expect(await queue.takeable(0)).toBe(1)
    expect(await look(30)).toBeNull()
    await worker.resume()
    await until('it has caught up', () => ticks.length === 2)
    expect(await look(30)).toBeNull()
  })

  test('tells nothing while everything sleeps, however late its records are by a raised clock', async () => {
    await start(it.url, async () => 300_000)
    await it.journal.setClock(7 * 24 * 3_600_000)
    expect(await look(30)).toBeNull()
  })

  test('tells nothing of one in the middle of a long tick, whatever waits for it', async () => {
    let isOver = () => {}
    await start(it.url)
    await worker.close(5_000)
    worker = startWorker({
      url: it.url,
      concurrency: 1,
      advance: async () => {
        await new Promise<void>((resolve) => {
          isOver = resolve
        })
        return 'ended'
      },
      onHandBack: () => {},
      onError: () => {},
    })
    await queue.add(anId())
    await queue.add(anId())
    await until('one runs', () => worker.life().underWay === 1)
    expect(await queue.takeable(0)).toBe(1)
    expect(await look(30)).toBeNull()
    const closing = worker.close(5_000)
    isOver()
    expect(await closing).toBe('finished')
  })

  test('tells nothing while Redis is away', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'snapferry-away-'))
    const own = await startOwnRedis({ dir, aof: false })
    const [direct, elsewhere] = [queue, openQueue(own.url)]
    queue = elsewhere
    await until('the queue answers', () => answers(elsewhere))
    await start(own.url)
    await own.kill()
    expect(await look(30, elsewhere)).toBeNull()
    queue = direct
    await worker.close(0)
    await elsewhere.close()
    await own.stop()
    await rm(dir, { recursive: true })
  })
})

test('a worker process whose fetching hangs says so in one line and ends with a code of its own; a new one goes on', async () => {
  const accepted = async (): Promise<MigrationId> => {
    const id = anId()
    const { now, redisRun } = await it.journal.clock()
    const event = {
      ...({ type: 'created', at: now, id, plan: aPlan(id) } as const),
      ...{ redisRun, retryOf: null, by: 'me' },
    }
    await it.journal.create(firstRecord(event), event, null)
    return id
  }
  const isMoved = async (id: MigrationId) => (await reading(it, id)).pulse.v > 1
  const launch = (redisUrl: string) => {
    const child = spawn(process.execPath, [fileURLToPath(new URL('./tuned-worker.ts', import.meta.url))], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        SNAPFERRY_MODE: 'sandbox',
        // Nobody listens there: the provider is unavailable.
        SNAPFERRY_EMULATOR_URL: 'http://127.0.0.1:9',
        SNAPFERRY_EMULATOR_S3: 'fr-par=http://127.0.0.1:9',
        SNAPFERRY_REDIS_VOLATILE: '1',
        SNAPFERRY_INSTALL: 'tests',
        SNAPFERRY_METRICS_PORT: '0',
        REDIS_URL: redisUrl,
        TUNING: JSON.stringify({ patience: { everyMs: 2_000, limitMs: 2_000 } }),
      },
    })
    let words = ''
    child.stderr.on('data', (data) => {
      words += String(data)
    })
    const ended = once(child, 'close').then(([code, signal]) => code ?? signal)
    return { child, ended, words: () => words }
  }

  const stuck = launch(proxy.url)
  onTestFinished(() => void stuck.child.kill('SIGKILL'))
  const before = await accepted()
  await until('it has moved the first', () => isMoved(before))
  proxy.freeze(...FETCHING)
  const after = await accepted()
  expect(await stuck.ended).toBe(70)
  expect(stuck.words()).toMatch(
    /^Snapferry sandbox: .*\nthis worker is stuck: \d+ jobs are due and it has taken none for \d+ s\n$/,
  )
  expect(await isMoved(after)).toBe(false)

  const next = launch(it.url)
  onTestFinished(() => void next.child.kill('SIGKILL'))
  await until('it has moved the second', () => isMoved(after))
  next.child.kill('SIGTERM')
  expect(await next.ended).toBe(0)
}, 90_000)
