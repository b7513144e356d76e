import { describe, expect, test } from 'vitest'
import { type Damage, SANDBOX_CREDENTIALS, type Switches } from '../src/index.ts'
import { openStaged } from './support/asking-stage.ts'
import { GB, wire } from './support/stage.ts'

const { projectId: project, foreignProjectId } = SANDBOX_CREDENTIALS
const NOWHERE = '11111111-1111-4111-8111-111111111111'

describe.each(['instance', 'block'] as const)('%s checks', (api) => {
  test('token, zone, project, body and existence, in this order', async () => {
    const { emulator, ask, startExport, snapshot } = await openStaged(api)
    const foreign = snapshot({ project: foreignProjectId })
    const mine = snapshot()
    const path = `${ask.base}${ask.export(foreign.id)}`
    const noToken = await wire(
      emulator,
      `POST ${path.replace('fr-par-1', 'xx-yyy-1')}`,
      {},
      { 'X-Auth-Token': 'none' },
    )
    expect([noToken.status, noToken.json()]).toMatchObject([
      401,
      { type: 'denied_authentication', reason: 'invalid_argument' },
    ])
    expect((await wire(emulator, `POST ${path.replace('fr-par-1', 'xx-yyy-1')}`, {})).status).toBe(404)
    const denied = await startExport(foreign.id, {})
    expect([denied.status, denied.json()]).toEqual([
      403,
      {
        type: 'permissions_denied',
        message: 'insufficient permissions',
        details: [{ action: 'write', resource: ask.resource }],
      },
    ])
    const bad = await startExport(NOWHERE, {})
    expect([
      bad.status,
      bad.json().details.map((one: { argument_name: string }) => one.argument_name),
    ]).toEqual([400, ['bucket', 'key']])
    const gone = await startExport(NOWHERE)
    expect([gone.status, gone.json()]).toEqual([
      404,
      { type: 'not_found', message: 'resource is not found', resource: ask.resource, resource_id: NOWHERE },
    ])
    expect((await startExport(mine.id, '{"bucket":')).status).toBe(400)
  })

  test('a body that is no object, a wrong kind and a foreign project', async () => {
    const { startImport, image, emulator, ask } = await openStaged(api)
    await image()
    expect((await wire(emulator, `POST ${ask.base}${ask.import}`, '[1]')).json().type).toBe(
      'invalid_request_error',
    )
    expect((await startImport({ tags: 'a', size: 'big' })).json().details).toMatchObject([
      { argument_name: 'tags' },
      { argument_name: 'size' },
    ])
    expect((await startImport({ [ask.project]: foreignProjectId })).json().type).toBe('permissions_denied')
  })

  const REFUSED: [string, Damage | 'text', RegExp][] = [
    ['an encrypted image', 'encrypted', /^The provided QCOW2 file is encrypted$/],
    ['zstd compression', 'zstd', /^The provided QCOW2 has an unsupported compression type$/],
    ['a backing file', 'backing', /^The provided QCOW2 file has a backing chain$/],
    ['what is not QCOW2', 'garbage', /not a valid QCOW2 image/],
    ['an external data file', 'data-file', /not a valid QCOW2 image/],
    ['a corrupt image', 'corrupt', /not a valid QCOW2 image/],
  ]

  test.each(REFUSED)('an import refuses %s during its POST', async (_, damage, words) => {
    const { startImport, image, admin } = await openStaged(api)
    await image({ damage })
    const { status, json } = await startImport()
    expect([status, json().type]).toEqual([400, 'invalid_request_error'])
    expect(json().message).toMatch(words)
    expect((await admin.census()).filter((one) => one.kind === 'snapshot')).toEqual([])
  })

  test('an import refuses a 2 TB header, an empty object and an archived one', async () => {
    const { startImport, image, admin } = await openStaged(api)
    await image({ sizeBytes: 2_000_000_000_000 })
    expect((await startImport()).json()).toMatchObject({
      type: 'invalid_request_error',
      message: expect.stringContaining('too-large'),
    })
    await admin.seedObject({ bucket: 'staging', key: 'empty.qcow2', text: '' })
    expect((await startImport({ key: 'empty.qcow2' })).status).toBe(400)
    await admin.seedObject({
      bucket: 'staging',
      key: 'cold.qcow2',
      image: { sizeBytes: GB },
      storageClass: 'GLACIER',
    })
    expect((await startImport({ key: 'cold.qcow2' })).json().message).toMatch(/archived/)
  })

  test.each([
    [{ size: 1_999_999_488 }, 400],
    [{ size: 2_000_000_001 }, 400],
    [{ size: 2_000_000_000 }, 'made'],
    [{ size: 3_000_000_000 }, 'made'],
  ])('an import of a 2 GB image with %o is %s', async (changes, expected) => {
    const { startImport, image } = await openStaged(api)
    await image()
    const { status, json } = await startImport(changes)
    if (expected === 400)
      expect(json().details).toMatchObject([{ argument_name: 'size', reason: 'constraint' }])
    else
      expect([status, (json().snapshot ?? json()).size]).toEqual([
        api === 'instance' ? 201 : 200,
        changes.size,
      ])
  })

  test('a snapshot above 1 TB is not exported', async () => {
    const { startExport, snapshot } = await openStaged(api)
    expect((await startExport(snapshot({ sizeBytes: 1_000_000_000_512 }).id)).status).toBe(400)
    expect((await startExport(snapshot({ sizeBytes: 1_000_000_000_000 }).id)).status).toBeLessThan(300)
  })

  const PLACES: [string, object, Partial<Switches>, number][] = [
    ['a missing bucket', { bucket: 'none' }, {}, 404],
    ['a missing bucket', { bucket: 'none' }, { missingBucket: 'invalid-arguments' }, 400],
    ['a bucket of another region', { bucket: 'dutch' }, {}, 400],
    ['a bucket of another region', { bucket: 'dutch' }, { wrongRegion: 'not-found' }, 404],
    ['a bucket of a foreign project', { bucket: 'foreign' }, {}, 403],
    ["a bucket of the caller's other project", { bucket: 'other' }, { sameProjectOnly: true }, 403],
    ['a bucket whose policy names nobody', { bucket: 'closed' }, {}, 403],
  ]

  test.each(PLACES)(
    'an export and an import refuse %s (%o, %o) with %i',
    async (_, place, switches, status) => {
      const { startExport, startImport, snapshot, admin } = await openStaged(api)
      admin.seedBucket({ name: 'dutch', region: 'nl-ams' })
      admin.seedBucket({ name: 'foreign', region: 'fr-par', project: foreignProjectId })
      admin.seedBucket({ name: 'other', region: 'fr-par', project: SANDBOX_CREDENTIALS.otherProjectId })
      admin.seedBucket({
        name: 'closed',
        region: 'fr-par',
        policy: '{"Version":"2023-04-17","Statement":[]}',
      })
      admin.setRules({ switches })
      const { id } = snapshot()
      expect((await startExport(id, { key: 'k.qcow2', ...place })).status).toBe(status)
      expect((await startImport(place)).status).toBe(status)
      expect(admin.requests().every((one) => one.madeIds.length === 0)).toBe(true)
    },
  )

  test('a missing object, in both readings', async () => {
    const { startImport, admin } = await openStaged(api)
    expect((await startImport()).status).toBe(404)
    admin.setRules({ switches: { missingKey: 'invalid-arguments' } })
    expect((await startImport()).json().details).toMatchObject([{ argument_name: 'key' }])
  })

  test('a bucket that is only missed later: the import ends in error, the export leaves nothing', async () => {
    const { startImport, startExport, snapshot, admin } = await openStaged(api)
    admin.setRules({ switches: { bucketChecks: 'late' } })
    const { id } = snapshot()
    expect((await startExport(id, { bucket: 'none', key: 'k' })).status).toBeLessThan(300)
    const made = (await startImport()).json()
    await admin.advance(1_000_000)
    const states = (await admin.census())
      .filter((one) => one.kind === 'snapshot')
      .map((one) => [one.id, one.state])
    expect(states).toEqual([
      [id, 'available'],
      [(made.snapshot ?? made).id, 'error'],
    ])
    expect((await admin.census()).filter((one) => one.kind === 'object')).toEqual([])
  })

  test('an image of the other volume type is taken, unless the switch refuses it', async () => {
    const { startImport, image, admin } = await openStaged(api)
    await image()
    const foreign = {
      bucket: 'staging',
      key: 'k.qcow2',
      image: { sizeBytes: 2 * GB },
      exportedFrom: api === 'block' ? 'l_ssd' : 'sbs',
    }
    await admin.seedObject(foreign)
    expect((await startImport()).status).toBeLessThan(300)
    admin.setRules({ switches: { refuseForeignType: true } })
    expect((await startImport()).json().details).toMatchObject([{ argument_name: 'volume_type' }])
  })

  test('storage and snapshot quotas, once for the organisation and once for the project', async () => {
    const { startImport, image, snapshot, admin } = await openStaged(api)
    await image()
    snapshot({ sizeBytes: 9 * GB })
    admin.setRules({ quotas: { blockStorageGb: 10, localStorageGb: 10 } })
    const { status, json } = await startImport()
    expect([status, json().type]).toEqual([403, 'quotas_exceeded'])
    expect(json().details).toMatchObject([
      { quota: 10, current: 9, organization_id: SANDBOX_CREDENTIALS.organizationId },
      { quota: 10, current: 9, project_id: project },
    ])
    admin.setRules({ quotas: { blockStorageGb: 11, localStorageGb: 11 } })
    expect((await startImport()).status).toBeLessThan(300)
    admin.setRules({ quotas: { snapshots: 2 } })
    expect((await startImport()).json().details).toMatchObject([{ resource: 'snapshots' }, {}])
  })
})
