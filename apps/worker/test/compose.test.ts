import { type EventBody, firstRecord, type Migration, type MigrationId } from '@snapferry/migration'
import { openQueue } from '@snapferry/redis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startWorkerApp, telemetryOf, type WorkerApp } from '../src/compose.ts'
import { readConfig } from '../src/config.ts'
import { anId, aPlan, elsewhere, openStage, reading, type Stage } from './stage.ts'

let it: Stage
beforeAll(async () => {
  it = await openStage()
})
beforeEach(() => it.reset())
afterAll(() => it.close())

/** Asks again and again until the answer is yes; a test that never hears one fails by its own limit. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await it.redis.ping()
}

/** A new migration, as the API makes it. */
async function accepted(): Promise<MigrationId> {
  const id = anId()
  const { now, redisRun } = await it.journal.clock()
  const event = { type: 'created', at: now, id, plan: aPlan(id), redisRun, retryOf: null, by: 'me' } as const
  await it.journal.create(firstRecord(event), event, null)
  return id
}

describe('the clock of a worker', () => {
  let offMs = 0
  const rings: (() => void)[] = []
  const lines: string[] = []
  let app: WorkerApp | null = null
  const start = async () => {
    const config = readConfig({
      SNAPFERRY_MODE: 'sandbox',
      // Nobody listens there: the provider is unavailable.
      SNAPFERRY_EMULATOR_URL: 'http://127.0.0.1:9',
      SNAPFERRY_EMULATOR_S3: 'fr-par=http://127.0.0.1:9',
      SNAPFERRY_REDIS_VOLATILE: '1',
      SNAPFERRY_INSTALL: 'tests',
      SNAPFERRY_METRICS_PORT: '0',
      REDIS_URL: it.url,
    })
    app = await startWorkerApp(config, {
      drainEveryMs: 5,
      clock: () => Date.now() + offMs,
      clockTimer: (_, ring) => {
        rings.push(ring)
        return () => {}
      },
      logTo: { write: (line) => void lines.push(line) },
    })
    return app
  }
  beforeEach(() => {
    offMs = 0
    rings.length = 0
    lines.length = 0
  })
  afterEach(async () => {
    await app?.close(10_000)
    app = null
  })

  test.each([
    { off: 7_000, text: /7\.0 s ahead of that of Redis.*NTP/ },
    { off: -3_600_000, text: /3600\.0 s behind that of Redis/ },
  ])('that is $off ms off keeps it from starting, and it says so', async ({ off, text }) => {
    offMs = off
    await expect(start()).rejects.toThrow(text)
    await until(async () => !String(await it.redis.client('LIST')).includes('name=snapferry-requests'))
  })

  test('that drifts away stops its ticks, is told in log and metric, and starts them again when it is back', async () => {
    const { metricsUrl } = await start()
    const queue = openQueue(it.url)
    const lookAgain = async (off: number) => {
      offMs = off
      const looks = rings.length
      rings.at(-1)?.()
      await until(() => rings.length > looks)
    }
    const first = await accepted()
    await until(async () => (await reading(it, first)).pulse.v > 1)

    await lookAgain(10_000)
    const meanwhile = await accepted()
    await until(async () => (await queue.state(meanwhile).catch(() => 'absent')) === 'waiting')
    await lookAgain(10_000)
    for (let asked = 0; asked < 200; asked++) await it.redis.ping()
    expect((await reading(it, meanwhile)).pulse.v).toBe(1)
    const skew = /^snapferry_clock_skew_seconds (\S+)$/m.exec(await (await fetch(metricsUrl)).text())?.[1]
    expect(Number(skew)).toBeCloseTo(10, 0)
    expect(lines.filter((line) => line.includes('clock is wrong'))).toHaveLength(1)

    await lookAgain(0)
    await until(async () => (await reading(it, meanwhile)).pulse.v > 1)
    expect(lines.filter((line) => line.includes('clock is true again'))).toHaveLength(1)
    await queue.close()
  })
})

test('a phase that began under another worker is measured from the journal', async () => {
  const id = await accepted()
  const { plan } = (await reading(it, id)).record
  const completed = { type: 'phase-completed', phase: 'export', facts: {}, made: [], extras: [] } as const
  const admitted = { type: 'admitted', phase: 'export', plan, facts: {}, claims: [] } as const
  const tell = async (body: EventBody): Promise<Migration> => {
    await elsewhere(it, id, body)
    return (await reading(it, id)).record
  }
  await tell(admitted)
  await it.freeze(90_000)
  const record = await tell(completed)
  const events = await it.journal.events(id, 0, 10)
  const telemetry = telemetryOf({ logLevel: 'silent' }, it.journal, {})
  telemetry.eventRecorded(record, events.at(-1)!)
  const sum = async () => {
    const text = await telemetry.registry.metrics()
    return Number(/^snapferry_phase_duration_seconds_sum\{phase="export"\} (\S+)$/m.exec(text)?.[1])
  }
  await until(async () => (await sum()) > 0)
  expect(await sum()).toBeCloseTo(90, 0)
})
