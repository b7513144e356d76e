import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmulator } from '@snapferry/emulator'
import type { ArchiveStore, Region } from '@snapferry/migration'
import { expect, onTestFinished, test } from 'vitest'
import { openProvider, type ProviderOptions } from '../src/provider.ts'
import { readAccess } from '../src/read-access.ts'
import { open } from './opened.ts'

const REGION = 'fr-par' as Region
const PLACE = { region: REGION, bucket: 'staging', prefix: 'snapferry', install: 'default' }
const DATA = '2026-11-24.ndjson.gz'

/** The emulator with a bucket, and the archive of an installation there. */
async function openArchive(options: Partial<ProviderOptions> = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'snapferry-archive-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  const emulator = await startEmulator({ dataDir, drive: { mode: 'by-hand', startMs: Date.now() } })
  onTestFinished(() => emulator.stop())
  emulator.admin.seedBucket({ name: PLACE.bucket, region: 'fr-par' })
  const s3 = Object.entries(emulator.s3Urls).map(([region, url]) => `${region}=${url}`)
  const access = readAccess(
    {
      SNAPFERRY_MODE: 'sandbox',
      SNAPFERRY_EMULATOR_URL: emulator.apiUrl,
      SNAPFERRY_EMULATOR_S3: s3.join(','),
    },
    () => '',
  )
  if (!access.ok) throw new Error(access.failure.join('\n'))
  const provider = await openProvider(access.value, { stopping: new AbortController().signal, ...options })
  onTestFinished(() => provider.close())
  return { emulator, provider, archive: provider.archiveAt(PLACE) }
}

test('what is put into an archive comes back byte by byte, also when it is larger than one packet', async () => {
  const { archive } = await openArchive()
  for (const [at, bytes] of [0, 1, 70_000, 9_000_000].entries()) {
    const body = randomBytes(bytes)
    const name = `2026-11-24.${at + 2}.ndjson.gz`
    expect(await archive.putIfAbsent(name, body)).toEqual({ ok: true, value: 'written' })
    const read = await archive.get(name)
    if (!read.ok || read.value === null) throw new Error(JSON.stringify(read))
    expect(createHash('sha256').update(read.value).digest('hex')).toBe(
      createHash('sha256').update(body).digest('hex'),
    )
  }
})

test('what lies in an archive is never written again', async () => {
  const { archive } = await openArchive()
  await archive.putIfAbsent(DATA, Buffer.from('first'))
  expect(await archive.putIfAbsent(DATA, Buffer.from('second'))).toEqual({ ok: true, value: 'exists' })
  expect(await archive.get(DATA)).toMatchObject({ ok: true, value: Buffer.from('first') })
})

test('a list has every name below archive/ of this installation alone', async () => {
  const { archive, provider } = await openArchive()
  const other = provider.archiveAt({ ...PLACE, install: 'default2' })
  await other.putIfAbsent(DATA, Buffer.from('theirs'))
  expect(await archive.list()).toEqual({ ok: true, value: [] })
  await archive.putIfAbsent('2026-11-24.json', Buffer.from('{}'))
  await archive.putIfAbsent(DATA, Buffer.from('ours'))
  const listed = await archive.list()
  expect(listed.ok && [...listed.value].sort()).toEqual(['2026-11-24.json', DATA])
  expect(await archive.get('2026-11-25.json')).toEqual({ ok: true, value: null })
})

test.each([
  '../work/mig_a/1.qcow2',
  'work/1.qcow2',
  '2026-11-24.ndjson.gz/x',
  '2026-02-30.json',
  '2026-11-24.1.json',
  '2026-11-24.10000.json',
  '2026-11-24.qcow2',
  '2026-11-24.json?acl',
  '',
])('the key %j is refused before anything leaves', async (name) => {
  const { provider, facts } = await open()
  const archive = provider.archiveAt(PLACE)
  await expect(async () => archive.putIfAbsent(name, Buffer.from('x'))).rejects.toThrow(RangeError)
  await expect(async () => archive.get(name)).rejects.toThrow(RangeError)
  expect(facts).toEqual([])
})

test('a bucket that is not there is a failure of each call, not an empty archive', async () => {
  const { provider } = await openArchive()
  const archive = provider.archiveAt({ ...PLACE, bucket: 'nobodys-bucket' })
  const answers = await Promise.all([archive.list(), archive.putIfAbsent(DATA, Buffer.from('x'))])
  for (const answer of answers) expect(answer).toMatchObject({ ok: false, failure: { kind: 'missing' } })
})

test('a client that may not write puts nothing, and reads', async () => {
  const { archive } = await openArchive({ readOnly: true })
  expect(await archive.putIfAbsent(DATA, Buffer.from('x'))).toMatchObject({
    ok: false,
    failure: { kind: 'observing', nothing: true },
  })
  expect(await archive.list()).toEqual({ ok: true, value: [] })
})

test('when another writer was quicker between look and write, the answer is that it exists', async () => {
  const { emulator, archive, provider } = await openArchive()
  const twin: ArchiveStore = provider.archiveAt(PLACE)
  emulator.admin.armFault({
    match: { operation: 'HeadObject' },
    times: 2,
    fault: { kind: 'not-found' },
  })
  const both = await Promise.all([
    archive.putIfAbsent(DATA, Buffer.from('one')),
    twin.putIfAbsent(DATA, Buffer.from('two')),
  ])
  expect(both.map((answer) => answer.ok && answer.value).toSorted()).toEqual(['exists', 'written'])
})
