import { describe, expect, test } from 'vitest'
import { always, open } from './opened.ts'
import { AT, blockSnapshot, ID, importOrder, PROJECT, WIP, ZONE } from './wire-things.ts'

describe('looking at SBS snapshots', () => {
  test('a snapshot is told in our words', async () => {
    const { provider, server } = await open()
    server.react = () => ({ status: 200, body: blockSnapshot({ tags: ['a'], srn: 'new' }) })
    expect(await provider.looks.block.find(AT)).toEqual({
      ok: true,
      value: {
        backend: 'block',
        zone: 'fr-par-1',
        id: ID,
        name: 'db-data-2026-09-01',
        type: 'sbs',
        project: PROJECT,
        sizeBytes: 50_000_000_000,
        state: { kind: 'available', word: 'available' },
        tags: ['a'],
        createdAt: Date.UTC(2026, 8, 1, 10, 0, 0, 123),
        volume: { id: '5d3f9b01-c8a6-4e72-b4d0-1f6e8a2c9b08', name: 'db-data' },
      },
    })
    expect(server.arrived[0]?.path).toBe(`/block/v1/zones/fr-par-1/snapshots/${ID}`)
  })

  test.each([
    ['available', 'available'],
    ['in_use', 'in-use'],
    ['creating', 'pending'],
    ['resizing', 'pending'],
    ['snapshotting', 'pending'],
    ['updating', 'pending'],
    ['exporting', 'exporting'],
    ['deleting', 'deleting'],
    ['locked', 'locked'],
    ['error', 'error'],
    ['unknown_status', 'unknown'],
    ['hibernating', 'unknown'],
  ])('the status %s means %s, for a snapshot and for a volume', async (word, kind) => {
    const { provider, server } = await open()
    server.react = () => ({ status: 200, body: blockSnapshot({ status: word }) })
    expect(await provider.looks.block.find(AT)).toMatchObject({ value: { state: { kind, word } } })
    expect(await provider.looks.block.findVolume(AT)).toMatchObject({
      value: { type: 'sbs', state: { kind, word } },
    })
  })

  test('what is remembered as deleted is not there', async () => {
    const { provider, server } = await open()
    server.react = () => ({ status: 200, body: blockSnapshot({ status: 'deleted' }) })
    expect(await provider.looks.block.find(AT)).toEqual({ ok: true, value: null })
    expect(await provider.looks.block.findVolume(AT)).toEqual({ ok: true, value: null })
    server.react = () => ({
      status: 200,
      body: { snapshots: [blockSnapshot({ status: 'deleted', tags: [WIP] })], total_count: 1 },
    })
    expect(await provider.looks.block.tagged({ zone: ZONE, project: PROJECT, tag: WIP })).toEqual({
      ok: true,
      value: [],
    })
  })

  test('a snapshot of another organisation is forbidden, not missing', async () => {
    const { provider, server } = await open()
    server.react = () => ({
      status: 403,
      body: { type: 'permissions_denied', message: 'insufficient permissions' },
    })
    expect(await provider.looks.block.find(AT)).toMatchObject({ failure: { kind: 'forbidden' } })
  })

  test.each(['id', 'name', 'size', 'project_id', 'created_at', 'status', 'tags', 'zone'])(
    'a snapshot without %s is unreadable',
    async (field) => {
      const { provider, server } = await open()
      server.react = () => ({ status: 200, body: blockSnapshot({ [field]: undefined }) })
      expect(await provider.looks.block.find(AT)).toMatchObject({ failure: { kind: 'unreadable' } })
    },
  )

  test('the list asks one tag of one project, in one order, and trusts no filter of the provider', async () => {
    const { provider, server } = await open()
    const rows = [
      blockSnapshot({ id: 'ours', tags: [WIP] }),
      blockSnapshot({ id: 'other-tag', tags: ['a'] }),
      blockSnapshot({ id: 'project', tags: [WIP], project_id: 'another' }),
      blockSnapshot({ id: 'zone', tags: [WIP], zone: 'fr-par-2' }),
    ]
    server.react = () => ({ status: 200, body: { snapshots: rows, total_count: 4 } })
    const found = await provider.looks.block.tagged({ zone: ZONE, project: PROJECT, tag: WIP })
    expect(found).toMatchObject({ ok: true, value: [{ id: 'ours' }] })
    expect(Object.fromEntries(server.arrived[0]?.query ?? [])).toEqual({
      project_id: PROJECT,
      tags: WIP,
      order_by: 'created_at_asc',
      page_size: '100',
      page: '1',
    })
  })
})

describe('writing SBS snapshots', () => {
  test('an import names project and size', async () => {
    const { provider, server } = await open()
    server.react = () => ({ status: 200, body: blockSnapshot({ status: 'creating', parent_volume: null }) })
    const answer = await provider.writesFor(always).block.startImport(importOrder())
    expect(answer).toMatchObject({
      ok: true,
      value: { state: { kind: 'pending', word: 'creating' }, volume: null },
    })
    expect(server.arrived[0]).toMatchObject({
      method: 'POST',
      path: '/block/v1/zones/fr-par-1/snapshots/import-from-object-storage',
      headers: { 'content-type': 'application/json' },
      body: { name: 'web-root', project_id: PROJECT, size: 20_000_000_000, tags: ['env=prod', WIP] },
    })
  })

  test('an export answers with the exporting snapshot', async () => {
    const { provider, server } = await open()
    server.react = () => ({ status: 200, body: blockSnapshot({ status: 'exporting' }) })
    const order = { ...AT, bucket: 'acme-staging', key: 'k.qcow2' }
    expect(await provider.writesFor(always).block.startExport(order)).toEqual({ ok: true, value: null })
    expect(server.arrived[0]).toMatchObject({
      path: `/block/v1/zones/fr-par-1/snapshots/${ID}/export-to-object-storage`,
      body: { bucket: 'acme-staging', key: 'k.qcow2' },
    })
  })

  test('a snapshot is taken of a volume, for nobody else', async () => {
    const { provider, server } = await open()
    server.react = () => ({ status: 200, body: blockSnapshot({ status: 'creating' }) })
    const order = { zone: ZONE, volume: 'v-1', name: 'n', project: PROJECT, tags: [WIP] }
    expect((await provider.writesFor(always).block.takeSnapshot(order)).ok).toBe(true)
    expect(server.arrived[0]?.body).toEqual({
      volume_id: 'v-1',
      name: 'n',
      project_id: PROJECT,
      tags: [WIP],
      public: false,
    })
  })
})
