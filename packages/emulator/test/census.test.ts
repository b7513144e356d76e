import {
  CreateMultipartUploadCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { expect, test } from 'vitest'
import { SANDBOX_CREDENTIALS } from '../src/index.ts'
import { openStage, wire } from './support/stage.ts'

const BLOCK = '/block/v1/zones/fr-par-1'

test('what a call made bears who made it and the number of the call', async () => {
  const { emulator, admin } = await openStage()
  const volume = admin.seedVolume({ api: 'block', zone: 'fr-par-1' })
  const { json } = await wire(
    emulator,
    `POST ${BLOCK}/snapshots`,
    { volume_id: volume.id, name: 'n' },
    { 'User-Agent': 'me/1' },
  )
  const census = await admin.census()
  const made = census.find((one) => one.id === json().id)
  const [request] = admin.requests()
  expect(made).toMatchObject({
    kind: 'snapshot',
    place: 'fr-par-1',
    state: 'creating',
    changed: null,
    madeBy: { by: 'call', accessKey: SANDBOX_CREDENTIALS.accessKey, userAgent: 'me/1', request: request!.n },
  })
  expect(request).toMatchObject({
    api: 'block',
    operation: 'CreateSnapshot',
    status: 200,
    zone: 'fr-par-1',
    madeIds: [json().id],
  })
  expect(admin.counts()).toEqual({ 'block CreateSnapshot 200': 1 })
  expect(admin.requests(request!.n)).toEqual([])
})

test("a stranger's thing that was renamed, retagged, rewritten or deleted is seen", async () => {
  const { emulator, admin, s3 } = await openStage()
  admin.seedBucket({ name: 'buck', region: 'fr-par' })
  const object = await admin.seedObject({ bucket: 'buck', key: 'k', text: 'same' })
  const [kept, renamed, retagged, deleted] = [1, 2, 3, 4].map(() =>
    admin.seedSnapshot({ api: 'block', zone: 'fr-par-1', tags: ['x'] }),
  )
  const flags = async (id: string) => {
    const entry = (await admin.census()).find((one) => one.id === id)
    return [entry?.changed, entry?.missing]
  }
  for (const one of ['buck', object.id, kept!.id, deleted!.id])
    expect(await flags(one)).toEqual([false, false])
  await wire(emulator, `PATCH ${BLOCK}/snapshots/${renamed!.id}`, { name: 'mine' })
  await wire(emulator, `PATCH ${BLOCK}/snapshots/${retagged!.id}`, { tags: ['x', 'y'] })
  await wire(emulator, `DELETE ${BLOCK}/snapshots/${deleted!.id}`)
  await s3().send(new PutObjectCommand({ Bucket: 'buck', Key: 'k', Body: 'same' }))
  await s3().send(
    new PutBucketVersioningCommand({ Bucket: 'buck', VersioningConfiguration: { Status: 'Enabled' } }),
  )
  expect(await flags(kept!.id)).toEqual([false, false])
  for (const id of [renamed!.id, retagged!.id, object.id, 'buck'])
    expect(await flags(id)).toEqual([true, false])
  expect(await flags(deleted!.id)).toEqual([true, true])
})

test('everything that exists names the project it belongs to', async () => {
  const { emulator, admin, s3 } = await openStage()
  const { projectId, otherProjectId: project } = SANDBOX_CREDENTIALS
  admin.seedBucket({ name: 'buck', region: 'fr-par', project })
  await s3().send(new PutObjectCommand({ Bucket: 'buck', Key: 'k', Body: 'x' }))
  await s3().send(new CreateMultipartUploadCommand({ Bucket: 'buck', Key: 'u' }))
  const volume = admin.seedVolume({ api: 'block', zone: 'fr-par-1', project })
  const asked = { volume_id: volume.id, name: 'n', project_id: project }
  await wire(emulator, `POST ${BLOCK}/snapshots`, asked)
  const gone = admin.seedSnapshot({ api: 'block', zone: 'fr-par-1' })
  admin.seedSnapshot({ api: 'instance', zone: 'fr-par-1' })
  await wire(emulator, `DELETE ${BLOCK}/snapshots/${gone.id}`)
  const rows = (await admin.census()).map(({ kind, api, project: of, missing }) => [kind, api, of, missing])
  expect(rows.toSorted()).toEqual(
    [
      ['bucket', 's3', project, false],
      ['object', 's3', project, false],
      ['snapshot', 'block', project, false],
      ['snapshot', 'block', null, true],
      ['snapshot', 'instance', projectId, false],
      ['upload', 's3', project, false],
      ['volume', 'block', project, false],
    ].toSorted(),
  )
})

test("an admin's own doing is not a change", async () => {
  const { admin } = await openStage()
  const one = admin.seedSnapshot({ api: 'instance', zone: 'fr-par-1' })
  const other = admin.seedSnapshot({ api: 'instance', zone: 'fr-par-1' })
  await admin.turn({ id: one.id, name: 'other', state: 'error', errorDetails: 'why' })
  await admin.turn({ id: other.id, gone: true })
  expect(await admin.census()).toMatchObject([
    { id: one.id, name: 'other', state: 'error', changed: false, missing: false },
  ])
})

test('the admin routes do what the admin does', async () => {
  const { emulator, admin } = await openStage()
  const ask = async (line: string, body?: unknown) => wire(emulator, line.replace(' ', ' /admin'), body)
  const seeded = (await ask('POST /seed/snapshot', { api: 'block', zone: 'nl-ams-1', name: 'far' })).json()
  await ask('POST /seed/bucket', { name: 'buck', region: 'nl-ams' })
  await ask('POST /seed/object', { bucket: 'buck', key: 'a/b', image: { sizeBytes: 1_000_000_000 } })
  expect((await ask('GET /census?digests=1')).json()).toEqual(await admin.census({ digests: true }))
  expect((await ask(`GET /digest/${seeded.id}`)).json().digest).toBe(await admin.digest(seeded.id))
  expect((await ask('GET /image-digest/buck/a/b')).json().digest).toMatch(/^[0-9a-f]{64}$/)
  const before = (await ask('GET /clock')).json().nowMs
  expect((await ask('POST /clock', { advanceMs: 5 })).json().nowMs).toBe(before + 5)
  expect((await ask('POST /clock', { setMs: before + 9 })).json().nowMs).toBe(before + 9)
  const rule = (await ask('POST /faults', { match: { api: 'block' }, fault: { kind: 'json-503' } })).json()
  expect((await ask('GET /faults')).json()).toEqual([rule])
  await ask(`DELETE /faults/${rule.id}`)
  expect(admin.faults()).toEqual([])
  expect((await ask('PATCH /rules', { switches: { listLagMs: 3 } })).json().switches.listLagMs).toBe(3)
  expect((await ask('POST /turn', { id: seeded.id, state: 'locked' })).status).toBe(200)
  expect(admin.requests()).toEqual([])
})

test.each([
  ['POST /seed/snapshot', { api: 'block', zone: 'mars-1' }, 'mars-1'],
  ['POST /seed/snapshot', { api: 'tape', zone: 'fr-par-1' }, 'api'],
  ['POST /seed/snapshot', '{', 'JSON'],
  ['POST /seed/bucket', { name: 'buck', region: 'mars' }, 'mars'],
  ['POST /seed/bucket', { name: '../up', region: 'fr-par' }, '../up'],
  ['POST /seed/object', { bucket: 'none', key: 'k' }, 'none'],
  ['POST /clock', {}, 'advanceMs'],
  ['POST /clock', { setMs: 1 }, 'cannot go back'],
  ['POST /faults', { fault: { kind: 'gremlin' } }, 'gremlin'],
  ['POST /faults', {}, 'fault'],
  ['PATCH /rules', { switches: { colour: 1 } }, 'colour'],
  ['POST /turn', { id: 'x' }, 'x'],
])('%s with %j is refused with a sentence', async (line, body, word) => {
  const { emulator } = await openStage()
  const { status, json } = await wire(emulator, line.replace(' ', ' /admin'), body)
  expect(status).toBe(400)
  expect(json().error).toContain(word)
})
