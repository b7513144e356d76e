import type { Region } from '@snapferry/migration'
import { describe, expect, test } from 'vitest'
import { projectOfOwner, readSpan, regionOfText } from '../src/object-wire.ts'
import { open } from './opened.ts'
import type { Reaction } from './scripted-server.ts'
import { PROJECT, REGION } from './wire-things.ts'

const AT = { region: REGION, bucket: 'acme-staging' }
const KEY = 'snapferry/default/work/mig_a/1.qcow2'
const AN_OBJECT = { ...AT, key: KEY }
const xml = (text: string): string => `<?xml version="1.0" encoding="UTF-8"?>\n${text}`
const refusal = (code: string): string => xml(`<Error><Code>${code}</Code><Message>no</Message></Error>`)
const WRITTEN = Date.parse('2026-09-01T10:00:00.000Z')
const row = (key: string, size: number, storageClass = 'STANDARD'): string =>
  `<Contents><Key>${key}</Key><LastModified>2026-09-01T10:00:00.000Z</LastModified><ETag>&quot;e-${key}&quot;</ETag><Size>${size}</Size><StorageClass>${storageClass}</StorageClass></Contents>`
const listing = (rows: string, next: string | null = null): string =>
  xml(
    `<ListBucketResult><Name>acme-staging</Name><IsTruncated>${next !== null}</IsTruncated>${
      next === null ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`
    }${rows}</ListBucketResult>`,
  )

describe('looking at one object', () => {
  test('tells length and ETag, signed for Object Storage of the region, path style', async () => {
    const { provider, server } = await open()
    server.react = () => ({ status: 200, body: 'twelve bytes', headers: { etag: '"abc-22"' } })
    expect(await provider.looks.images.head(AN_OBJECT)).toEqual({
      ok: true,
      value: { key: KEY, bytes: 12, etag: '"abc-22"', frozen: false },
    })
    expect(server.arrived[0]).toMatchObject({ method: 'HEAD', path: `/acme-staging/${KEY}` })
    expect(server.arrived[0]?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=SCWSANDBOX0000000000\/\d{8}\/fr-par\/s3\/aws4_request/,
    )
  })

  test.each([
    ['GLACIER', undefined, true],
    ['GLACIER', 'ongoing-request="true"', true],
    ['GLACIER', 'ongoing-request="false", expiry-date="Fri, 23 Dec 2026 00:00:00 GMT"', false],
    ['ONEZONE_IA', undefined, false],
  ])('class %s with restore %s is frozen: %s', async (storageClass, restore, frozen) => {
    const { provider, server } = await open()
    const restored: Record<string, string> = restore === undefined ? {} : { 'x-amz-restore': restore }
    const headers = { etag: '"e"', 'x-amz-storage-class': storageClass, ...restored }
    server.react = () => ({ status: 200, body: 'x', headers })
    expect(await provider.looks.images.head(AN_OBJECT)).toMatchObject({ value: { frozen } })
  })

  test('404 says it is not there; a HEAD without ETag is unreadable; 403 is forbidden', async () => {
    const { provider, server } = await open()
    server.react = () => ({ status: 404 })
    expect(await provider.looks.images.head(AN_OBJECT)).toEqual({ ok: true, value: null })
    server.react = () => ({ status: 200 })
    expect(await provider.looks.images.head(AN_OBJECT)).toMatchObject({ failure: { kind: 'unreadable' } })
    server.react = () => ({ status: 403 })
    expect(await provider.looks.images.head(AN_OBJECT)).toMatchObject({ failure: { kind: 'forbidden' } })
  })

  test('keys with every awkward character arrive as they are', async () => {
    const { provider, server } = await open()
    server.react = () => ({ status: 404 })
    await provider.looks.images.head({ ...AT, key: "a b/ü+&=?#%2F'(x)*!.qcow2" })
    expect(server.arrived[0]?.path).toBe(
      '/acme-staging/a%20b/%C3%BC%2B%26%3D%3F%23%252F%27%28x%29%2A%21.qcow2',
    )
  })

  test('an unknown region has no endpoint: nothing is there, and nothing is asked', async () => {
    const { provider, server } = await open()
    const elsewhere = { ...AN_OBJECT, region: 'pl-waw' as Region }
    expect(await provider.looks.images.head(elsewhere)).toMatchObject({
      ok: false,
      failure: { kind: 'missing' },
    })
    expect(server.arrived).toHaveLength(0)
  })

  test('a bucket name the SDK refuses is refused, and nothing is asked', async () => {
    const { provider, server } = await open()
    for (const bucket of ['', 'arn:aws:s3:us-east-1:1234:accesspoint/x']) {
      expect(await provider.looks.images.head({ ...AN_OBJECT, bucket })).toMatchObject({
        ok: false,
        failure: { kind: 'refused', nothing: true, status: null },
      })
    }
    expect(server.arrived).toHaveLength(0)
  })
})

describe('listing objects', () => {
  test('walks every page', async () => {
    const { provider, server } = await open()
    server.react = ({ query }) => {
      const token = query.get('continuation-token')
      const body = token === null ? listing(row('p/1', 0), 'two=+/') : listing(row('p/2', 7))
      return { status: 200, body, headers: { 'content-type': 'application/xml' } }
    }
    expect(await provider.looks.images.list({ ...AT, prefix: 'p/' })).toEqual({
      ok: true,
      value: [
        { key: 'p/1', bytes: 0, etag: '"e-p/1"', writtenAt: WRITTEN, frozen: false },
        { key: 'p/2', bytes: 7, etag: '"e-p/2"', writtenAt: WRITTEN, frozen: false },
      ],
    })
    expect(server.arrived.map(({ query }) => [query.get('prefix'), query.get('continuation-token')])).toEqual(
      [
        ['p/', null],
        ['p/', 'two=+/'],
      ],
    )
  })

  test('asks a GLACIER row whether it was restored, and trusts no filter of the provider', async () => {
    const { provider, server } = await open()
    const rows = row('p/1', 5, 'GLACIER') + row('p/2', 5, 'GLACIER') + row('other', 5)
    server.react = ({ method, path }): Reaction =>
      method === 'GET'
        ? { status: 200, body: listing(rows), headers: { 'content-type': 'application/xml' } }
        : {
            status: 200,
            body: 'x',
            headers: {
              etag: '"e"',
              'x-amz-storage-class': 'GLACIER',
              'x-amz-restore': `ongoing-request="${path.endsWith('1')}"`,
            },
          }
    expect(await provider.looks.images.list({ ...AT, prefix: 'p/' })).toMatchObject({
      value: [
        { key: 'p/1', frozen: true },
        { key: 'p/2', frozen: false },
      ],
    })
  })

  test('an empty prefix is an empty list; a missing bucket is missing', async () => {
    const { provider, server } = await open()
    server.react = () => ({ status: 200, body: listing(''), headers: { 'content-type': 'application/xml' } })
    expect(await provider.looks.images.list({ ...AT, prefix: 'p/' })).toEqual({ ok: true, value: [] })
    server.react = () => ({ status: 404, body: refusal('NoSuchBucket') })
    expect(await provider.looks.images.list({ ...AT, prefix: 'p/' })).toMatchObject({
      failure: { kind: 'missing' },
    })
  })

  test.each([
    ['a page that is cut without a way on', listing('').replace('false', 'true')],
    ['a row without a size', listing('<Contents><Key>p/1</Key><ETag>"e"</ETag></Contents>')],
    ['a page that is HTML', '<html><body>hello'],
  ])('%s is unreadable, never shorter', async (_, body) => {
    const { provider, server } = await open()
    server.react = () => ({ status: 200, body, headers: { 'content-type': 'application/xml' } })
    expect(await provider.looks.images.list({ ...AT, prefix: 'p/' })).toMatchObject({
      failure: { kind: 'unreadable' },
    })
  })
})

describe('reading a part of an object', () => {
  const whole = Buffer.from('0123456789')
  /** Serves `whole` as an object store does. */
  const serve = (range: string | undefined): Reaction => {
    const [from = 0, last = 0] =
      /^bytes=(\d+)-(\d+)$/
        .exec(range ?? '')
        ?.slice(1)
        .map(Number) ?? []
    if (from >= whole.length) return { status: 416, body: refusal('InvalidRange') }
    const data = whole.subarray(from, last + 1)
    const contentRange = `bytes ${from}-${from + data.length - 1}/${whole.length}`
    return { status: 206, body: data, headers: { etag: '"e"', 'content-range': contentRange } }
  }

  test.each([
    [0, 4, '0123'],
    [3, 4, '3456'],
    [0, 10, '0123456789'],
    [8, 100, '89'],
  ])('from %i, %i bytes', async (from, length, data) => {
    const { provider, server } = await open()
    server.react = ({ headers }) => serve(headers.range)
    const part = await provider.looks.images.read(AN_OBJECT, from, length)
    expect(part).toMatchObject({ ok: true, value: { bytes: 10, etag: '"e"' } })
    expect(part.ok && part.value && Buffer.from(part.value.data).toString()).toBe(data)
    expect(server.arrived[0]?.headers.range).toBe(`bytes=${from}-${from + length - 1}`)
  })

  test.each<[string, Reaction]>([
    [
      'the placeholder (416)',
      { status: 416, body: refusal('InvalidRange'), headers: { 'content-range': 'bytes */0' } },
    ],
    ['an empty 200', { status: 200, headers: { etag: '"d41d8cd98f00b204e9800998ecf8427e"' } }],
    ['nothing (404)', { status: 404, body: refusal('NoSuchKey') }],
  ])('of %s there is nothing to read', async (_, reaction) => {
    const { provider, server } = await open()
    server.react = () => reaction
    expect(await provider.looks.images.read(AN_OBJECT, 0, 112)).toEqual({ ok: true, value: null })
  })

  test('a server that ignores Range and sends a small object whole is understood', async () => {
    const { provider, server } = await open()
    server.react = () => ({ status: 200, body: whole, headers: { etag: '"e"' } })
    const part = await provider.looks.images.read(AN_OBJECT, 3, 4)
    expect(part.ok && part.value && Buffer.from(part.value.data).toString()).toBe('3456')
  })

  test('a server that ignores Range and sends gigabytes is given up early', async () => {
    const { provider, server } = await open()
    server.react = () => ({ status: 200, body: Buffer.alloc(2_000_000), headers: { etag: '"e"' } })
    expect(await provider.looks.images.read(AN_OBJECT, 0, 112)).toMatchObject({
      failure: { kind: 'unreadable', words: 'too-long' },
    })
  })

  test.each([
    ['another part', 'bytes 5-8/10', '5678'],
    ['a part that is too short', 'bytes 0-1/10', '01'],
    ['a length that is not the body’s', 'bytes 0-3/10', '012'],
    ['no Content-Range', '', '0123'],
  ])('%s than asked for is unreadable', async (_, contentRange, body) => {
    const { provider, server } = await open()
    server.react = () => ({ status: 206, body, headers: { etag: '"e"', 'content-range': contentRange } })
    expect(await provider.looks.images.read(AN_OBJECT, 0, 4)).toMatchObject({
      failure: { kind: 'unreadable' },
    })
  })

  test('a GLACIER object is frozen', async () => {
    const { provider, server } = await open()
    server.react = () => ({ status: 403, body: refusal('InvalidObjectState') })
    expect(await provider.looks.images.read(AN_OBJECT, 0, 112)).toMatchObject({ failure: { kind: 'frozen' } })
  })

  test.each([
    [-1, 4],
    [0, 0],
    [0.5, 4],
    [0, 2 ** 40],
  ])('from %d, %d bytes is a mistake of ours and throws', async (from, length) => {
    const { provider } = await open()
    await expect(provider.looks.images.read(AN_OBJECT, from, length)).rejects.toThrow(RangeError)
  })
})

describe('looking at a bucket', () => {
  const acl = (owner: string): string =>
    xml(
      `<AccessControlPolicy><Owner><ID>${owner}</ID></Owner><AccessControlList></AccessControlList></AccessControlPolicy>`,
    )
  /** A bucket, and what is different about it by subresource. */
  const bucket =
    (different: Readonly<Record<string, Reaction>> = {}) =>
    ({ method, query }: { method: string; query: URLSearchParams }): Reaction => {
      const what =
        method === 'HEAD'
          ? 'head'
          : (['acl', 'versioning', 'object-lock'].find((name) => query.has(name)) ?? '')
      const usual: Record<string, Reaction> = {
        head: { status: 200, headers: { 'x-amz-bucket-region': 'fr-par' } },
        acl: { status: 200, body: acl(`${PROJECT}:${PROJECT}`) },
        versioning: { status: 200, body: xml('<VersioningConfiguration/>') },
        'object-lock': { status: 404, body: refusal('ObjectLockConfigurationNotFoundError') },
      }
      return different[what] ?? usual[what] ?? { status: 500 }
    }
  const PLAIN = {
    bucket: 'acme-staging',
    region: 'fr-par',
    project: PROJECT,
    versioned: false,
    locked: false,
  }

  test.each<[string, Readonly<Record<string, Reaction>>, object]>([
    ['a plain bucket', {}, PLAIN],
    ['an owner written once', { acl: { status: 200, body: acl(PROJECT) } }, PLAIN],
    [
      'an owner that is no project',
      { acl: { status: 200, body: acl('somebody') } },
      { ...PLAIN, project: null },
    ],
    [
      'an owner we may not see',
      { acl: { status: 403, body: refusal('AccessDenied') } },
      { ...PLAIN, project: null },
    ],
    [
      'versions',
      {
        versioning: {
          status: 200,
          body: xml('<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>'),
        },
      },
      { ...PLAIN, versioned: true },
    ],
    [
      'suspended versions',
      {
        versioning: {
          status: 200,
          body: xml('<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>'),
        },
      },
      PLAIN,
    ],
    [
      'a lock',
      {
        'object-lock': {
          status: 200,
          body: xml(
            '<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>',
          ),
        },
      },
      { ...PLAIN, locked: true },
    ],
    ['no region in the answer', { head: { status: 200 } }, PLAIN],
    [
      'another region',
      { head: { status: 200, headers: { 'x-amz-bucket-region': 'nl-ams' } } },
      { ...PLAIN, region: 'nl-ams' },
    ],
  ])('%s', async (_, different, seen) => {
    const { provider, server } = await open()
    server.react = bucket(different)
    expect(await provider.looks.images.bucket(AT)).toEqual({ ok: true, value: seen })
  })

  test.each([404, 301])('%i says it is not there', async (status) => {
    const { provider, server } = await open()
    server.react = () => ({ status })
    expect(await provider.looks.images.bucket(AT)).toEqual({ ok: true, value: null })
  })

  test('403 is forbidden', async () => {
    const { provider, server } = await open()
    server.react = () => ({ status: 403 })
    expect(await provider.looks.images.bucket(AT)).toMatchObject({
      failure: { kind: 'forbidden', call: 's3 HeadBucket' },
    })
  })

  test.each(['acl', 'versioning', 'object-lock'])(
    'a throttled look at %s is a failure, not a finding',
    async (what) => {
      const { provider, server } = await open()
      server.react = bucket({ [what]: { status: 503, body: refusal('SlowDown') } })
      expect(await provider.looks.images.bucket(AT)).toMatchObject({ failure: { kind: 'throttled' } })
    },
  )
})

test.each([
  [undefined, null],
  ['', null],
  [PROJECT, PROJECT],
  [`${PROJECT}:${PROJECT}`, PROJECT],
])('the owner %j is project %j', (owner, project) => {
  expect(projectOfOwner(owner)).toBe(project)
})

test.each([
  ['fr-par', 'fr-par'],
  ['EU', null],
  [undefined, null],
])('%j is region %j', (text, region) => {
  expect(regionOfText(text)).toBe(region)
})

test('a Content-Range beyond the object is unreadable', () => {
  expect(readSpan(206, 'bytes 0-9/10', 10)).toEqual({ ok: true, value: { from: 0, bytes: 10 } })
  expect(readSpan(206, 'bytes 0-9/9', 10).ok).toBe(false)
  expect(readSpan(206, 'bytes 0-9/*', 10).ok).toBe(false)
})
