import type { Region, SnapshotsPlace } from '@snapferry/migration'
import { describe, expect, test } from 'vitest'
import { always, open } from './opened.ts'
import {
  blockSnapshot,
  ID,
  instanceSnapshot,
  MIGRATION,
  OWNER,
  PROJECT,
  REGION,
  WIP,
  ZONE,
} from './wire-things.ts'

const BUCKET = { kind: 'bucket', region: REGION, bucket: 'acme-staging', prefix: 'snapferry' } as const
const KEY = `snapferry/default/work/${MIGRATION}/1.qcow2`
const idOf = (n: number) => `${ID.slice(0, -4)}${String(1000 + n)}`

describe.each(['instance', 'block'] as const)('the list of a sweep from the %s API', (backend) => {
  const at: SnapshotsPlace = { kind: 'snapshots', backend, zone: ZONE, project: PROJECT }
  const row = (n: number, tags: readonly string[], changed: object = {}) => {
    const parts = { id: idOf(n), tags, ...changed }
    return backend === 'instance' ? instanceSnapshot(parts) : blockSnapshot(parts)
  }
  const page = (rows: readonly object[], total: number) =>
    backend === 'instance'
      ? { status: 200, body: { snapshots: rows }, headers: { 'x-total-count': String(total) } }
      : { status: 200, body: { snapshots: rows, total_count: total } }
  const pageOf = (query: URLSearchParams) => Number(query.get('page'))

  test('asks for a whole project, page by page, without a tag, and reads only what has a mark', async () => {
    const { provider, server } = await open()
    const odd = { ...row(9, ['prod']), size: 'unreadable' }
    const pages = [
      [row(1, [WIP]), odd],
      [row(2, ['snapferry:source=x']), row(3, [`snapferry:copy=other.${MIGRATION}`])],
    ]
    server.react = ({ query }) => page(pages[pageOf(query) - 1] ?? [], 4)
    const seen = await provider.sweep.marked(at)
    expect(seen.ok && seen.value.map(({ id }) => id)).toEqual([idOf(1), idOf(3)])
    expect(server.arrived).toHaveLength(2)
    for (const { method, query } of server.arrived) {
      expect(method).toBe('GET')
      expect(query.get(backend === 'instance' ? 'project' : 'project_id')).toBe(PROJECT)
      expect(query.has('tags')).toBe(false)
    }
  })

  test('a list that others change while it is walked comes to its end', async () => {
    const { provider, server } = await open()
    server.react = ({ query }) =>
      pageOf(query) <= 5 ? page([row(pageOf(query), [WIP])], 100 - pageOf(query)) : page([], 90)
    const seen = await provider.sweep.marked(at)
    expect(seen.ok && seen.value).toHaveLength(5)
    expect(server.arrived).toHaveLength(6)
  })

  test('rows of another project or zone are not ours to read, whatever the provider’s filter let through', async () => {
    const { provider, server } = await open()
    const elsewhere = backend === 'instance' ? { project: 'other' } : { project_id: 'other' }
    server.react = () => page([row(1, [WIP], elsewhere), row(2, [WIP], { zone: 'fr-par-2' })], 2)
    expect(await provider.sweep.marked(at)).toEqual({ ok: true, value: [] })
  })

  test('a page that fails is the failure of the list', async () => {
    const { provider, server } = await open()
    server.react = ({ query }) => (pageOf(query) === 1 ? page([row(1, [WIP])], 2) : { status: 503 })
    expect(await provider.sweep.marked(at)).toMatchObject({ ok: false, failure: { kind: 'unavailable' } })
  })
})

const xml = (root: string, inner: string) => ({ status: 200, body: `<${root}>${inner}</${root}>` })
const upload = (key: string, id: string) =>
  `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>2026-09-01T10:00:00.000Z</Initiated></Upload>`

describe('unfinished uploads', () => {
  test('are listed page by page with the bytes of their parts; one that is finished meanwhile is left out', async () => {
    const { provider, server } = await open()
    server.react = ({ query }) => {
      const uploadId = query.get('uploadId')
      if (uploadId === 'u2') return { status: 404, body: '<Error><Code>NoSuchUpload</Code></Error>' }
      if (uploadId !== null)
        return xml(
          'ListPartsResult',
          '<Part><PartNumber>1</PartNumber><Size>5</Size></Part><Part><PartNumber>2</PartNumber><Size>7</Size></Part>',
        )
      if (query.get('key-marker') === null)
        return xml(
          'ListMultipartUploadsResult',
          `<IsTruncated>true</IsTruncated><NextKeyMarker>${KEY}</NextKeyMarker><NextUploadIdMarker>u1</NextUploadIdMarker>${upload(KEY, 'u1')}`,
        )
      expect(query.get('upload-id-marker')).toBe('u1')
      return xml(
        'ListMultipartUploadsResult',
        `<IsTruncated>false</IsTruncated>${upload(KEY, 'u2')}${upload(KEY, 'u3')}${upload('elsewhere', 'u4')}`,
      )
    }
    const found = await provider.sweep.uploads(BUCKET, 'snapferry/default/work/')
    expect(found).toEqual({
      ok: true,
      value: ['u1', 'u3'].map((uploadId) => ({
        key: KEY,
        uploadId,
        bytes: 12,
        startedAt: Date.UTC(2026, 8, 1, 10),
      })),
    })
  })

  test('a list that is cut without a way on is unreadable, and a region without an endpoint is missing', async () => {
    const { provider, server } = await open()
    server.react = () => xml('ListMultipartUploadsResult', '<IsTruncated>true</IsTruncated>')
    expect(await provider.sweep.uploads(BUCKET, 'x')).toMatchObject({ failure: { kind: 'unreadable' } })
    const elsewhere = { ...BUCKET, region: 'nl-ams' as Region }
    expect(await provider.sweep.uploads(elsewhere, 'x')).toMatchObject({ failure: { kind: 'missing' } })
    expect(await provider.sweep.objects(elsewhere, 'x')).toMatchObject({ failure: { kind: 'missing' } })
  })

  const item = {
    thing: { what: 'image', id: KEY, region: REGION, bucket: 'acme-staging' },
    round: 3,
    at: 0,
    state: 'disowned',
  } as const

  test('of exactly this key are aborted when its image is removed, and no other', async () => {
    const { provider, server } = await open()
    server.react = ({ method }) => {
      if (method === 'HEAD') return { status: 404 }
      if (method === 'DELETE') return { status: 204 }
      return xml(
        'ListMultipartUploadsResult',
        `<IsTruncated>false</IsTruncated>${upload(KEY, 'u1')}${upload(`${KEY}.bak`, 'u2')}`,
      )
    }
    expect(await provider.writesFor(always).images.removeOurs(item, OWNER)).toEqual({
      ok: true,
      value: 'gone',
    })
    const deletes = server.arrived
      .filter(({ method }) => method === 'DELETE')
      .map(({ query }) => query.get('uploadId'))
    expect(deletes).toEqual(['u1'])
  })

  test('are not asked for when the image is whole, nor aborted without the permission of the send guard', async () => {
    const { provider, server } = await open()
    server.react = ({ method }) => {
      if (method === 'HEAD') return { status: 200, headers: { 'content-length': '9', etag: '"e"' } }
      return { status: 204 }
    }
    await provider.writesFor(always).images.removeOurs(item, OWNER)
    expect(server.arrived.map(({ method }) => method)).toEqual(['HEAD', 'DELETE'])
    server.arrived.length = 0
    server.react = ({ method }) =>
      method === 'HEAD'
        ? { status: 404 }
        : xml('ListMultipartUploadsResult', `<IsTruncated>false</IsTruncated>${upload(KEY, 'u1')}`)
    const removal = await provider.writesFor(() => false).images.removeOurs(item, OWNER)
    expect(removal).toMatchObject({ ok: false, failure: { kind: 'stopped', nothing: true } })
    expect(server.arrived.map(({ method }) => method)).toEqual(['HEAD', 'GET'])
  })

  test('a key that may not list uploads can still remove its images', async () => {
    const { provider, server } = await open()
    server.react = ({ method }) =>
      method === 'HEAD' ? { status: 404 } : { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' }
    expect(await provider.writesFor(always).images.removeOurs(item, OWNER)).toEqual({
      ok: true,
      value: 'gone',
    })
  })
})
