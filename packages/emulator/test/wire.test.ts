import { describe, expect, test } from 'vitest'
import { SANDBOX_CREDENTIALS } from '../src/index.ts'
import { GB, openStage, START_MS, wire } from './support/stage.ts'

const INSTANCE = '/instance/v1/zones/fr-par-1'
const BLOCK = '/block/v1/zones/fr-par-1'

describe('what Instance v1 sends', () => {
  test('a snapshot, in full', async () => {
    const { emulator, admin } = await openStage()
    const volume = admin.seedVolume({ api: 'instance', zone: 'fr-par-1', name: 'root', sizeBytes: 20 * GB })
    const { id } = admin.seedSnapshot({
      api: 'instance',
      zone: 'fr-par-1',
      name: 's',
      volume: volume.id,
      tags: ['t'],
    })
    const { status, headers, text, json } = await wire(emulator, `GET ${INSTANCE}/snapshots/${id}`)
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('application/json')
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(text.startsWith('{"snapshot": {"id": "')).toBe(true)
    expect(json().snapshot).toEqual({
      id,
      name: 's',
      volume_type: 'l_ssd',
      creation_date: '2026-09-01T10:00:00.000000+00:00',
      modification_date: '2026-09-01T10:00:00.000000+00:00',
      organization: SANDBOX_CREDENTIALS.organizationId,
      project: SANDBOX_CREDENTIALS.projectId,
      size: 20 * GB,
      state: 'available',
      base_volume: { id: volume.id, name: 'root' },
      tags: ['t'],
      zone: 'fr-par-1',
      error_details: null,
    })
  })

  test('a list without a total in its body, and a Link that is relative and echoes filters', async () => {
    const { emulator, admin } = await openStage()
    for (let at = 0; at < 5; at++)
      admin.seedSnapshot({ api: 'instance', zone: 'fr-par-1', name: `demo-${at}` })
    const middle = await wire(emulator, `GET ${INSTANCE}/snapshots?per_page=2&page=2&name=demo`)
    expect(Object.keys(middle.json())).toEqual(['snapshots'])
    expect(middle.json().snapshots).toHaveLength(2)
    expect(middle.headers.get('x-total-count')).toBe('5')
    const part = (page: number, rel: string) => `</snapshots?page=${page}&per_page=2&name=demo>; rel="${rel}"`
    expect(middle.headers.get('link')).toBe(
      [part(1, 'first'), part(1, 'previous'), part(3, 'next'), part(3, 'last')].join(','),
    )
    const only = await wire(emulator, `GET ${INSTANCE}/snapshots`)
    expect(only.headers.get('link')).toBe('</snapshots?page=1&per_page=50&>; rel="last"')
    const volumes = await wire(emulator, `GET ${INSTANCE}/volumes`)
    expect(volumes.headers.get('link')).toBe('</volumes?page=1&per_page=100&>; rel="last"')
  })

  test('202 and a dummy task for an export, 201 for creates, 204 for a delete', async () => {
    const { emulator, admin } = await openStage()
    admin.seedBucket({ name: 'staging', region: 'fr-par' })
    const volume = admin.seedVolume({ api: 'instance', zone: 'fr-par-1' })
    const project = SANDBOX_CREDENTIALS.projectId
    const taken = await wire(emulator, `POST ${INSTANCE}/snapshots`, {
      volume_id: volume.id,
      name: 't',
      project,
    })
    expect(taken.status).toBe(201)
    const { id } = taken.json().snapshot
    expect(taken.json().task).toMatchObject({ href_from: '/snapshots', href_result: `snapshots/${id}` })
    await admin.advance(60_000)
    const exported = await wire(emulator, `POST ${INSTANCE}/snapshots/${id}/export`, {
      bucket: 'staging',
      key: 'd/k.qcow2',
    })
    expect(exported.status).toBe(202)
    expect(exported.headers.get('location')).toBeNull()
    expect(exported.json()).toEqual({
      task: {
        id: '00000000-0000-0000-0000-000000000000',
        description: 'fake task',
        status: 'pending',
        href_from: `/snapshots/${id}/export`,
        href_result: 'https://s3.fr-par.scw.cloud/staging/d/k.qcow2',
        started_at: '2026-09-01T10:01:00.000000+00:00',
        terminated_at: null,
        progress: 0,
        zone: 'fr-par-1',
      },
    })
    await admin.advance(60_000)
    const imported = await wire(emulator, `POST ${INSTANCE}/snapshots`, {
      name: 'c',
      project,
      volume_type: 'l_ssd',
      bucket: 'staging',
      key: 'd/k.qcow2',
    })
    expect([imported.status, imported.json().snapshot.base_volume]).toEqual([201, null])
    const removed = await wire(emulator, `DELETE ${INSTANCE}/snapshots/${id}`)
    expect([removed.status, removed.headers.get('content-type'), removed.text]).toEqual([
      204,
      'application/json',
      '',
    ])
    expect((await wire(emulator, `GET ${INSTANCE}/snapshots/${id}`)).status).toBe(404)
    const volumeMade = await wire(emulator, `POST ${INSTANCE}/volumes`, { name: 'v', project, size: GB })
    expect(volumeMade.headers.get('location')).toMatch(
      /^https:\/\/api\.scaleway\.com\/instance\/v1\/zones\/fr-par-1\/volumes\//,
    )
  })

  test('a snapshot of a powered-off server is available at once', async () => {
    const { emulator, admin } = await openStage()
    const volume = admin.seedVolume({ api: 'instance', zone: 'fr-par-1', server: { running: false } })
    const body = { volume_id: volume.id, project: SANDBOX_CREDENTIALS.projectId }
    expect((await wire(emulator, `POST ${INSTANCE}/snapshots`, body)).json().snapshot.state).toBe('available')
  })
})

describe('what Block sends', () => {
  test('a snapshot being made, in full, and 200 for its POST', async () => {
    const { emulator, admin } = await openStage()
    const volume = admin.seedVolume({ api: 'block', zone: 'fr-par-1', name: 'data', server: {} })
    const { status, json, text, headers } = await wire(emulator, `POST ${BLOCK}/snapshots`, {
      volume_id: volume.id,
      name: 's',
      public: false,
    })
    expect([status, headers.get('x-content-type-options'), text.includes(': ')]).toEqual([
      200,
      'nosniff',
      false,
    ])
    expect(json()).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 's',
      parent_volume: { id: volume.id, name: 'data', type: 'sbs_5k', status: 'in_use' },
      size: 10 * GB,
      project_id: SANDBOX_CREDENTIALS.projectId,
      created_at: '2026-09-01T10:00:00.000000Z',
      updated_at: '2026-09-01T10:00:00.000000Z',
      references: [expect.objectContaining({ product_resource_type: 'internal', type: 'unknown_type' })],
      status: 'creating',
      tags: [],
      class: 'sbs',
      zone: 'fr-par-1',
      public: false,
    })
    await admin.advance(60_000)
    expect((await wire(emulator, `GET ${BLOCK}/snapshots/${json().id}`)).json()).toMatchObject({
      status: 'available',
      references: [],
    })
  })

  test('v1alpha1 is the same without `public`, and knows the old name of the import', async () => {
    const { emulator, admin } = await openStage()
    admin.seedBucket({ name: 'staging', region: 'fr-par' })
    await admin.seedObject({ bucket: 'staging', key: 'k.qcow2', image: { sizeBytes: 2 * GB } })
    const made = await wire(emulator, `POST /block/v1alpha1/zones/fr-par-1/snapshots/import-from-s3`, {
      bucket: 'staging',
      key: 'k.qcow2',
      name: 'n',
    })
    expect([made.status, made.json().size, 'public' in made.json()]).toEqual([200, 2 * GB, false])
  })

  test("totals in bodies; repeated tags mean any of them, Instance's joined tags all", async () => {
    const { emulator, admin } = await openStage()
    for (const api of ['block', 'instance'] as const) {
      for (const tags of [['a'], ['b'], ['a', 'b'], ['c']])
        admin.seedSnapshot({ api, zone: 'fr-par-1', tags })
    }
    const block = await wire(emulator, `GET ${BLOCK}/snapshots?tags=a&tags=b&page_size=2`)
    expect([block.json().total_count, block.json().snapshots.length, block.headers.get('link')]).toEqual([
      3,
      2,
      null,
    ])
    expect((await wire(emulator, `GET ${INSTANCE}/snapshots?tags=a,b`)).json().snapshots).toHaveLength(1)
    admin.setRules({ switches: { instanceTags: 'any' } })
    expect((await wire(emulator, `GET ${INSTANCE}/snapshots?tags=a,b`)).json().snapshots).toHaveLength(3)
  })

  test.each([
    ['created_at_asc', ['b', 'c', 'a']],
    ['created_at_desc', ['a', 'c', 'b']],
    ['name_asc', ['a', 'b', 'c']],
    ['name_desc', ['c', 'b', 'a']],
  ])('lists in the order %s', async (order, names) => {
    const { emulator, admin } = await openStage()
    for (const [at, name] of ['b', 'c', 'a'].entries())
      admin.seedSnapshot({ api: 'block', zone: 'fr-par-1', name, createdMs: START_MS + at })
    const { json } = await wire(emulator, `GET ${BLOCK}/snapshots?order_by=${order}`)
    expect(json().snapshots.map((one: { name: string }) => one.name)).toEqual(names)
  })

  test('412 for a volume smaller than its snapshot', async () => {
    const { emulator, admin } = await openStage()
    const { id } = admin.seedSnapshot({ api: 'block', zone: 'fr-par-1' })
    const { status, json } = await wire(emulator, `POST ${BLOCK}/volumes`, {
      name: 'v',
      from_snapshot: { snapshot_id: id, size: GB },
    })
    expect([status, json().precondition]).toEqual([412, 'resource_not_usable'])
    const fits = await wire(emulator, `POST ${BLOCK}/volumes`, {
      name: 'v',
      perf_iops: 15_000,
      from_snapshot: { snapshot_id: id },
    })
    expect([fits.status, fits.json().type, fits.json().status]).toEqual([200, 'sbs_15k', 'creating'])
  })
})

test('a new snapshot appears in lists as late as the switch says, and by its id at once', async () => {
  const { emulator, admin } = await openStage()
  admin.setRules({ switches: { listLagMs: 5_000 } })
  const volume = admin.seedVolume({ api: 'block', zone: 'fr-par-1' })
  const { id } = (await wire(emulator, `POST ${BLOCK}/snapshots`, { volume_id: volume.id })).json()
  const listed = async () => (await wire(emulator, `GET ${BLOCK}/snapshots`)).json().total_count
  expect([(await wire(emulator, `GET ${BLOCK}/snapshots/${id}`)).status, await listed()]).toEqual([200, 0])
  await admin.advance(4_999)
  expect(await listed()).toBe(0)
  await admin.advance(1)
  expect(await listed()).toBe(1)
})
