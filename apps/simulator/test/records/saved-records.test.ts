import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resume, type SteerNeeds } from '@snapferry/api'
import {
  bundleOf,
  copyTag,
  DEFINITION_VERSION,
  dueAt,
  type Event,
  isEnded,
  leftoversOf,
  type Migration,
  type MigrationId,
  migrationId,
  POLICY,
  readBundle,
  replay,
} from '@snapferry/migration'
import { openJournal, openRedis, type RedisJournal, startOwnRedis, TAG, untilReady } from '@snapferry/redis'
import { carryOn, type Ferry } from '@snapferry/worker'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { putBack, SAVED, savedOf } from './saved.ts'
import { SavedCloud } from './saved-cloud.ts'

const DAY = 86_400_000
/** The provider of that day was stuck for up to eight hours; looks come every half minute. */
const TICKS_MAX = 3_000
const never = new AbortController().signal

let redis: ReturnType<typeof openRedis>
let journal: RedisJournal
let stop: () => Promise<void>
beforeAll(async () => {
  const dir = mkdtempSync(join(tmpdir(), 'snapferry-saved-'))
  const own = await startOwnRedis({ dir, aof: false })
  redis = openRedis(own.url, 'worker')
  await untilReady(redis, 10_000)
  journal = openJournal(redis, { install: 'here', sandbox: true, leftoverRetryMs: POLICY.leftoverRetryMs })
  stop = async () => {
    redis.disconnect()
    await own.stop()
    rmSync(dir, { recursive: true, force: true })
  }
})
afterAll(() => stop())

/** One saved moment, put back into Redis and at the provider, with a worker of today. */
interface Stage {
  readonly id: MigrationId
  readonly cloud: SavedCloud
  readonly ferry: Ferry
  readonly defects: unknown[]
  /** Both clocks go on. */
  pass(ms: number): Promise<void>
}

async function stageOf(name: string): Promise<Stage> {
  const saved = savedOf(name)
  const { redisRun } = await journal.clock()
  await putBack(saved, redis, redisRun)
  const key = Object.keys(saved.redis).find((one) => one.startsWith(`${TAG}:record:`)) ?? ''
  const cloud = new SavedCloud(saved)
  let offset = saved.now - (await journal.clock()).now
  await journal.setClock(offset)
  const defects: unknown[] = []
  const ferry: Ferry = {
    journal,
    providers: { default: { looks: cloud.looks(), writesFor: () => cloud.writes() } },
    policy: POLICY,
    dice: () => 0.5,
    monotonicMs: () => 0,
    recorded: () => {},
    defect: (_, error) => defects.push(error),
  }
  const pass = async (ms: number): Promise<void> => {
    offset += Math.ceil(ms)
    cloud.now += Math.ceil(ms)
    await journal.setClock(offset)
  }
  return { id: migrationId(key.slice(`${TAG}:record:`.length)), cloud, ferry, defects, pass }
}

/** Ticks until it has ended; a person retries what is parked. */
async function finish({ id, ferry, pass }: Stage): Promise<Migration> {
  for (let ticks = 0; ticks < TICKS_MAX; ticks++) {
    const sleep = await carryOn(id, ferry, never)
    const { record, now } = await reading(id)
    if (record.state === 'needs_attention') {
      await resume({ journal, telemetry: { eventRecorded: () => {} } } as SteerNeeds, id, { name: 'me' })
    } else if (!isEnded(record)) {
      await pass(sleep === 'ended' ? 0 : sleep)
    } else {
      const due = dueAt(record, POLICY.leftoverRetryMs, now)
      if (due === null) return record
      await pass(Math.max(0, due - now) + DAY)
      await journal.nudge([id])
    }
  }
  throw new Error('it never came to an end')
}

async function reading(id: MigrationId) {
  const read = await journal.read(id)
  if (read === null) throw new Error(`${id} is gone`)
  return read
}

/** What may be there at the end: what was asked for, and what is listed. */
function expected(m: Migration): readonly string[] {
  const kept = m.ledger
    .filter(({ state }) => state === 'kept' || state === 'left')
    .map(({ thing }) => thing.id)
  return kept.toSorted()
}

describe('a record that version 1 left', () => {
  test.each(SAVED)('%s: is finished by a worker of today, with one good copy or none', async (name) => {
    const stage = await stageOf(name)
    const { id, cloud, defects } = stage
    const foreign = cloud.things(true)
    const before = await reading(id)
    expect(before.record.definitionVersion).toBe(DEFINITION_VERSION)

    const m = await finish(stage)

    expect(defects).toEqual([])
    expect(cloud.things(false), m.state).toEqual(expected(m))
    expect(leftoversOf(m.ledger).filter(({ reason }) => reason !== 'copy-not-marked')).toEqual([])
    expect(cloud.things(true)).toEqual(foreign)
    const copies = [...cloud.rows.values()].filter(({ tags }) => tags.includes(copyTag(m)))
    const there = copies.filter(({ goneListedUntil }) => goneListedUntil === null)
    if (m.state === 'succeeded') expect(there.map((row) => row.id)).toEqual([m.facts.copy])
    else expect(there).toEqual([])
    await expectHistory(id, before.record.events)
  })

  test('stands in every phase and state of both storages', () => {
    for (const storage of ['block', 'instance'])
      for (const where of [
        'queued',
        'running-snapshot',
        'running-export',
        'running-inspect',
        'running-import',
      ])
        expect(
          SAVED.some((name) => name.startsWith(`${storage}-${where}`)),
          where,
        ).toBe(true)
    for (const where of [
      'running-verify',
      'proven',
      'unwinding',
      'parked',
      'succeeded',
      'failed',
      'cancelled',
    ])
      expect(SAVED.filter((name) => name.includes(where)).length, where).toBeGreaterThan(1)
    for (const what of [
      '-open',
      '-made',
      'after-setback',
      'after-failed-attempt',
      'with-leftovers',
      'keeping-image',
    ])
      expect(SAVED.filter((name) => name.includes(what)).length, what).toBeGreaterThan(1)
  })

  test('without the count of setbacks is finished as well', async () => {
    const stage = await stageOf('block-running-import-with-things')
    const key = `${TAG}:record:${stage.id}`
    const stored = (await redis.hget(key, 'record')) ?? ''
    await redis.hset(key, 'record', stored.replace(/"setbacks":\d+,/, ''))
    expect(await redis.hget(key, 'record')).not.toContain('setbacks')
    expect((await finish(stage)).state).toBe('succeeded')
  })
})

/** What version 1 recorded has no basis; what came after it is decided again as it was. */
async function expectHistory(id: MigrationId, recordedBefore: number): Promise<void> {
  const { record, pulse } = await reading(id)
  const events: readonly Event[] = await journal.events(id, 0, 1_000)
  const bundle = bundleOf({ record, pulse, events }, { madeAt: 0, program: { version: '', revision: '' } })
  const read = readBundle(JSON.parse(JSON.stringify(bundle)))
  if (!read.ok) throw new Error(read.failure)
  const { steps, recordDiffers } = replay(read.value)
  expect(recordDiffers).toBeNull()
  expect(steps.flatMap(({ differs }) => differs ?? [])).toEqual([])
  const old = steps.filter(({ number }) => number <= recordedBefore)
  expect(old.map(({ kind }) => kind)).not.toContain('decided')
}
