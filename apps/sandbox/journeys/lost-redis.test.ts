import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Event, Migration } from '@snapferry/migration'
import { keyOf, openJournal, openRedis, startOwnRedis, untilReady } from '@snapferry/redis'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { runArchive, settingsOf } from './archive-program.ts'
import { APIS } from './hold.ts'
import { startProgram } from './program.ts'
import { Town } from './town.ts'

const DATA = { bytes: 1_000_000, extents: 4 }
const DAY_MS = 86_400_000

/** Everything that a Redis knows of finished work. */
interface Books {
  readonly copies: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly records: ReadonlyMap<string, Migration>
  readonly events: ReadonlyMap<string, readonly Event[]>
  readonly audit: readonly string[]
}

let town: Town
/** What was known before Redis was lost. */
let lost: Books
/** The migrations of the second day. */
let late: readonly string[]
let folder: string

beforeAll(async () => {
  town = await Town.open()
  folder = join(town.folder, 'archive')
  town.emulator.admin.seedBucket({ region: 'fr-par', name: 'images' })
  const firstDay = await Promise.all([
    ...APIS.flatMap((api) => [moved(api, 'volume'), moved(api, 'snapshot')]),
    movedImage(),
  ])
  const cancelled = await town.create(await orderOf('block', 'volume'))
  await town.ask('POST', `/v1/migrations/${cancelled.id}/cancel`)
  for (const { id } of [...firstDay, cancelled]) await town.ended(id)
  await nextDay()
  await archivedByWorker()
  const secondDay = await Promise.all(APIS.map((api) => moved(api, 'snapshot')))
  for (const { id } of secondDay) await town.ended(id)
  late = secondDay.map(({ id }) => id)
  await nextDay()
  const written = await runArchive(town, ['export', '--to', folder])
  expect(written, written.err).toMatchObject({ code: 0 })
  lost = await booksOf(town.redis.url)
  await town.stopWorkers()
  await town.redis.kill()
  await rm(join(town.folder, 'redis'), { recursive: true })
}, 120_000)
afterAll(async () => {
  // Only the end of the town needs a Redis again.
  await town.redis.restart().catch(() => {})
  await town.close()
})

async function orderOf(api: (typeof APIS)[number], kind: 'volume' | 'snapshot') {
  const wanted = { api, zone: 'fr-par-1', name: `disk of ${api}`, tags: ['team=web'], data: DATA }
  const { admin } = town.emulator
  const seeded = kind === 'volume' ? admin.seedVolume(wanted) : admin.seedSnapshot(wanted)
  return { source: { [kind]: seeded.id }, from: 'fr-par-1', to: 'fr-par-2' }
}

async function moved(api: (typeof APIS)[number], kind: 'volume' | 'snapshot') {
  return town.create(await orderOf(api, kind))
}

async function movedImage() {
  const key = 'disks/golden.qcow2'
  await town.emulator.admin.seedObject({
    bucket: 'images',
    key,
    image: { sizeBytes: 12_000_000_000, data: DATA },
  })
  return town.create({ source: { image: { bucket: 'images', key } }, to: 'fr-par-3' })
}

/** Lets the day end, and an hour more. */
async function nextDay(): Promise<void> {
  await town.quiet()
  const now = await town.nowMs()
  await town.advance(DAY_MS - (now % DAY_MS) + 3_600_000)
  await town.quiet()
}

/** A worker as operators start it archives the days that are over by itself. */
async function archivedByWorker(): Promise<void> {
  const worker = await startProgram(town, 'worker', settingsOf(town))
  await worker.said('history archived')
  worker.signal('SIGTERM')
  expect(await worker.ended).toBe(0)
}

/** Reads everything that a Redis knows of finished work. */
async function booksOf(url: string): Promise<Books> {
  const redis = openRedis(url, 'requests')
  await untilReady(redis, 10_000)
  try {
    const journal = openJournal(redis, { install: 'default', sandbox: true, leftoverRetryMs: DAY_MS })
    const { items } = await journal.list({ pageSize: 100 })
    const events = new Map<string, readonly Event[]>()
    for (const { record } of items) events.set(record.id, await journal.events(record.id, 0, 1_000))
    const copies = Object.entries(await redis.hgetall(keyOf.copies))
    return {
      copies: Object.fromEntries(copies.map(([id, text]) => [id, JSON.parse(text)])),
      records: new Map(items.map(({ record }) => [record.id, record])),
      events,
      audit: await redis.zrange(keyOf.audit, '0', '-1'),
    }
  } finally {
    redis.disconnect()
  }
}

/** A new Redis with nothing in it but the time of the sandbox. */
async function emptyRedis(): Promise<{ url: string; keys: () => Promise<readonly string[]> }> {
  const dir = join(town.folder, `redis-${Math.random().toString(36).slice(2)}`)
  const own = await startOwnRedis({ dir, aof: true })
  onTestFinished(() => own.stop())
  const redis = openRedis(own.url, 'requests')
  await untilReady(redis, 10_000)
  onTestFinished(() => redis.disconnect())
  await redis.set(keyOf.clock, String(town.time.offsetMs))
  return { url: own.url, keys: async () => (await redis.keys('*')).filter((key) => key !== keyOf.clock) }
}

/** A copy of the archive that a test may spoil. */
async function spoiltArchive(
  spoil: (at: string, names: readonly string[]) => Promise<void>,
): Promise<string> {
  const at = join(town.folder, `spoilt-${Math.random().toString(36).slice(2)}`)
  await cp(folder, at, { recursive: true })
  await spoil(at, (await readdir(at)).toSorted())
  return at
}

const lastDay = (names: readonly string[]) => names.at(-1)!.slice(0, 10)
const firstDay = (names: readonly string[]) => names[0]!.slice(0, 10)
const migrationsOf = (copies: Books['copies']) =>
  Object.values(copies).map(({ migration }) => String(migration))

test('before Redis was lost it knew every copy', () => {
  expect(Object.keys(lost.copies)).toHaveLength(7)
  expect(late.every((id) => migrationsOf(lost.copies).includes(id))).toBe(true)
  expect(lost.records.size).toBe(8)
  expect(lost.audit.length).toBeGreaterThanOrEqual(9)
})

test('with Redis gone, archive and tags bring back every copy, field by field, and all history', async () => {
  const { url } = await emptyRedis()
  const imported = await runArchive(town, ['import'], { REDIS_URL: url })
  expect(imported, imported.err).toMatchObject({ code: 0 })
  expect(imported.out).toContain('8 migrations put back')
  expect(imported.out).toContain('had not ended are in no archive')

  const shown = await runArchive(town, ['rebuild'], { REDIS_URL: url })
  expect(shown, shown.out + shown.err).toMatchObject({ code: 0 })
  expect(shown.out).toContain('7 copies would be written')
  expect((await booksOf(url)).copies, 'only shown').toEqual({})

  const rebuilt = await runArchive(town, ['rebuild', '--yes'], { REDIS_URL: url })
  expect(rebuilt, rebuilt.err).toMatchObject({ code: 0 })
  const books = await booksOf(url)
  expect(books.copies).toEqual(lost.copies)
  expect(books.records).toEqual(lost.records)
  expect(books.events).toEqual(lost.events)
  expect(books.audit).toEqual(lost.audit)

  const again = await runArchive(town, ['import'], { REDIS_URL: url })
  expect(again.out).toContain('8 migrations were here just so')
  expect((await booksOf(url)).records).toEqual(lost.records)
}, 60_000)

test('after the import the archive goes on where it was', async () => {
  const { url } = await emptyRedis()
  await runArchive(town, ['import'], { REDIS_URL: url })
  const redis = openRedis(url, 'requests')
  await untilReady(redis, 10_000)
  await redis.set(keyOf.clock, String(town.time.offsetMs + DAY_MS))
  redis.disconnect()
  const written = await runArchive(town, ['export'], { REDIS_URL: url })
  expect(written, written.err).toMatchObject({ code: 0 })
  expect(written.err).toContain('0 migrations')
  expect(await runArchive(town, ['verify'], { REDIS_URL: url })).toMatchObject({ code: 0 })
}, 60_000)

test('with the archive lost as well, the tags alone bring back every copy; what they do not tell is said', async () => {
  const { url } = await emptyRedis()
  const rebuilt = await runArchive(town, ['rebuild', '--tags-only', '--yes'], { REDIS_URL: url })
  expect(rebuilt, rebuilt.err).toMatchObject({ code: 0 })
  const { copies } = await booksOf(url)
  const isImage = (copy: { source?: unknown }) => (copy.source as { kind: string }).kind === 'image'
  const told = Object.entries(lost.copies).map(([id, copy]) => {
    const lostFields = isImage(copy) ? { from: null, source: null } : { from: null }
    return [id, { ...copy, ...lostFields }]
  })
  expect(copies).toEqual(Object.fromEntries(told))
  expect(rebuilt.out.match(/not told: from$/gm)).toHaveLength(6)
  expect(rebuilt.out.match(/not told: from, source$/gm)).toHaveLength(1)
}, 60_000)

test('with the last day of the archive missing, its copies come from their tags and all others from the archive', async () => {
  const at = await spoiltArchive(async (place, names) => {
    for (const name of names.filter((one) => one.startsWith(lastDay(names)))) await rm(join(place, name))
  })
  const { url } = await emptyRedis()
  const rebuilt = await runArchive(town, ['rebuild', '--from', at, '--yes'], { REDIS_URL: url })
  expect(rebuilt, rebuilt.err).toMatchObject({ code: 0 })
  const { copies } = await booksOf(url)
  for (const [id, copy] of Object.entries(lost.copies)) {
    const isLate = late.includes(String(copy['migration']))
    expect(copies[id]).toEqual(isLate ? { ...copy, from: null } : copy)
  }
  expect(rebuilt.out).toContain('5 archived, 2 from tags')
}, 60_000)

test('a copy that somebody deleted meanwhile is told as gone and not brought back', async () => {
  const { url } = await emptyRedis()
  const at = Object.values(lost.copies).find(
    ({ backend, zone }) => backend === 'block' && zone === 'fr-par-2',
  )!
  const deleted = await fetch(`${town.emulator.apiUrl}/block/v1/zones/${at['zone']}/snapshots/${at['id']}`, {
    method: 'DELETE',
    headers: { 'x-auth-token': town.access.secretKey },
  })
  expect(deleted.status).toBe(204)
  await town.emulator.admin.advance(60_000)
  const rebuilt = await runArchive(town, ['rebuild', '--yes'], { REDIS_URL: url })
  expect(rebuilt.out).toContain('6 archived, 1 gone')
  const { [String(at['id'])]: _, ...others } = lost.copies
  expect((await booksOf(url)).copies).toEqual(others)
}, 60_000)

test('a zone that does not answer is told, and nothing is concluded about its copies', async () => {
  const { url } = await emptyRedis()
  town.emulator.admin.armFault({
    match: { zone: 'fr-par-2' },
    times: 'forever',
    fault: { kind: 'json-503' },
  })
  const rebuilt = await runArchive(town, ['rebuild', '--yes'], { REDIS_URL: url })
  town.emulator.admin.clearFaults()
  expect(rebuilt.code).toBe(1)
  expect(rebuilt.out).toMatch(/! fr-par-2 \(instance\) did not answer: unavailable/)
  expect(rebuilt.out).toContain('6 archived, not seen')
  expect((await booksOf(url)).copies).toEqual(lost.copies)
}, 60_000)

test('a chain that is broken is refused with the day and the reason, and nothing is changed', async () => {
  const at = await spoiltArchive(async (place, names) => {
    const name = join(place, `${lastDay(names)}.ndjson.gz`)
    const bytes = await readFile(name)
    bytes[bytes.length >> 1]! ^= 4
    await writeFile(name, bytes)
  })
  const { url, keys } = await emptyRedis()
  for (const command of ['verify', 'import', 'rebuild']) {
    const run = await runArchive(town, [command, '--from', at], { REDIS_URL: url })
    expect(run.code, command).toBe(1)
    expect(run.out).toMatch(/✘ broken at \d{4}-\d{2}-\d{2} \(altered\)/)
  }
  expect(await keys()).toEqual([])
  const before = firstDay(await readdir(at))
  const through = await runArchive(town, ['import', '--from', at, '--through', before], { REDIS_URL: url })
  expect(through, through.err).toMatchObject({ code: 0 })
  expect(through.out).toContain('6 migrations put back')
}, 60_000)

test('the archive of another installation is refused, and nothing is changed', async () => {
  const { url, keys } = await emptyRedis()
  const other = { REDIS_URL: url, SNAPFERRY_INSTALL: 'other' }
  for (const command of ['import', 'verify', 'rebuild']) {
    const run = await runArchive(town, [command, '--from', folder], other)
    expect(run.code, command).toBe(1)
    expect(run.out).toContain('belongs to the installation "default", not to "other"')
  }
  expect(await keys()).toEqual([])
}, 60_000)

test('an empty archive, a missing bucket and wrong arguments end with a sentence and their own exit code', async () => {
  const { url, keys } = await emptyRedis()
  const empty = await runArchive(town, ['import', '--from', join(town.folder, 'nothing')], { REDIS_URL: url })
  expect([empty.code, empty.out]).toEqual([1, expect.stringContaining('nothing to put back')])
  const bucket = await runArchive(town, ['verify'], { SNAPFERRY_ARCHIVE_BUCKET: 'fr-par=nobodys' })
  expect([bucket.code, bucket.err]).toEqual([2, expect.stringMatching(/cannot be listed.*missing/)])
  const words = await runArchive(town, ['import', '--through', 'yesterday'])
  expect([words.code, words.err]).toEqual([2, expect.stringContaining('--through takes a day')])
  expect(await keys()).toEqual([])
}, 60_000)

test('no secret is in the archive', async () => {
  const { accessKey, secretKey } = town.access
  for (const name of await readdir(folder)) {
    const bytes = await readFile(join(folder, name))
    const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
    expect(text.includes(accessKey) || text.includes(secretKey), name).toBe(false)
  }
})

test('verify reads the bucket, and says when nobody remembers its end', async () => {
  const run = await runArchive(town, ['verify'], { REDIS_URL: 'redis://127.0.0.1:1' })
  expect(run, run.err).toMatchObject({ code: 0 })
  expect(run.out).toContain('✔ the chain is whole')
  expect(run.err).toContain('No Redis remembers the newest part')
  const head = /^head ([0-9a-f]{64})$/m.exec(run.out)?.[1] ?? ''
  const nowhere = { REDIS_URL: 'redis://127.0.0.1:1' }
  expect(await runArchive(town, ['verify', '--head', head], nowhere)).toMatchObject({ code: 0 })
  expect(await runArchive(town, ['verify', '--head', 'a'.repeat(64)], nowhere)).toMatchObject({ code: 1 })
  expect((await runArchive(town, ['list'], nowhere)).out.split('\n').length).toBeGreaterThan(3)
}, 60_000)
