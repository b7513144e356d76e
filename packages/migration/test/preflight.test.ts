import { expect, test } from 'vitest'
import {
  bad,
  bytes,
  check,
  checkNeeds,
  good,
  isTransient,
  type Plan,
  type Seen,
  type VolumeSeen,
  zone,
} from '../src/index.ts'
import { aCloudFailure, aPlan, aSource, FROM, SIZE, stateOf } from './a-migration.ts'

const ASKED: Plan = aPlan({
  backend: null,
  sourceProject: null,
  copy: { name: null, tags: null, sizeBytes: null, project: null, type: null },
})
const OF_VOLUME: Plan = { ...ASKED, source: { kind: 'volume', id: 'volume-1' } }
const OF_IMAGE: Plan = {
  ...ASKED,
  from: null,
  source: { kind: 'image', bucket: 'bucket', key: 'a.qcow2' },
  copy: { name: 'a', tags: [], sizeBytes: null, project: 'project', type: 'sbs' },
}
const BUCKET = {
  bucket: 'bucket',
  region: ASKED.image.region,
  project: 'project',
  versioned: false,
  locked: false,
}
const OBJECT = { key: 'a.qcow2', bytes: 4_096, etag: 'etag', frozen: false }
const VOLUME: VolumeSeen = {
  ...{ backend: 'block', zone: FROM, id: 'volume-1', name: 'web-root', type: 'sbs', project: 'project' },
  ...{ sizeBytes: SIZE, state: stateOf('available'), tags: ['blue'] },
}

const bucket = (parts: Partial<typeof BUCKET> = {}) => good({ ...BUCKET, ...parts })
const source = (...parts: Parameters<typeof aSource>) => good(aSource(...parts))
const sized = (size: number) => source('available', { sizeBytes: bytes(size) })

/** What the check says, in one line: the kind, the code and the pointer. */
function said(plan: Plan, seen: Seen): string {
  const checked = check(plan, seen)
  if (checked.kind === 'unknown') return `unknown: ${checked.why.code}`
  const lines = checked.concerns.map(({ code, pointer, severity, fix }) => {
    expect(fix).not.toBe('')
    return `${severity} ${code} ${pointer}`
  })
  if (checked.kind === 'bad')
    expect(checked.concerns[0]?.code).toBe(checked.failure.kind.replaceAll('-', '_'))
  return [checked.kind, ...lines].join(' ')
}

test('what the first look finds, with severity, code and pointer', () => {
  const rows: readonly (readonly [Plan, Seen, string])[] = [
    [ASKED, { bucket: bucket(), source: source() }, 'good'],
    [
      ASKED,
      { bucket: bucket({ project: 'theirs' }), source: source() },
      'bad critical bucket_foreign #/image/bucket',
    ],
    [ASKED, { bucket: good({ ...BUCKET, project: null }), source: source() }, 'good'],
    [
      ASKED,
      { bucket: bucket({ versioned: true, locked: true }), source: source() },
      'good warning bucket_versioned #/image/bucket warning bucket_locked #/image/bucket',
    ],
    [ASKED, { bucket: good(null), source: source() }, 'bad critical bucket_missing #/image/bucket'],
    [
      ASKED,
      { bucket: bucket({ region: 'nl-ams' as never }), source: source() },
      'bad critical bucket_elsewhere #/image/bucket',
    ],
    [
      ASKED,
      { bucket: bad(aCloudFailure('forbidden')), source: source() },
      'bad critical bucket_forbidden #/image/bucket',
    ],
    [ASKED, { bucket: bucket(), source: good(null) }, 'bad critical source_missing #/source/snapshot'],
    [
      ASKED,
      { bucket: bucket(), source: bad(aCloudFailure('missing')) },
      'bad critical source_missing #/source/snapshot',
    ],
    [
      ASKED,
      { bucket: bucket(), source: bad(aCloudFailure('forbidden')) },
      'bad critical source_forbidden #/source/snapshot',
    ],
    [ASKED, { bucket: bucket(), source: source('error') }, 'bad critical source_error #/source/snapshot'],
    [
      ASKED,
      { bucket: bucket(), source: source('invalid-data') },
      'bad critical source_error #/source/snapshot',
    ],
    [ASKED, { bucket: bucket(), source: source('locked') }, 'bad critical source_locked #/source/snapshot'],
    [
      ASKED,
      { bucket: bucket(), source: source('deleting') },
      'bad critical source_missing #/source/snapshot',
    ],
    [ASKED, { bucket: bucket(), source: source('pending') }, 'unknown: source-not-ready'],
    [ASKED, { bucket: bucket(), source: source('unknown') }, 'unknown: unknown-state'],
    [ASKED, { bucket: bucket(), source: source('exporting') }, 'good'],
    [
      ASKED,
      { bucket: bucket(), source: sized(999_999_999) },
      'bad critical source_too_small #/source/snapshot',
    ],
    [ASKED, { bucket: bucket(), source: sized(1_000_000_000) }, 'good'],
    [ASKED, { bucket: bucket(), source: sized(1_000_000_000_000) }, 'good'],
    [
      ASKED,
      { bucket: bucket(), source: sized(1_000_000_000_001) },
      'bad critical source_too_large #/source/snapshot',
    ],
    [
      { ...ASKED, copy: { ...ASKED.copy, sizeBytes: bytes(SIZE - 512) } },
      { bucket: bucket(), source: source() },
      'bad critical size_refused #/copy/size',
    ],
    [
      { ...ASKED, to: zone('it-mil-1') },
      { bucket: bucket(), source: source() },
      'bad critical zone_lacks_type #/to',
    ],
    [{ ...ASKED, to: FROM }, { bucket: bucket(), source: source() }, 'bad critical same_zone #/to'],
    [
      { ...ASKED, to: FROM, copy: { ...ASKED.copy, project: 'another' } },
      { bucket: bucket(), source: source() },
      'good',
    ],
    [OF_VOLUME, { bucket: bucket(), volume: good(VOLUME) }, 'good'],
    [OF_VOLUME, { bucket: bucket(), volume: good(null) }, 'bad critical source_missing #/source/volume'],
    [
      OF_VOLUME,
      { bucket: bucket(), volume: good({ ...VOLUME, state: stateOf('locked') }) },
      'bad critical source_locked #/source/volume',
    ],
    [OF_IMAGE, { bucket: bucket(), object: good(OBJECT) }, 'good'],
    [
      OF_IMAGE,
      { bucket: good(null), object: good(OBJECT) },
      'bad critical bucket_missing #/source/image/bucket',
    ],
    [OF_IMAGE, { bucket: bucket(), object: good(null) }, 'bad critical object_missing #/source/image/key'],
    [
      OF_IMAGE,
      { bucket: bucket(), object: good({ ...OBJECT, frozen: true }) },
      'bad critical object_frozen #/source/image/key',
    ],
    [
      OF_IMAGE,
      { bucket: bucket(), object: bad(aCloudFailure('forbidden')) },
      'bad critical bucket_forbidden #/source/image/key',
    ],
  ]
  for (const [plan, seen, expected] of rows) expect(said(plan, seen), JSON.stringify(seen)).toBe(expected)
})

test('what a provider does not tell is no finding: it is asked again', () => {
  for (const kind of [
    'throttled',
    'unavailable',
    'no-answer',
    'unreadable',
    'busy',
    'credentials',
  ] as const) {
    const failure = aCloudFailure(kind)
    expect(said(ASKED, { bucket: bad(failure), source: source() })).toMatch(/^unknown/)
    expect(said(ASKED, { bucket: bucket(), source: bad(failure) })).toMatch(/^unknown/)
    expect(isTransient(failure)).toBe(kind !== 'credentials')
  }
})

test('a good plan has every derived name filled in, without our own tags', () => {
  const seen = {
    bucket: bucket(),
    source: source('available', { tags: ['blue', 'snapferry:copy=old.x', 'red'] }),
  }
  expect(check(ASKED, seen)).toMatchObject({
    plan: {
      ...{ backend: 'block', sourceProject: 'project' },
      copy: { name: 'web-root', tags: ['blue', 'red'], sizeBytes: SIZE, project: 'project', type: 'sbs' },
    },
    facts: { sourceBytes: SIZE, sizeBytes: SIZE },
  })
})

test('the size of a volume is left open until its snapshot is there', () => {
  expect(check(OF_VOLUME, { bucket: bucket(), volume: good(VOLUME) })).toMatchObject({
    plan: { copy: { sizeBytes: null } },
    facts: { volume: 'volume-1' },
  })
})

test('the first look asks for the bucket and for exactly the source', () => {
  expect(Object.keys(checkNeeds(ASKED))).toEqual(['bucket', 'source'])
  expect(Object.keys(checkNeeds(OF_VOLUME))).toEqual(['bucket', 'volume'])
  expect(Object.keys(checkNeeds(OF_IMAGE))).toEqual(['bucket', 'object'])
})
