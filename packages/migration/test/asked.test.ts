import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AskedBody, codeOf, type Defaults, planOf } from '../src/index.ts'

const SNAPSHOT = '11111111-1111-4111-8111-111111111111'
const PROJECT = '22222222-2222-4222-8222-222222222222'
const DEFAULTS: Defaults = {
  ...{ profile: 'default', install: 'here', prefix: 'snapferry', projectId: PROJECT },
  buckets: { 'fr-par': 'staging', 'it-mil': 'milano' },
}
const GOOD: AskedBody = { source: { snapshot: SNAPSHOT }, from: 'fr-par-1', to: 'fr-par-2' }
const IMAGE: AskedBody = { source: { image: { bucket: 'theirs', key: 'disks/web.qcow2' } }, to: 'fr-par-1' }

function findingsOf(body: AskedBody, defaults = DEFAULTS): string[] {
  const planned = planOf(body, defaults)
  if (planned.ok) return []
  return planned.findings.map(({ code, pointer, severity, fix }) => {
    expect(severity).toBe('critical')
    expect(fix).not.toBe('')
    return `${code} ${pointer}`
  })
}

test('everything that is wrong with a request as it stands is found, each with code and pointer', () => {
  const rows: readonly (readonly [AskedBody, ...string[]])[] = [
    [GOOD],
    [{ ...GOOD, to: 'fr-par-9' }, 'unknown_zone #/to'],
    [{ ...GOOD, to: 'Mars' }, 'unknown_zone #/to'],
    [{ ...GOOD, from: 'xx-yyy-1', to: 'zz' }, 'unknown_zone #/to', 'unknown_zone #/from'],
    [{ source: GOOD.source, to: 'fr-par-2' }, 'zone_missing #/from'],
    [{ ...GOOD, to: 'fr-par-1' }, 'same_zone #/to'],
    [{ ...GOOD, to: 'fr-par-1', copy: { project: PROJECT } }],
    [{ ...GOOD, to: 'nl-ams-1' }, 'cross_region #/to'],
    [{ ...GOOD, source: { snapshot: 'ABC' } }, 'bad_id #/source/snapshot'],
    [{ ...GOOD, source: { volume: SNAPSHOT.toUpperCase().replace('1', 'A') } }, 'bad_id #/source/volume'],
    [{ ...GOOD, copy: { project: 'mine' } }, 'bad_id #/copy/project'],
    [{ ...GOOD, copy: { tags: ['fine', 'snapferry:copy=x'] } }, 'reserved_tag #/copy/tags/1'],
    [{ ...GOOD, copy: { tags: ['a,b'] } }, 'bad_tag #/copy/tags/0'],
    [{ ...GOOD, copy: { tags: ['x'.repeat(128), 'é'.repeat(64), '磁'.repeat(42), '💾'.repeat(32)] } }],
    [{ ...GOOD, copy: { tags: ['x'.repeat(129)] } }, 'bad_tag #/copy/tags/0'],
    [{ ...GOOD, copy: { tags: ['é'.repeat(65)] } }, 'bad_tag #/copy/tags/0'],
    [{ ...GOOD, copy: { tags: ['磁'.repeat(43)] } }, 'bad_tag #/copy/tags/0'],
    [{ ...GOOD, copy: { tags: ['💾'.repeat(33)] } }, 'bad_tag #/copy/tags/0'],
    [{ ...GOOD, copy: { size: 10_000_000_001 } }, 'size_refused #/copy/size'],
    [{ ...GOOD, copy: { size: 999_999_488 } }, 'source_too_small #/copy/size'],
    [{ ...GOOD, copy: { size: 1_000_000_000_512 } }, 'source_too_large #/copy/size'],
    [{ ...GOOD, image: { keep: 'P0D' } }, 'bad_keep #/image/keep'],
    [{ ...GOOD, image: { keep: 'P3651D' } }, 'bad_keep #/image/keep'],
    [{ ...GOOD, image: { keep: 'soon' } }, 'bad_keep #/image/keep'],
    [
      { ...GOOD, from: 'it-mil-1', to: 'it-mil-1', copy: { project: PROJECT, type: 'sbs' } },
      'zone_lacks_type #/copy/type',
    ],
    [{ ...IMAGE, to: 'it-mil-1' }, 'zone_lacks_type #/to'],
    [{ ...IMAGE, to: 'it-mil-1', copy: { type: 'sbs' } }, 'zone_lacks_type #/copy/type'],
    [{ ...IMAGE, to: 'it-mil-1', copy: { type: 'l_ssd' } }],
    [IMAGE],
    [
      { ...IMAGE, source: { image: { bucket: 'theirs', key: 'disks/web.raw' } } },
      'bad_key #/source/image/key',
    ],
    ...['disks/web.qcow', 'disks/web.QCOW2', 'disks/webqcow2', 'disks/web.qcow2.bak'].map(
      (key) =>
        [{ ...IMAGE, source: { image: { bucket: 'theirs', key } } }, 'bad_key #/source/image/key'] as const,
    ),
    [
      { ...IMAGE, from: 'fr-par-1', image: {}, takenSnapshot: {} },
      ...['not_applicable #/from', 'not_applicable #/image', 'not_applicable #/takenSnapshot'],
    ],
  ]
  for (const [body, ...expected] of rows) expect(findingsOf(body), JSON.stringify(body)).toEqual(expected)
})

test('a region without a staging bucket is refused unless the request names one', () => {
  const none = { ...DEFAULTS, buckets: {} }
  expect(findingsOf(GOOD, none)).toEqual(['no_bucket #/image/bucket'])
  expect(findingsOf({ ...GOOD, image: { bucket: 'mine' } }, none)).toEqual([])
  expect(findingsOf(IMAGE, none)).toEqual([])
})

describe('a good request', () => {
  test('becomes a plan in which the source fills what was not asked for', () => {
    const planned = planOf({ ...GOOD, image: { keep: 'P7D' }, takenSnapshot: { keep: true } }, DEFAULTS)
    expect(planned).toMatchObject({
      ok: true,
      plan: {
        copy: { name: null, tags: null, sizeBytes: null, project: null, type: null },
        image: { bucket: 'staging', region: 'fr-par', keep: { kind: 'days', days: 7 } },
        takenSnapshot: { keep: true },
        backend: null,
      },
    })
  })

  test('of an image takes name, project and type from the key and the profile', () => {
    expect(planOf(IMAGE, DEFAULTS)).toMatchObject({
      ok: true,
      plan: {
        from: null,
        copy: { name: 'web', tags: [], project: PROJECT, type: 'sbs' },
        image: { bucket: 'theirs', keep: { kind: 'never' } },
      },
    })
  })
})

test('bytes of a tag are those that UTF-8 takes, whatever the text', () => {
  const anyText = fc.string({ unit: 'binary', maxLength: 80 }).filter((tag) => !tag.includes(','))
  fc.assert(
    fc.property(anyText, (tag) => {
      const tooLong = new TextEncoder().encode(tag).length > 128
      expect(findingsOf({ ...GOOD, copy: { tags: [tag] } })).toEqual(tooLong ? ['bad_tag #/copy/tags/0'] : [])
    }),
  )
})

test('a finding has one name in two spellings', () => {
  expect(codeOf('bucket-missing')).toBe('bucket_missing')
  expect(codeOf('zone-lacks-type')).toBe('zone_lacks_type')
})
