import { describe, expect, test } from 'vitest'
import { always, open } from './opened.ts'
import type { Arrived } from './scripted-server.ts'
import { AT, ID, importOrder, instanceSnapshot, instanceVolume, PROJECT, WIP, ZONE } from './wire-things.ts'

const FAKE_TASK = { id: '00000000-0000-0000-0000-000000000000', description: 'fake task', status: 'pending' }

describe('looking at local snapshots', () => {
  test('a snapshot is told in our words', async () => {
    const { provider, server } = await open()
    server.react = () => ({ status: 200, body: { snapshot: instanceSnapshot({ tags: ['a'], surprise: 1 }) } })
    expect(await provider.looks.instance.find(AT)).toEqual({
      ok: true,
      value: {
        backend: 'instance',
        zone: 'fr-par-1',
        id: ID,
        name: 'web-root-2026-09-01',
        type: 'l_ssd',
        project: PROJECT,
        sizeBytes: 20_000_000_000,
        state: { kind: 'available', word: 'available' },
        tags: ['a'],
        createdAt: Date.UTC(2026, 8, 1, 10, 0, 0, 123),
        volume: { id: '3c9a7e15-0b42-4d6f-8e91-a7d5c2f4b604', name: 'web-root' },
      },
    })
    expect(server.arrived[0]).toMatchObject({
      method: 'GET',
      path: `/instance/v1/zones/fr-par-1/snapshots/${ID}`,
      headers: { 'x-auth-token': '5a4d0b0c-5a4d-4b0c-8a4d-0b0c5a4d0b0c', accept: 'application/json' },
    })
  })

  test.each([
    ['available', 'available'],
    ['snapshotting', 'pending'],
    ['importing', 'pending'],
    ['exporting', 'exporting'],
    ['error', 'error'],
    ['invalid_data', 'invalid-data'],
    ['dematerialising', 'unknown'],
    ['', 'unknown'],
  ])('the state word %j means %s', async (word, kind) => {
    const { provider, server } = await open()
    server.react = () => ({
      status: 200,
      body: { snapshot: instanceSnapshot({ state: word, base_volume: null }) },
    })
    expect(await provider.looks.instance.find(AT)).toMatchObject({
      value: { state: { kind, word }, volume: null },
    })
  })

  test.each([
    [{ error_details: 'disk on fire', error_reason: 'other' }, 'disk on fire'],
    [{ error_details: null, error_reason: 'by the SDK' }, 'by the SDK'],
    [{ error_details: undefined }, null],
  ])('of %o the reason of an error is %j', async (fields, details) => {
    const { provider, server } = await open()
    server.react = () => ({
      status: 200,
      body: { snapshot: instanceSnapshot({ state: 'error', ...fields }) },
    })
    expect(await provider.looks.instance.find(AT)).toMatchObject({
      value: { state: { kind: 'error', details } },
    })
  })

  test.each(['id', 'name', 'volume_type', 'creation_date', 'project', 'size', 'state', 'tags', 'zone'])(
    'a snapshot without %s is unreadable',
    async (field) => {
      const { provider, server } = await open()
      server.react = () => ({ status: 200, body: { snapshot: instanceSnapshot({ [field]: undefined }) } })
      expect(await provider.looks.instance.find(AT)).toMatchObject({
        failure: { kind: 'unreadable', status: 200 },
      })
    },
  )

  test.each([
    { size: -1 },
    { size: 1.5 },
    { size: 2 ** 60 },
    { zone: 'mars' },
    { creation_date: 'yesterday' },
    { tags: null },
  ])('a snapshot with %o is unreadable', async (changed) => {
    const { provider, server } = await open()
    server.react = () => ({ status: 200, body: { snapshot: instanceSnapshot(changed) } })
    expect(await provider.looks.instance.find(AT)).toMatchObject({ failure: { kind: 'unreadable' } })
  })

  test.each(['scratch', 'b_ssd', 'unified'])(
    'a thing of type %s cannot be carried, and that is definite',
    async (type) => {
      const { provider, server } = await open()
      server.react = ({ path }) => ({
        status: 200,
        body: path.includes('/volumes/')
          ? { volume: instanceVolume({ volume_type: type }) }
          : { snapshot: instanceSnapshot({ volume_type: type }) },
      })
      for (const answer of [
        await provider.looks.instance.find(AT),
        await provider.looks.instance.findVolume(AT),
      ]) {
        expect(answer).toMatchObject({ failure: { kind: 'refused', words: expect.stringContaining(type) } })
      }
    },
  )

  test('404 and 410 say it is not there; 403 does not', async () => {
    const { provider, server } = await open()
    for (const status of [404, 410]) {
      server.react = () => ({ status, body: { type: 'not_found', message: 'resource is not found' } })
      expect(await provider.looks.instance.find(AT)).toEqual({ ok: true, value: null })
      expect(await provider.looks.instance.findVolume(AT)).toEqual({ ok: true, value: null })
    }
    server.react = () => ({
      status: 403,
      body: { type: 'permissions_denied', message: 'insufficient permissions' },
    })
    expect(await provider.looks.instance.find(AT)).toMatchObject({
      failure: { kind: 'forbidden', requestId: 'req-1' },
    })
  })

  test('an id cannot lead the call to another path', async () => {
    const { provider, server } = await open()
    server.react = () => ({ status: 404 })
    await provider.looks.instance.find({ zone: ZONE, id: '../../volumes?x=#' })
    expect(server.arrived[0]?.path).toBe('/instance/v1/zones/fr-par-1/snapshots/..%2F..%2Fvolumes%3Fx%3D%23')
  })

  test.each([
    ['available', 'available'],
    ['resizing', 'pending'],
    ['hotsyncing', 'pending'],
    ['error', 'error'],
    ['melting', 'unknown'],
  ])('a volume in state %s is %s', async (word, kind) => {
    const { provider, server } = await open()
    server.react = () => ({ status: 200, body: { volume: instanceVolume({ state: word }) } })
    expect(await provider.looks.instance.findVolume(AT)).toMatchObject({
      value: { backend: 'instance', type: 'l_ssd', name: 'web-root-2026-09-01', state: { kind, word } },
    })
  })
})

describe('the list of local snapshots by tag', () => {
  test('asks one tag of one project in pages of 100 and trusts no filter of the provider', async () => {
    const { provider, server } = await open()
    const rows = [
      instanceSnapshot({ id: 'ours', tags: ['x', WIP] }),
      instanceSnapshot({ id: 'prefix', tags: [`${WIP}1`] }),
      instanceSnapshot({ id: 'project', tags: [WIP], project: 'another' }),
      instanceSnapshot({ id: 'zone', tags: [WIP], zone: 'fr-par-2' }),
      { id: 'odd', tags: [], zone: 'fr-par-1', project: PROJECT, state: 12 },
    ]
    server.react = () => ({ status: 200, body: { snapshots: rows }, headers: { 'x-total-count': '5' } })
    const found = await provider.looks.instance.tagged({ zone: ZONE, project: PROJECT, tag: WIP })
    expect(found).toMatchObject({ ok: true, value: [{ id: 'ours' }] })
    expect(Object.fromEntries(server.arrived[0]?.query ?? [])).toEqual({
      project: PROJECT,
      tags: WIP,
      per_page: '100',
      page: '1',
    })
  })

  test.each([undefined, '', 'many'])(
    'with X-Total-Count %j its end is unknown: unreadable',
    async (total) => {
      const { provider, server } = await open()
      const headers: Record<string, string> = total === undefined ? {} : { 'x-total-count': total }
      server.react = () => ({ status: 200, body: { snapshots: [] }, headers })
      const found = await provider.looks.instance.tagged({ zone: ZONE, project: PROJECT, tag: WIP })
      expect(found).toMatchObject({ failure: { kind: 'unreadable', nothing: true } })
    },
  )

  test('with an unreadable row of ours is unreadable, never shorter', async () => {
    const { provider, server } = await open()
    const rows = [instanceSnapshot({ tags: [WIP], size: null })]
    server.react = () => ({ status: 200, body: { snapshots: rows }, headers: { 'x-total-count': '1' } })
    const found = await provider.looks.instance.tagged({ zone: ZONE, project: PROJECT, tag: WIP })
    expect(found).toMatchObject({ failure: { kind: 'unreadable' } })
  })
})

describe('writing local snapshots', () => {
  const sent = ({ method, path, body }: Arrived) => ({ method, path, body })

  test('an import names type and size', async () => {
    const { provider, server } = await open()
    server.react = () => ({
      status: 201,
      body: { snapshot: instanceSnapshot({ state: 'importing', base_volume: null }), task: FAKE_TASK },
    })
    const answer = await provider.writesFor(always).instance.startImport(importOrder())
    expect(answer).toMatchObject({ ok: true, value: { id: ID, state: { kind: 'pending' }, volume: null } })
    expect(sent(server.arrived[0]!)).toEqual({
      method: 'POST',
      path: '/instance/v1/zones/fr-par-1/snapshots',
      body: {
        name: 'web-root',
        project: PROJECT,
        volume_type: 'l_ssd',
        bucket: 'acme-staging',
        key: 'snapferry/default/work/m/1.qcow2',
        size: 20_000_000_000,
        tags: ['env=prod', WIP],
      },
    })
  })

  test('an export is accepted with a dummy task', async () => {
    const { provider, server } = await open()
    server.react = () => ({ status: 202, body: { task: FAKE_TASK } })
    const order = { ...AT, bucket: 'acme-staging', key: 'k.qcow2' }
    expect(await provider.writesFor(always).instance.startExport(order)).toEqual({ ok: true, value: null })
    expect(sent(server.arrived[0]!)).toEqual({
      method: 'POST',
      path: `/instance/v1/zones/fr-par-1/snapshots/${ID}/export`,
      body: { bucket: 'acme-staging', key: 'k.qcow2' },
    })
  })

  test('a snapshot is taken of a volume', async () => {
    const { provider, server } = await open()
    server.react = () => ({ status: 201, body: { snapshot: instanceSnapshot({ state: 'snapshotting' }) } })
    const order = { zone: ZONE, volume: 'v-1', name: 'n', project: PROJECT, tags: [WIP] }
    expect(await provider.writesFor(always).instance.takeSnapshot(order)).toMatchObject({
      value: { state: { kind: 'pending' } },
    })
    expect(sent(server.arrived[0]!)).toEqual({
      method: 'POST',
      path: '/instance/v1/zones/fr-par-1/snapshots',
      body: { name: 'n', volume_id: 'v-1', project: PROJECT, tags: [WIP] },
    })
  })
})
