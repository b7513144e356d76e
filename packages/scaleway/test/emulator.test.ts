import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Fault, SANDBOX_CREDENTIALS as KNOWN_THERE, startEmulator } from '@snapferry/emulator'
import { type Backend, bytes, type Item, type Owner, type Region, zone } from '@snapferry/migration'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openProvider, type Provider, type ProviderOptions } from '../src/provider.ts'
import { readAccess } from '../src/read-access.ts'
import { SANDBOX_CREDENTIALS } from '../src/sandbox-credentials.ts'
import { always } from './opened.ts'
import { MIGRATION, OWNER } from './wire-things.ts'

const FROM = zone('fr-par-1')
const TO = zone('fr-par-2')
const REGION = 'fr-par' as Region
const PROJECT = SANDBOX_CREDENTIALS.projectId
const BUCKET = 'acme-staging'
const KEY = `snapferry/default/work/${MIGRATION}/1.qcow2`
const IMAGE = { region: REGION, bucket: BUCKET, key: KEY }
const MINUTES_10_MS = 600_000
const wip = (round: number): string => `snapferry:wip=default.${MIGRATION}.${round}`

/** The emulator with its clock in our hand and one bucket, and a provider opened on it by the environment. */
async function openBoth(options: Partial<ProviderOptions> = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'snapferry-scaleway-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  const emulator = await startEmulator({ dataDir, drive: { mode: 'by-hand', startMs: Date.UTC(2026, 8, 1) } })
  onTestFinished(() => emulator.stop())
  emulator.admin.seedBucket({ name: BUCKET, region: 'fr-par' })
  const access = readAccess(
    {
      SNAPFERRY_MODE: 'sandbox',
      SNAPFERRY_EMULATOR_URL: emulator.apiUrl,
      SNAPFERRY_EMULATOR_S3: Object.entries(emulator.s3Urls)
        .map(([region, url]) => `${region}=${url}`)
        .join(','),
    },
    () => '',
  )
  if (!access.ok) throw new Error(access.failure.join('\n'))
  const provider = await openProvider(access.value, { stopping: new AbortController().signal, ...options })
  onTestFinished(() => provider.close())
  return { admin: emulator.admin, provider, writes: provider.writesFor(always) }
}

/** The value of an answer that must be good. */
async function goodOf<T>(
  answer: Promise<{ ok: true; value: T } | { ok: false; failure: unknown }>,
): Promise<T> {
  const result = await answer
  if (!result.ok) throw new Error(JSON.stringify(result.failure))
  return result.value
}

const snapshotItem = (
  id: string,
  backend: Backend,
  what: 'copy' | 'taken-snapshot',
  round: number,
): Item => ({
  thing: { what, id, backend, zone: what === 'copy' ? TO : FROM },
  round,
  at: 0,
  state: 'disowned',
})
const imageItem: Item = {
  thing: { what: 'image', id: KEY, region: REGION, bucket: BUCKET },
  round: 2,
  at: 0,
  state: 'disowned',
}

test('the sandbox credentials are those the emulator knows', () => {
  expect(KNOWN_THERE).toMatchObject(SANDBOX_CREDENTIALS)
})

describe.each(['instance', 'block'] as const)('a disk carried by the %s API of the emulator', (backend) => {
  test('goes from volume to snapshot, image and proven copy, and everything of ours goes again', async () => {
    const { admin, provider, writes } = await openBoth()
    const looks = provider.looks[backend]
    const disk = { sizeBytes: 2_000_000_000, data: { bytes: 1_000_000, extents: 5 } }
    const volume = admin.seedVolume({ api: backend, zone: FROM, name: 'data', tags: ['env=prod'], ...disk })
    const shown = await goodOf(looks.findVolume({ zone: FROM, id: volume.id }))
    expect(shown).toMatchObject({
      name: 'data',
      tags: ['env=prod'],
      sizeBytes: disk.sizeBytes,
      project: PROJECT,
    })

    const order = { zone: FROM, volume: volume.id, name: 'taken', project: PROJECT, tags: [wip(1)] }
    const taken = await goodOf(writes[backend].takeSnapshot(order))
    await admin.advance(MINUTES_10_MS)
    const listed = await goodOf(looks.tagged({ zone: FROM, project: PROJECT, tag: wip(1) }))
    expect(listed).toMatchObject([{ id: taken.id, state: { kind: 'available' }, volume: { id: volume.id } }])

    await goodOf(writes[backend].startExport({ zone: FROM, id: taken.id, bucket: BUCKET, key: KEY }))
    expect(await goodOf(looks.find({ zone: FROM, id: taken.id }))).toMatchObject({
      state: { kind: 'exporting' },
    })
    await admin.advance(MINUTES_10_MS)
    const [image] = await goodOf(provider.looks.images.list({ region: REGION, bucket: BUCKET, prefix: KEY }))
    const header = await goodOf(provider.looks.images.read(IMAGE, 0, 104))
    expect(Buffer.from(header?.data ?? []).readBigUInt64BE(24)).toBe(2_000_000_000n)
    expect(header).toMatchObject({ bytes: image?.bytes, etag: image?.etag })
    expect(await goodOf(provider.looks.images.head(IMAGE))).toEqual(image)

    const { bucket, key } = IMAGE
    const wanted = { zone: TO, bucket, key, name: 'copy', project: PROJECT, tags: ['env=prod', wip(2)] }
    const copy = await goodOf(writes[backend].startImport({ ...wanted, sizeBytes: bytes(disk.sizeBytes) }))
    expect(copy).toMatchObject({ zone: TO, name: 'copy', state: { kind: 'pending' }, volume: null })
    await admin.advance(MINUTES_10_MS)
    expect(await admin.digest(copy.id)).toBe(await admin.digest(volume.id))

    const proven = [`snapferry:copy=default.${MIGRATION}`, 'snapferry:verified=2026-09-01T00:30:00Z']
    const prefix = `snapferry:wip=default.${MIGRATION}.`
    for (let time = 0; time < 2; time++) {
      await goodOf(writes[backend].retag({ zone: TO, id: copy.id, drop: prefix, add: proven }))
    }
    expect((await goodOf(looks.find({ zone: TO, id: copy.id })))?.tags).toEqual(['env=prod', ...proven])

    const takenItem = snapshotItem(taken.id, backend, 'taken-snapshot', 1)
    expect(await goodOf(writes[backend].removeOurs(snapshotItem(copy.id, backend, 'copy', 2), OWNER))).toBe(
      'not-ours',
    )
    expect(await goodOf(writes[backend].removeOurs(takenItem, OWNER))).toBe('gone')
    expect(await goodOf(writes[backend].removeOurs(takenItem, OWNER))).toBe('gone')
    expect(await goodOf(writes.images.removeOurs(imageItem, OWNER))).toBe('gone')
    const census = await admin.census()
    expect(census.map(({ kind, name }) => `${kind} ${name}`).sort()).toEqual([
      `bucket ${BUCKET}`,
      'snapshot copy',
      'volume data',
    ])
    expect(census.filter(({ changed, missing }) => changed === true || missing)).toEqual([])
  })

  test('a source is never deleted, whatever a ledger says of it', async () => {
    const { admin, writes } = await openBoth()
    const source = admin.seedSnapshot({
      api: backend,
      zone: FROM,
      tags: ['snapferry:wip=other.x.1', 'env=prod'],
    })
    const item = snapshotItem(source.id, backend, 'taken-snapshot', 1)
    expect(await goodOf(writes[backend].removeOurs(item, OWNER))).toBe('not-ours')
    expect(await writes[backend].retag({ zone: FROM, id: source.id, drop: wip(1), add: [] })).toMatchObject({
      failure: { kind: 'refused' },
    })
    const [seen] = (await admin.census()).filter(({ kind }) => kind === 'snapshot')
    expect(seen).toMatchObject({ id: source.id, changed: false, missing: false })
  })

  test('a list of several pages is whole, and holds nothing but the wanted', async () => {
    const { admin, provider } = await openBoth()
    for (let one = 0; one < 230; one++)
      admin.seedSnapshot({ api: backend, zone: FROM, name: `s${one}`, tags: [wip(3)] })
    for (let one = 0; one < 20; one++) admin.seedSnapshot({ api: backend, zone: FROM, tags: [wip(30)] })
    admin.seedSnapshot({ api: backend, zone: TO, tags: [wip(3)] })
    const other = KNOWN_THERE.otherProjectId
    admin.seedSnapshot({ api: backend, zone: FROM, tags: [wip(3)], project: other })
    const found = await goodOf(provider.looks[backend].tagged({ zone: FROM, project: PROJECT, tag: wip(3) }))
    expect(new Set(found.map(({ name }) => name)).size).toBe(230)
    expect(found).toHaveLength(230)
    expect(
      await goodOf(provider.looks[backend].tagged({ zone: FROM, project: other, tag: wip(3) })),
    ).toHaveLength(1)
  })

  test.each<[Fault, string, boolean]>([
    [{ kind: 'empty-429' }, 'throttled', true],
    [{ kind: 'html-502' }, 'unavailable', false],
    [{ kind: 'json-503' }, 'unavailable', false],
    [{ kind: 'internal-500' }, 'unavailable', false],
    [{ kind: 'quota-403' }, 'quota', true],
    [{ kind: 'permissions-403' }, 'forbidden', true],
    [{ kind: 'unauthenticated-401' }, 'credentials', true],
    [{ kind: 'transient-409' }, 'busy', true],
    [{ kind: 'not-found' }, 'missing', true],
    [{ kind: 'reset' }, 'no-answer', false],
    [{ kind: 'timeout' }, 'no-answer', false],
    [{ kind: 'act-then-lose-answer' }, 'no-answer', false],
    [{ kind: 'act-then-timeout' }, 'no-answer', false],
    [{ kind: 'act-then-502' }, 'unavailable', false],
    [{ kind: 'act-then-unreadable-200' }, 'unreadable', false],
  ])('an export met by %o fails as %s, nothing changed: %s', async (fault, kind, nothing) => {
    const { admin, writes } = await openBoth(fault.kind.endsWith('timeout') ? { writeMs: 300 } : {})
    const source = admin.seedSnapshot({ api: backend, zone: FROM })
    admin.armFault({ match: { api: backend }, fault })
    const order = { zone: FROM, id: source.id, bucket: BUCKET, key: KEY }
    expect(await writes[backend].startExport(order)).toMatchObject({ ok: false, failure: { kind, nothing } })
  })

  test('answers with more fields, another order or an unknown state are read', async () => {
    const { admin, provider } = await openBoth()
    const source = admin.seedSnapshot({ api: backend, zone: FROM })
    const find = () => goodOf(provider.looks[backend].find({ zone: FROM, id: source.id }))
    admin.armFault({ fault: { kind: 'extra-fields' } })
    expect(await find()).toMatchObject({ state: { kind: 'available' } })
    admin.armFault({ fault: { kind: 'reordered-keys' } })
    expect(await find()).toMatchObject({ state: { kind: 'available' } })
    admin.armFault({ fault: { kind: 'unknown-state', word: 'dreaming' } })
    expect(await find()).toMatchObject({ state: { kind: 'unknown', word: 'dreaming' } })
  })

  test('what is foreign or not there is told apart as the provider does', async () => {
    const { admin, provider } = await openBoth()
    const foreign = admin.seedSnapshot({ api: backend, zone: FROM, project: KNOWN_THERE.foreignProjectId })
    const local = admin.seedSnapshot({ api: backend, zone: FROM })
    const looks = provider.looks
    expect(await looks[backend].find({ zone: FROM, id: foreign.id })).toMatchObject({
      failure: { kind: 'forbidden' },
    })
    expect(await looks[backend].find({ zone: TO, id: local.id })).toEqual({ ok: true, value: null })
    const other = backend === 'instance' ? 'block' : 'instance'
    expect(await looks[other].find({ zone: FROM, id: local.id })).toEqual({ ok: true, value: null })
  })
})

describe('the three refused images', () => {
  test.each([
    ['encrypted', 'The provided QCOW2 file is encrypted'],
    ['zstd', 'The provided QCOW2 has an unsupported compression type'],
    ['backing', 'The provided QCOW2 file has a backing chain'],
  ] as const)('%s: the words are the provider’s, to the letter', async (damage, words) => {
    const { admin, writes } = await openBoth()
    await admin.seedObject({ bucket: BUCKET, key: 'theirs.qcow2', image: { damage } })
    const order = { zone: TO, bucket: BUCKET, key: 'theirs.qcow2', name: 'n', project: PROJECT, tags: [] }
    for (const backend of ['instance', 'block'] as const) {
      expect(await writes[backend].startImport({ ...order, sizeBytes: bytes(10_000_000_000) })).toMatchObject(
        {
          failure: { kind: 'refused', nothing: true, words, requestId: expect.stringMatching(/./) },
        },
      )
    }
  })
})

describe('Object Storage of the emulator', () => {
  const bucketAt = (provider: Provider, bucket: string, region = 'fr-par') =>
    provider.looks.images.bucket({ region: region as Region, bucket })

  test('shows buckets with region, owner, versions and lock', async () => {
    const { admin, provider } = await openBoth()
    admin.seedBucket({
      name: 'versions',
      region: 'nl-ams',
      versioning: 'Enabled',
      project: KNOWN_THERE.otherProjectId,
    })
    admin.seedBucket({
      name: 'locked',
      region: 'fr-par',
      configurations: {
        'object-lock':
          '<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>',
      },
    })
    expect(await goodOf(bucketAt(provider, BUCKET))).toEqual({
      bucket: BUCKET,
      region: 'fr-par',
      project: PROJECT,
      versioned: false,
      locked: false,
    })
    expect(await goodOf(bucketAt(provider, 'versions', 'nl-ams'))).toMatchObject({
      region: 'nl-ams',
      versioned: true,
      project: KNOWN_THERE.otherProjectId,
    })
    expect(await goodOf(bucketAt(provider, 'locked'))).toMatchObject({ locked: true })
    expect(await goodOf(bucketAt(provider, 'nowhere'))).toBeNull()
    expect(await goodOf(bucketAt(provider, BUCKET, 'nl-ams'))).toBeNull()
  })

  test('lists and heads what awkward keys hold, and frozen objects as frozen', async () => {
    const { admin, provider } = await openBoth()
    const keys = ['p/a b+c&d=e.txt', "p/ü'(1)*!.txt", 'p/100%.txt']
    for (const key of keys) await admin.seedObject({ bucket: BUCKET, key, text: 'twelve bytes' })
    await admin.seedObject({ bucket: BUCKET, key: 'p/z.txt', text: 'x', storageClass: 'GLACIER' })
    const found = await goodOf(provider.looks.images.list({ region: REGION, bucket: BUCKET, prefix: 'p/' }))
    expect(found.map(({ key, frozen }) => [key, frozen])).toEqual(
      [...keys.map((key) => [key, false]), ['p/z.txt', true]].sort(),
    )
    for (const key of keys) {
      const part = await goodOf(provider.looks.images.read({ ...IMAGE, key }, 7, 100))
      expect(Buffer.from(part?.data ?? []).toString()).toBe('bytes')
    }
    expect(await provider.looks.images.read({ ...IMAGE, key: 'p/z.txt' }, 0, 1)).toMatchObject({
      failure: { kind: 'frozen' },
    })
    expect(await goodOf(provider.looks.images.read({ ...IMAGE, key: 'nothing' }, 0, 1))).toBeNull()
  })

  test('a placeholder has nothing to read', async () => {
    const { admin, provider } = await openBoth()
    await admin.seedObject({ bucket: BUCKET, key: KEY, text: '' })
    expect(await goodOf(provider.looks.images.head(IMAGE))).toMatchObject({ bytes: 0 })
    expect(await goodOf(provider.looks.images.read(IMAGE, 0, 112))).toBeNull()
  })

  test('walks a listing of more than a thousand objects', async () => {
    const { admin, provider } = await openBoth()
    for (let one = 0; one < 1_050; one++)
      await admin.seedObject({ bucket: BUCKET, key: `many/${one}`, text: '' })
    const found = await goodOf(
      provider.looks.images.list({ region: REGION, bucket: BUCKET, prefix: 'many/' }),
    )
    expect(new Set(found.map(({ key }) => key)).size).toBe(1_050)
  })

  test('a foreign object is not deleted', async () => {
    const { admin, writes } = await openBoth()
    await admin.seedObject({ bucket: BUCKET, key: KEY, text: 'theirs' })
    const other: Owner = { ...OWNER, install: 'other' }
    expect(await goodOf(writes.images.removeOurs(imageItem, other))).toBe('not-ours')
    expect((await admin.census()).filter(({ kind }) => kind === 'object')).toMatchObject([{ changed: false }])
  })
})
