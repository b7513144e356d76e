import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { aChange, aMigration, created, succeeded } from '@snapferry/journal-laws'
import { bytes, type Copy, foldCopies, migrationId, zone } from '@snapferry/migration'
import {
  openAudit,
  openCopies,
  openHistoryPages,
  openJournal,
  openRedis,
  startOwnRedis,
  untilReady,
} from '@snapferry/redis'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { archiveChore, janitorChore } from '../../src/archive/archive-chores.ts'
import { sourceOf } from '../../src/archive/archive-source.ts'
import { walkChain } from '../../src/archive/read-chain.ts'
import { DAY_MS, Fate, memoryStore, NOON } from './memory-archive.ts'

let dir: string
let own: Awaited<ReturnType<typeof startOwnRedis>>
let redis: ReturnType<typeof openRedis>
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'snapferry-chores-'))
  own = await startOwnRedis({ dir, aof: false })
  redis = openRedis(own.url, 'worker')
  await untilReady(redis, 10_000)
})
beforeEach(() => redis.flushall())
afterAll(async () => {
  redis.disconnect()
  await own.stop()
  await rm(dir, { recursive: true, force: true })
})

const live = new AbortController().signal

/** The two chores over a real Redis, a store in memory and a clock in hand. */
function stage(objects: Map<string, Uint8Array> | null = new Map()) {
  const clock = { now: NOON }
  const said: string[] = []
  const fate = new Fate()
  const audit = openAudit(redis, { sandbox: true })
  const copies = openCopies(redis)
  const store = objects === null ? null : memoryStore(objects, fate)
  const needs = {
    ...{ install: 'tests', store, audit, redis, limits: { days: 400, max: 1_000 } },
    source: sourceOf({ pages: openHistoryPages(redis), audit, copies }),
    now: async () => clock.now,
    archived: (fact: object) => void said.push(`archived ${JSON.stringify(fact)}`),
    forgot: ({ removed }: { removed: number }) => void said.push(`forgot ${removed}`),
    keptAll: (why: string) => void said.push(why),
  }
  const janitor = janitorChore(needs)
  const archive = store === null ? null : archiveChore({ ...needs, store })
  return { clock, said, fate, copies, janitor, archive: async () => archive?.run(live) }
}

async function finishedAt(endedAt: number) {
  const journal = openJournal(redis, { install: 'tests', sandbox: true, leftoverRetryMs: DAY_MS })
  const first = { ...aMigration(), createdAt: endedAt - 1_000 }
  await journal.create(first, created(first), null)
  const before = await journal.read(first.id)
  const after = succeeded(first, { endedAt, events: 2 })
  await journal.append(aChange(before!, { after, events: [{ at: endedAt, type: 'ledger-settled' }] }))
  return first.id
}

test('a day is archived once it is over and a quarter of an hour more; the rest of the day nothing is asked', async () => {
  const objects = new Map<string, Uint8Array>()
  const { clock, said, fate, archive } = stage(objects)
  await finishedAt(NOON)
  clock.now = NOON + DAY_MS / 2 + 14 * 60_000
  await archive()
  expect(objects.size).toBe(0)
  clock.now += 2 * 60_000
  await archive()
  expect(said).toEqual(['archived {"through":"2026-11-20","parts":1}'])
  const { calls } = fate
  await archive()
  expect(fate.calls, 'no further call').toBe(calls)
})

test('days that nobody worked are made up for', async () => {
  const objects = new Map<string, Uint8Array>()
  const { clock, archive } = stage(objects)
  await finishedAt(NOON)
  await finishedAt(NOON + 3 * DAY_MS)
  clock.now = NOON + 6 * DAY_MS
  await archive()
  expect(await walkChain(memoryStore(objects), { install: 'tests' })).toMatchObject({
    ...{ parts: 6, broken: null, head: { name: '2026-11-25' } },
  })
})

test('records, audit and catalogue are all in it', async () => {
  const objects = new Map<string, Uint8Array>()
  const { clock, copies, archive } = stage(objects)
  const id = await finishedAt(NOON)
  await openAudit(redis, { sandbox: true }).write({
    ...{ by: 'ops', action: 'cancel', target: id, requestId: 'r', outcome: 'ended' },
  })
  await copies.put({
    ...{ id: 'copy', backend: 'block', zone: zone('fr-par-2'), project: 'p', type: 'sbs', name: 'n' },
    ...{ sizeBytes: bytes(1), migration: migrationId(id), source: null, from: null, volume: null },
    ...{ takenAt: null, provenAt: NOON },
  })
  // The audit is written by the real clock: whatever day that is, it is over then.
  clock.now = Math.max(Date.now(), NOON) + 2 * DAY_MS
  await archive()
  const kinds: string[] = []
  await walkChain(memoryStore(objects), {
    install: 'tests',
    onPart: ({ lines }) => void kinds.push(...lines.map(({ kind }) => kind)),
  })
  expect(kinds.toSorted()).toEqual(['audit', 'copy', 'migration'])
})

test('the janitor removes what is archived and old, and says it', async () => {
  const { clock, said, archive, janitor } = stage()
  await finishedAt(NOON)
  clock.now = NOON + 2 * DAY_MS
  await archive()
  await janitor.run(live)
  clock.now = NOON + 401 * DAY_MS
  await janitor.run(live)
  expect(said.slice(1)).toEqual(['forgot 1'])
})

test('without a bucket the janitor removes nothing and says so, once', async () => {
  const { clock, said, janitor } = stage(null)
  await finishedAt(NOON)
  clock.now = NOON + 900 * DAY_MS
  await janitor.run(live)
  await janitor.run(live)
  expect(said).toEqual(['there is no bucket for the archive: set SNAPFERRY_ARCHIVE_BUCKET'])
})

test('when the bucket was emptied the janitor removes nothing, although Redis has marks', async () => {
  const objects = new Map<string, Uint8Array>()
  const { clock, said, archive, janitor } = stage(objects)
  await finishedAt(NOON)
  clock.now = NOON + 2 * DAY_MS
  await archive()
  objects.clear()
  clock.now = NOON + 900 * DAY_MS
  await janitor.run(live)
  expect(said.at(-1)).toContain('is no longer in memory as it was written')
  await expect(archive()).rejects.toThrow(/has no part 2026-11-21/)
})

test('two workers do not write at the same time', async () => {
  const objects = new Map<string, Uint8Array>()
  const [a, b] = [stage(objects), stage(objects)]
  await finishedAt(NOON)
  a.clock.now = b.clock.now = NOON + DAY_MS
  const both = await Promise.allSettled([a.archive(), b.archive()])
  const refused = both.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []))
  expect(refused).toHaveLength(1)
  expect(refused[0]).toContain('somebody else writes')
  expect(await walkChain(memoryStore(objects), { install: 'tests' })).toMatchObject({
    parts: 1,
    broken: null,
  })
})

/** The catalogue as an archive has it, and what kinds of lines its chain has. */
async function catalogueIn(objects: Map<string, Uint8Array>) {
  const copies = new Map<string, Copy>()
  const kinds = new Set<string>()
  const walked = await walkChain(memoryStore(objects), {
    install: 'tests',
    onPart: ({ lines }) => {
      for (const line of lines) {
        foldCopies(copies, line)
        kinds.add(line.kind)
      }
    },
  })
  expect(walked.broken).toBeNull()
  return { ids: [...copies.keys()].toSorted(), kinds }
}

const aProven = (id: string, provenAt: number): Copy => ({
  ...{ id, backend: 'block', zone: zone('fr-par-2'), project: 'p', type: 'sbs', name: 'n', provenAt },
  ...{ sizeBytes: bytes(1), migration: migrationId(`mig_${'a'.repeat(26)}`), source: null, from: null },
  ...{ volume: null, takenAt: null },
})

test('on a Redis that lost everything the archive keeps every copy', async () => {
  const objects = new Map<string, Uint8Array>()
  const before = stage(objects)
  for (const id of ['one', 'two']) await before.copies.put(aProven(id, NOON))
  before.clock.now = NOON + DAY_MS
  await before.archive()
  await redis.flushall()
  const after = stage(objects)
  for (const days of [2, 3]) {
    after.clock.now = NOON + days * DAY_MS
    await after.archive()
  }
  expect(await catalogueIn(objects)).toEqual({ ids: ['one', 'two'], kinds: new Set(['copy']) })
})

test('on a Redis that was put back to an earlier time the archive keeps what came later', async () => {
  const objects = new Map<string, Uint8Array>()
  const before = stage(objects)
  await before.copies.put(aProven('one', NOON))
  before.clock.now = NOON + DAY_MS
  await before.archive()
  const kept = await Promise.all(
    (await redis.keys('*')).map(async (key) => [key, await redis.dumpBuffer(key)] as const),
  )
  await before.copies.put(aProven('two', NOON + DAY_MS))
  before.clock.now = NOON + 2 * DAY_MS
  await before.archive()
  await redis.flushall()
  for (const [key, value] of kept) await redis.restore(key, 0, value!)
  const after = stage(objects)
  for (const days of [3, 4]) {
    after.clock.now = NOON + days * DAY_MS
    await after.archive()
  }
  expect(await catalogueIn(objects)).toEqual({ ids: ['one', 'two'], kinds: new Set(['copy']) })
})
