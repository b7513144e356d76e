import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { aFailure, aSnapshot, GOOD, openWorld, SNAPSHOT, VOLUME, type World } from './harness.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())
beforeEach(() => world.reset())

const post = (payload: unknown, headers: Record<string, string> = {}) =>
  world.send({
    method: 'POST',
    url: '/v1/migrations',
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
    headers: { 'content-type': 'application/json', ...headers },
  })
const counted = async () => (await world.send({ url: '/v1/migrations' })).json().items.length

const inImage = (key: string) => ({ source: { image: { bucket: 'imgs', key } }, to: 'fr-par-2' })

/** body → status, code and pointer of the first finding. */
const BAD: readonly (readonly [
  title: string,
  body: unknown,
  status: number,
  code: string,
  pointer: string | null,
])[] = [
  ['text that is not JSON', '{"source":', 400, 'malformed_json', null],
  ['nothing', '', 400, 'malformed_json', null],
  ['a list', [], 400, 'malformed_json', null],
  ['a poisoned prototype', '{"__proto__": {"x": 1}}', 400, 'malformed_json', null],
  ['70 kB', { ...GOOD, labels: { a: 'x'.repeat(70_000) } }, 413, 'body_too_large', null],
  ['an unknown field', { ...GOOD, region: 'fr-par' }, 422, 'unknown_field', '#/region'],
  ['an unknown inner field', { ...GOOD, copy: { 'si/ze': 1 } }, 422, 'unknown_field', '#/copy/si~1ze'],
  ['no target', { source: GOOD.source, from: 'fr-par-1' }, 422, 'missing_field', '#/to'],
  ['no source', { from: 'fr-par-1', to: 'fr-par-2' }, 422, 'missing_field', '#/source'],
  ['an empty source', { ...GOOD, source: {} }, 422, 'invalid_value', '#/source'],
  [
    'two sources',
    { ...GOOD, source: { snapshot: SNAPSHOT, volume: VOLUME } },
    422,
    'invalid_value',
    '#/source',
  ],
  [
    'a misspelt source',
    { ...GOOD, source: { snapshott: SNAPSHOT } },
    422,
    'unknown_field',
    '#/source/snapshott',
  ],
  ['a source that is a list', { ...GOOD, source: [SNAPSHOT] }, 422, 'invalid_value', '#/source'],
  ['half a character as a field', `{"\\ud800":1}`, 422, 'missing_field', '#/source'],
  [
    'half an image',
    { source: { image: { bucket: 'imgs' } }, to: 'fr-par-2' },
    422,
    'missing_field',
    '#/source/image/key',
  ],
  ['a number as a zone', { ...GOOD, to: 2 }, 422, 'invalid_value', '#/to'],
  ['a size as text', { ...GOOD, copy: { size: '1' } }, 422, 'invalid_value', '#/copy/size'],
  [
    'a bucket name that cannot be',
    { ...GOOD, image: { bucket: 'A' } },
    422,
    'invalid_value',
    '#/image/bucket',
  ],
  [
    '51 labels',
    { ...GOOD, labels: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`l${n}`, ''])) },
    422,
    'invalid_value',
    '#/labels',
  ],
  ['a label with a strange name', { ...GOOD, labels: { 'a b': '' } }, 422, 'invalid_value', '#/labels/a%20b'],
  ['a number as a label', { ...GOOD, labels: { 'a/b~c': 1 } }, 422, 'invalid_value', '#/labels/a~1b~0c'],
  ['a priority above 9', { ...GOOD, priority: 10 }, 422, 'invalid_value', '#/priority'],
  ['a priority below 0', { ...GOOD, priority: -1 }, 422, 'invalid_value', '#/priority'],
  ['a priority between two', { ...GOOD, priority: 1.5 }, 422, 'invalid_value', '#/priority'],
  ['a priority as text', { ...GOOD, priority: '5' }, 422, 'invalid_value', '#/priority'],
  ['an unknown zone', { ...GOOD, to: 'fr-par-9' }, 422, 'unknown_zone', '#/to'],
  ['an unknown zone of the source', { ...GOOD, from: 'Paris' }, 422, 'unknown_zone', '#/from'],
  ['no zone of the source', { source: GOOD.source, to: 'fr-par-2' }, 422, 'zone_missing', '#/from'],
  ['zones of two regions', { ...GOOD, to: 'nl-ams-1' }, 422, 'cross_region', '#/to'],
  ['the same zone', { ...GOOD, to: 'fr-par-1' }, 422, 'same_zone', '#/to'],
  ['an id that is none', { ...GOOD, source: { snapshot: 'db' } }, 422, 'bad_id', '#/source/snapshot'],
  ['a project that is none', { ...GOOD, copy: { project: 'acme' } }, 422, 'bad_id', '#/copy/project'],
  [
    'a tag of ours',
    { ...GOOD, copy: { tags: ['a', 'snapferry:copy=x'] } },
    422,
    'reserved_tag',
    '#/copy/tags/1',
  ],
  ['a tag with a comma', { ...GOOD, copy: { tags: ['a,b'] } }, 422, 'bad_tag', '#/copy/tags/0'],
  ['a size off by one', { ...GOOD, copy: { size: 10_000_000_001 } }, 422, 'size_refused', '#/copy/size'],
  ['a size below 1 GB', { ...GOOD, copy: { size: 512 } }, 422, 'source_too_small', '#/copy/size'],
  [
    'a size above 1 TB',
    { ...GOOD, copy: { size: 2_000_000_000_000 } },
    422,
    'source_too_large',
    '#/copy/size',
  ],
  ['a keep in hours', { ...GOOD, image: { keep: 'PT5H' } }, 422, 'bad_keep', '#/image/keep'],
  [
    'SBS where there is none',
    { source: GOOD.source, from: 'it-mil-1', to: 'it-mil-1', copy: { type: 'sbs', project: VOLUME } },
    422,
    'zone_lacks_type',
    '#/copy/type',
  ],
  [
    'no bucket for the region',
    { ...GOOD, from: 'nl-ams-1', to: 'nl-ams-2' },
    422,
    'no_bucket',
    '#/image/bucket',
  ],
  ['an image with another ending', inImage('debian.iso'), 422, 'bad_key', '#/source/image/key'],
  ['an image named .qcow', inImage('debian.qcow'), 422, 'bad_key', '#/source/image/key'],
  ['an image without an ending', inImage('debian'), 422, 'bad_key', '#/source/image/key'],
  [
    'an image for a zone without the type it gets unasked',
    { ...inImage('d.qcow2'), to: 'it-mil-1' },
    422,
    'zone_lacks_type',
    '#/to',
  ],
  [
    'a tag of 65 characters that are 130 bytes',
    { ...GOOD, copy: { tags: ['é'.repeat(65)] } },
    422,
    'bad_tag',
    '#/copy/tags/0',
  ],
  ['from beside an image', { ...inImage('d.qcow2'), from: 'fr-par-1' }, 422, 'not_applicable', '#/from'],
]

describe('a bad request says what is wrong where and how to mend it, and nothing is enqueued', () => {
  test.each(BAD)('%s', async (_, body, status, code, pointer) => {
    const response = await post(body)
    const problem = response.json()
    expect([response.statusCode, problem.code, problem.errors[0]?.pointer ?? null]).toEqual([
      status,
      code,
      pointer,
    ])
    expect(response.headers['content-type']).toContain('application/problem+json')
    expect(problem).toMatchObject({
      status,
      type: `urn:snapferry:problem:${code}`,
      requestId: response.headers['x-request-id'],
    })
    expect(problem.fix).not.toBe('')
    expect([world.added, await counted(), world.provider.asked]).toEqual([[], 0, 0])
  })

  test('all findings come at once, each with its own pointer', async () => {
    const { errors } = (
      await post({ source: { snapshot: 'x' }, from: 'a', to: 'b', copy: { tags: ['snapferry:a'] } })
    ).json()
    expect(errors.map((item: { code: string; pointer: string }) => [item.code, item.pointer])).toEqual(
      expect.arrayContaining([
        ['unknown_zone', '#/to'],
        ['unknown_zone', '#/from'],
        ['bad_id', '#/source/snapshot'],
        ['reserved_tag', '#/copy/tags/0'],
      ]),
    )
  })

  test.each<[asked: object, pointer: string, detail: string, fix: string]>([
    [
      { source: { snapshot: SNAPSHOT, volume: VOLUME } },
      '#/source',
      '/source must have exactly one of snapshot, volume, image.',
      'Send exactly one of snapshot, volume, image.',
    ],
    [
      { copy: { size: '20 GB' } },
      '#/copy/size',
      '/copy/size must be an integer of at least 1 such as 10000000000 (a size in bytes).',
      'Send an integer of at least 1 such as 10000000000 (a size in bytes).',
    ],
    [
      { copy: { type: 'ssd' } },
      '#/copy/type',
      '/copy/type must be one of l_ssd, sbs.',
      'Send one of l_ssd, sbs.',
    ],
    [
      { image: { bucket: 'A' } },
      '#/image/bucket',
      '/image/bucket must be a text such as acme-staging (the name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens, with a letter or digit at both ends).',
      'Send a text such as acme-staging (the name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens, with a letter or digit at both ends).',
    ],
    [
      { takenSnapshot: { keep: 'no' } },
      '#/takenSnapshot/keep',
      '/takenSnapshot/keep must be true or false.',
      'Send true or false.',
    ],
    [
      { copy: { tags: 'db' } },
      '#/copy/tags',
      '/copy/tags must be a list of at most 100 items.',
      'Send a list of at most 100 items.',
    ],
    [
      { takenSnapshot: 1 },
      '#/takenSnapshot',
      '/takenSnapshot must be an object with fields of keep.',
      'Send an object with fields of keep.',
    ],
    [
      { labels: { 'a b': '' } },
      '#/labels/a%20b',
      'The name "a b" in /labels must have 1 to 63 letters, digits, dots, underscores, slashes and hyphens.',
      'Give it a name of 1 to 63 letters, digits, dots, underscores, slashes and hyphens.',
    ],
  ])('%j is told once, with what is allowed', async (asked, pointer, detail, fix) => {
    const { errors } = (await post({ ...GOOD, ...asked })).json()
    expect(errors).toEqual([{ code: 'invalid_value', detail, fix, pointer }])
  })

  test.each(['text/plain', 'application/xml', 'application/x-www-form-urlencoded'])(
    'a body of %s',
    async (type) => {
      const response = await post(JSON.stringify(GOOD), { 'content-type': type })
      expect([response.statusCode, response.json().code, await counted()]).toEqual([
        415,
        'unsupported_media_type',
        0,
      ])
    },
  )
})

describe('whatever is sent', () => {
  // A field of a good body is replaced by anything, or anything is sent at all.
  const anything = fc.oneof(
    fc.jsonValue(),
    fc
      .tuple(
        fc.constantFrom('source', 'from', 'to', 'copy', 'image', 'takenSnapshot', 'labels', 'x'),
        fc.jsonValue(),
      )
      .map(([name, value]) => ({ ...GOOD, [name]: value })),
    fc.jsonValue().map((value) => ({ ...GOOD, copy: { tags: value, size: value, name: value } })),
  )

  test('is answered in the way the contract says, never with an error of ours', async () => {
    await fc.assert(
      fc.asyncProperty(anything, async (body) => {
        const { statusCode } = await post(JSON.stringify(body))
        return [202, 400, 409, 413, 422].includes(statusCode)
      }),
      { numRuns: 300 },
    )
  })

  test('as a query is a page or a finding, never an error of ours', async () => {
    const names = fc.constantFrom('state', 'from', 'to', 'source', 'pageSize', 'pageToken', 'x')
    const query = fc.dictionary(names, fc.string({ unit: 'binary' }), { maxKeys: 3 })
    await fc.assert(
      fc.asyncProperty(query, async (asked) => {
        const { statusCode } = await world.send({ url: '/v1/migrations', query: asked })
        return statusCode === 200 || statusCode === 400
      }),
      { numRuns: 150 },
    )
  })
})

describe('what the provider says against it is a finding as well, and nothing is enqueued', () => {
  test.each([
    ['no such snapshot', { snapshot: null }, 'source_missing', '#/source/snapshot'],
    ['a foreign snapshot', { snapshot: 'forbidden' as const }, 'source_forbidden', '#/source/snapshot'],
    [
      'a key that may look at nothing: the bucket is asked first',
      { failure: aFailure({ kind: 'forbidden', status: 403, words: 'insufficient permissions' }) },
      'bucket_forbidden',
      '#/image/bucket',
    ],
    [
      'a snapshot in error',
      { snapshot: aSnapshot({ state: { kind: 'error', word: 'error', details: null } }) },
      'source_error',
      '#/source/snapshot',
    ],
    [
      'a locked snapshot',
      { snapshot: aSnapshot({ state: { kind: 'locked', word: 'locked' } }) },
      'source_locked',
      '#/source/snapshot',
    ],
    ['no such bucket', { bucket: 'missing' }, 'bucket_missing', '#/image/bucket'],
    ['a bucket of another region', { bucket: 'elsewhere' }, 'bucket_elsewhere', '#/image/bucket'],
    ['a bucket of another project', { bucket: 'foreign' }, 'bucket_foreign', '#/image/bucket'],
    ['a bucket that refuses us', { bucket: 'forbidden' }, 'bucket_forbidden', '#/image/bucket'],
  ])('%s', async (_, provider, code, pointer) => {
    Object.assign(world.provider, provider)
    const response = await post(GOOD)
    const problem = response.json()
    expect([response.statusCode, problem.code, problem.errors[0].pointer]).toEqual([422, code, pointer])
    expect([world.added, await counted()]).toEqual([[], 0])
  })

  test("the provider's words and request id are passed on", async () => {
    world.provider.bucket = 'forbidden'
    const [item] = (await post(GOOD)).json().errors
    expect(item).toMatchObject({ words: 'Access Denied', providerRequestId: 'tx-9' })
  })

  test.each([
    ['missing', 'object_missing'],
    ['frozen', 'object_frozen'],
  ] as const)('an image that is %s', async (object, code) => {
    world.provider.object = object
    const response = await post(inImage('d.qcow2'))
    expect([response.statusCode, response.json().code]).toEqual([422, code])
  })
})
