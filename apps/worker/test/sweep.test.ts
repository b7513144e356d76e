import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  apply,
  bad,
  type CloudFailure,
  firstRecord,
  good,
  type Migration,
  type MigrationId,
  migrationIdOf,
  nightlyOffsetMs,
  nightOf,
  type Plan,
  placeText,
  regionOf,
  SWEEP_POLICY,
  type SweepLooks,
  type SweepReport,
  type SweepWish,
  type UploadFound,
  zone,
} from '@snapferry/migration'
import {
  keyOf,
  type OwnRedis,
  openJournal,
  openRedis,
  openSweepStore,
  type RedisJournal,
  type SweepStore,
  startOwnRedis,
  untilReady,
} from '@snapferry/redis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { NightlySweep } from '../src/nightly-sweep.ts'
import { type SweepChoreNeeds, sweepChore } from '../src/sweep-chore.ts'

const HOUR = 3_600_000
const INSTALL = 'tests'
const WISH: SweepWish = { id: 'w1', by: 'anna', askedAt: 1, dryRun: false, acknowledged: null }
const never = new AbortController().signal

let dir: string
let own: OwnRedis
let redis: ReturnType<typeof openRedis>
let journal: RedisJournal
let store: SweepStore
let offsetMs: number
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'snapferry-sweep-'))
  own = await startOwnRedis({ dir, aof: false })
  redis = openRedis(own.url, 'requests')
  await untilReady(redis, 10_000)
  journal = openJournal(redis, { install: INSTALL, sandbox: true, leftoverRetryMs: HOUR })
  store = openSweepStore(redis)
})
afterAll(async () => {
  redis.disconnect()
  await own.stop()
  await rm(dir, { recursive: true, force: true })
})
beforeEach(async () => {
  await redis.flushall()
  offsetMs = 0
})

async function later(ms: number): Promise<void> {
  offsetMs += ms
  await journal.setClock(offsetMs)
}

let made = 0
const plan: Plan = {
  ...{ profile: 'default', install: INSTALL, prefix: 'snapferry', labels: {} },
  source: { kind: 'snapshot', id: 'source' },
  ...{ from: zone('fr-par-1'), to: zone('fr-par-2'), backend: 'block', sourceProject: 'p' },
  copy: { name: 'n', tags: [], sizeBytes: null, project: 'p', type: 'sbs' },
  image: { bucket: 'staging', region: regionOf(zone('fr-par-1')), keep: { kind: 'never' } },
  takenSnapshot: { keep: false },
}

/** A migration that was cancelled before it began. */
async function ended(): Promise<MigrationId> {
  const id = migrationIdOf(Uint8Array.from({ length: 26 }, (_, at) => (at === 0 ? ++made : 3)))
  const { now, redisRun } = await journal.clock()
  // Each has a source of its own: one source goes to one zone once at a time.
  const mine = { ...plan, source: { kind: 'snapshot', id } } as const
  const event = { type: 'created', at: now, id, plan: mine, redisRun, retryOf: null, by: 'me' } as const
  await journal.create(firstRecord(event), event, null)
  const before = (await journal.read(id))!
  const cancel = { type: 'cancel-requested', at: now, by: 'me' } as const
  const { v: _, ...pulse } = before.pulse
  const change = {
    before,
    after: apply(before.record, cancel),
    events: [cancel],
    pulse,
    closing: true,
    nudge: false,
  }
  expect(await journal.append(change)).toMatchObject({ outcome: 'appended' })
  return id
}

/** The provider with these uploads and nothing else. */
function looksWith(uploads: readonly UploadFound[]): SweepLooks {
  return {
    marked: async () => good([]),
    objects: async () => good([]),
    uploads: async (_, prefix) => good(uploads.filter(({ key }) => key.startsWith(prefix))),
  }
}

const uploadOf = (id: MigrationId, send: number, startedAt: number): UploadFound => ({
  ...{ key: `snapferry/${INSTALL}/work/${id}/${send}.qcow2`, uploadId: `u${send}`, bytes: 10, startedAt },
})

function needs(looks: SweepLooks, parts: Partial<SweepChoreNeeds> = {}): SweepChoreNeeds {
  return {
    ...{ install: INSTALL, store, journal, looks, policy: SWEEP_POLICY, observing: false },
    ...{ nightly: 'off', recorded: () => {}, ended: () => {} },
    ...parts,
  }
}

/** Two ended migrations, each with two unfinished uploads that are late by now. */
async function lateUploads(): Promise<{ ids: readonly MigrationId[]; looks: SweepLooks }> {
  const ids = [await ended(), await ended()]
  const { now } = await journal.clock()
  const uploads = ids.flatMap((id) => [uploadOf(id, 1, now), uploadOf(id, 2, now)])
  await later(2 * HOUR)
  return { ids, looks: looksWith(uploads) }
}

const linesOf = async (id: MigrationId) =>
  (await journal.read(id))!.record.ledger.map(({ thing, state, reason }) => [
    thing.id.slice(-7),
    state,
    reason,
  ])
const LATE_LINES = [
  ['1.qcow2', 'left', 'late'],
  ['2.qcow2', 'left', 'late'],
]

/** Counts calls and dies at the n-th: nothing that is called through it after that happens. */
function dyingAt(n: number) {
  let calls = 0
  return {
    calls: () => calls,
    around<T extends object>(inner: T): T {
      return new Proxy(inner, {
        get: (target, name, receiver) => {
          const value: unknown = Reflect.get(target, name, receiver)
          if (typeof value !== 'function') return value
          return async (...args: unknown[]) => {
            calls += 1
            if (calls > n) throw new Error('dead')
            const answer: unknown = await value.apply(target, args)
            // Half of the deaths come after the call was done.
            if (calls === n && n % 2 === 0) throw new Error('dead')
            return answer
          }
        },
      })
    },
  }
}

describe('a sweep that dies', () => {
  test('at any call is run again, and comes to the same: each late thing has one line', async () => {
    let deaths = 0
    for (let n = 1; ; n++) {
      await redis.flushall()
      offsetMs = 0
      const { ids, looks } = await lateUploads()
      await store.wish(WISH)
      const death = dyingAt(n)
      const dying = needs(death.around(looks), { store: death.around(store), journal: death.around(journal) })
      const died = await sweepChore(dying)
        .run(never)
        .then(() => false)
        .catch(() => true)
      if (!died) break
      deaths += 1
      expect(await store.pending(), `a wish outlives death ${n}, unless its report is kept`).toEqual(
        (await store.newest()) === null ? expect.objectContaining({ wish: WISH }) : null,
      )
      await sweepChore(needs(looks)).run(never)
      for (const id of ids) expect(await linesOf(id), `after death ${n}`).toEqual(LATE_LINES)
      expect(await store.newest()).toMatchObject({ id: 'w1', refused: [] })
      expect(await store.pending()).toBeNull()
    }
    expect(deaths).toBeGreaterThan(10)
  })

  test('again and again is given up, and says so', async () => {
    await ended()
    await store.wish(WISH)
    for (let tries = 0; tries < 5; tries++) await store.begin()
    const reports: SweepReport[] = []
    await sweepChore(needs(looksWith([]), { ended: (report) => reports.push(report) })).run(never)
    expect(reports).toMatchObject([{ id: 'w1', refused: [{ code: 'given-up' }] }])
    expect(await store.pending()).toBeNull()
  })

  test('because its process stops leaves its wish, and no report of what it could not see', async () => {
    await ended()
    await store.wish(WISH)
    const stopped: CloudFailure = {
      ...{ kind: 'stopped', call: 's3 ListMultipartUploads', status: null, words: '' },
      ...{ requestId: null, nothing: true, retryAfterMs: null },
    }
    await sweepChore(needs({ ...looksWith([]), uploads: async () => bad(stopped) })).run(never)
    expect(await store.newest()).toBeNull()
    expect(await store.pending()).toMatchObject({ wish: WISH })
  })
})

describe('late things', () => {
  test('wake their migration, whose alarm is set, and are told to the recorder', async () => {
    const { ids, looks } = await lateUploads()
    for (const id of ids) await redis.zrem(keyOf.nudges, id)
    await store.wish(WISH)
    const told: string[] = []
    const recorded = (m: Migration, { type }: { type: string }) => void told.push(`${m.id} ${type}`)
    await sweepChore(needs(looks, { recorded })).run(never)
    for (const id of ids) {
      expect(await redis.zscore(keyOf.nudges, id)).not.toBeNull()
      expect(await redis.zscore(keyOf.due, id)).not.toBeNull()
      expect(told.filter((line) => line.startsWith(id))).toEqual([`${id} disowned`, `${id} left`])
    }
  })

  test('are not marked where nothing may be written', async () => {
    const { ids, looks } = await lateUploads()
    await store.wish(WISH)
    await sweepChore(needs(looks, { observing: true })).run(never)
    expect(await store.newest()).toMatchObject({ refused: [{ code: 'observing' }], marked: { things: 0 } })
    for (const id of ids) expect(await linesOf(id)).toEqual([])
  })

  test('are marked once when two sweepers are at work, as after a lease that was lost unnoticed', async () => {
    const { ids, looks } = await lateUploads()
    await store.wish(WISH)
    await Promise.all([sweepChore(needs(looks)).run(never), sweepChore(needs(looks)).run(never)])
    for (const id of ids) {
      expect(await linesOf(id)).toEqual(LATE_LINES)
      expect((await journal.events(id, 0, 100)).map(({ type }) => type)).toEqual([
        'created',
        'cancel-requested',
        'disowned',
        'left',
      ])
    }
  })

  test('of another installation’s Redis are left alone', async () => {
    const { ids, looks } = await lateUploads()
    await redis.set(keyOf.installation, '{"install":"others","mode":"sandbox"}')
    await store.wish(WISH)
    await sweepChore(needs(looks)).run(never)
    expect(await store.newest()).toMatchObject({ refused: [{ code: 'other-installation' }] })
    for (const id of ids) expect(await linesOf(id)).toEqual([])
  })
})

describe('each night', () => {
  const run = async (nightly: NightlySweep, looks: SweepLooks) => {
    const reports: SweepReport[] = []
    await sweepChore(needs(looks, { nightly, ended: (report) => reports.push(report) })).run(never)
    return reports
  }

  test('has one sweep at the hour of the installation, the first one in the night after the start', async () => {
    await ended()
    expect(await run('report', looksWith([]))).toEqual([])
    const { now } = await journal.clock()
    const next = (nightOf(now, INSTALL) + 1) * 24 * HOUR + nightlyOffsetMs(INSTALL)
    await later(next - now - 60_000)
    expect(await run('report', looksWith([]))).toEqual([])
    await later(61_000)
    expect(await run('report', looksWith([]))).toMatchObject([{ by: 'nightly', dryRun: true }])
    expect(await run('report', looksWith([]))).toEqual([])
    await later(24 * HOUR)
    expect(await run('remove', looksWith([]))).toMatchObject([{ by: 'nightly', dryRun: false }])
    await later(24 * HOUR)
    expect(await run('off', looksWith([]))).toEqual([])
  })
})

test('an installation sees the places of all its migrations, and those that its configuration names', async () => {
  await ended()
  await store.addPlaces([
    { kind: 'bucket', region: regionOf(zone('nl-ams-1')), bucket: 'next', prefix: 'snapferry' },
  ])
  await store.wish({ ...WISH, dryRun: true })
  await sweepChore(needs(looksWith([]))).run(never)
  const places = (await store.newest())?.places.map(({ place }) => place)
  expect(places).toEqual((await store.places()).map(placeText))
  expect(places).toContain('bucket/nl-ams/next/snapferry')
  expect(places).toContain('snapshots/block/fr-par-2/p')
})
