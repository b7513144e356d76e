import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  apply,
  classify,
  dueAt,
  type Ended,
  type Item,
  isOfFamily,
  type Known,
  lateEvents,
  leftoversOf,
  type Migration,
  markOfKey,
  markOfTags,
  nightlyOffsetMs,
  nightOf,
  POLICY,
  placeOfText,
  placesOfPlan,
  placeText,
  regionOf,
  type Succeeded,
  SWEEP_POLICY,
  type SweptAs,
  type SweptThing,
  snapshotThing,
  zone,
} from '../../src/index.ts'
import {
  aPlan,
  copyItem,
  FROM,
  ID,
  imageItem,
  keyOf,
  NOW,
  proven,
  running,
  SIZE,
  TO,
  takenItem,
} from '../a-migration.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const LATER = NOW + 3 * DAY
const OTHER = 'mig_bbbbbbbbbbbbbbbbbbbbbbbbbb'

/** A succeeded migration that ended an hour after `NOW`, with these lines. */
function ended(parts: Partial<Succeeded> = {}): Succeeded {
  const { proven: _, recheck: __, phase: ___, ...core } = proven()
  return { ...core, claims: [], ledger: [], state: 'succeeded', endedAt: NOW + HOUR, ...parts }
}

const volumePlan = aPlan({ source: { kind: 'volume', id: 'volume-1' } })

/** A snapshot that was seen, imported in `to` half an hour after `NOW` unless told otherwise. */
function snapshot(
  parts: Partial<{ id: string; tags: string[]; zone: string; at: number; volume: string | null }> = {},
): SweptThing {
  const {
    id = 'late-1',
    tags = [`snapferry:wip=here.${ID}.3`],
    zone: where = TO,
    at = NOW + HOUR / 2,
    volume = null,
  } = parts
  return snapshotThing(
    {
      ...{ backend: 'block', type: 'sbs', name: 'x', project: 'project', sizeBytes: SIZE, id, tags },
      ...{ zone: zone(where), createdAt: at, state: { kind: 'available', word: 'available' } },
      volume: volume === null ? null : { id: volume, name: 'v' },
    },
    'here',
  )
}

function image(
  parts: Partial<{ key: string; at: number | null; bucket: string; what: 'image' | 'upload' }> = {},
): SweptThing {
  const { key = keyOf(9), at = NOW + HOUR / 2, bucket = 'bucket', what = 'image' } = parts
  const thing = { id: key, bytes: 5, at, mark: markOfKey(key, { prefix: 'snapferry', install: 'here' }) }
  const place = { region: regionOf(TO), bucket }
  return what === 'image' ? { ...thing, ...place, what } : { ...thing, ...place, what, uploadId: 'u' }
}

const copyMark = [`snapferry:copy=here.${ID}`]
const known = (record: Known['record'], catalogued = false): Known => ({ record, catalogued })

/** What is seen, what is known, and what it is taken for, three days later. */
const TABLE: readonly [string, SweptThing, Known, SweptAs][] = [
  ['a late copy', snapshot(), known(ended()), 'late'],
  [
    'a late taken snapshot',
    snapshot({ zone: FROM, volume: 'volume-1' }),
    known(ended({ plan: volumePlan })),
    'late',
  ],
  ['a late image', image(), known(ended()), 'late'],
  ['a late image that has nothing in it', image({ key: keyOf(1) }), known(ended({ facts: {} })), 'late'],
  ['an unfinished upload', image({ what: 'upload' }), known(ended()), 'late'],
  [
    'an image that came back',
    image(),
    known(ended({ ledger: [imageItem(9, { state: 'removed' })] })),
    'late',
  ],
  [
    'an upload of an image that was removed',
    image({ what: 'upload' }),
    known(ended({ ledger: [imageItem(9, { state: 'removed' })] })),
    'late',
  ],
  ['a kept image', image(), known(ended({ ledger: [imageItem(9, { state: 'kept' })] })), 'known'],
  [
    'an upload beside a kept image',
    image({ what: 'upload' }),
    known(ended({ ledger: [imageItem(9, { state: 'kept' })] })),
    'known',
  ],
  [
    'a leftover',
    snapshot(),
    known(ended({ ledger: [copyItem('late-1', { state: 'left', reason: 'in-use' })] })),
    'known',
  ],
  [
    'a thing to be removed',
    snapshot(),
    known(ended({ ledger: [copyItem('late-1', { state: 'disowned' })] })),
    'known',
  ],
  ['a thing of a running migration', snapshot(), known(running()), 'in-use'],
  ['an image of a proven migration', image(), known(proven()), 'in-use'],
  ['a thing of a record nobody can read', snapshot(), known('unreadable'), 'in-use'],
  ['an image of a record nobody can read', image(), known('unreadable'), 'in-use'],
  ['a thing without a record', snapshot(), known(null), 'orphan'],
  ['an image without a record', image(), known(null), 'orphan'],
  ['an upload without a record', image({ what: 'upload' }), known(null), 'orphan'],
  [
    'a kept snapshot without a record',
    snapshot({ tags: [`snapferry:snapshot=here.${ID}`] }),
    known(null),
    'orphan',
  ],
  ['a young thing without a record', snapshot({ at: LATER - DAY + 1 }), known(null), 'too-young'],
  ['a thing from the future', snapshot({ at: LATER + DAY }), known(null), 'too-young'],
  ['an object without a time', image({ at: null }), known(null), 'too-young'],
  [
    'a young thing of an ended migration',
    snapshot({ at: LATER - SWEEP_POLICY.lateGraceMs + 1 }),
    known(ended()),
    'too-young',
  ],
  [
    'a thing of one that has just ended',
    snapshot(),
    known(ended({ endedAt: LATER - SWEEP_POLICY.lateGraceMs + 1 })),
    'too-young',
  ],
  ['a proven copy', snapshot({ tags: copyMark }), known(ended()), 'copy'],
  ['a proven copy of a running migration', snapshot({ tags: copyMark }), known(proven()), 'copy'],
  ['a copy whose history is gone', snapshot({ tags: copyMark }), known(null, true), 'copy'],
  ['a catalogued copy that lost its mark', snapshot(), known(null, true), 'copy'],
  ['the proven copy without its mark', snapshot({ id: 'copy-1' }), known(ended()), 'known'],
  [
    'a proven copy with both marks',
    snapshot({ tags: [...copyMark, `snapferry:wip=here.${ID}.3`] }),
    known(ended()),
    'copy',
  ],
  ['a copy without a record', snapshot({ tags: copyMark }), known(null), 'unclaimed'],
  ['a young copy without a record', snapshot({ tags: copyMark, at: LATER - 1 }), known(null), 'too-young'],
  [
    'a snapshot kept as asked',
    snapshot({ tags: [`snapferry:snapshot=here.${ID}`], zone: FROM, volume: 'volume-1' }),
    known(ended({ plan: volumePlan })),
    'known',
  ],
  ['a thing older than its migration', snapshot({ at: NOW - DAY }), known(ended()), 'orphan'],
  [
    'the source itself, with our tag on it',
    snapshot({
      id: aPlan().source.kind === 'snapshot' ? '11111111-1111-4111-8111-111111111111' : '',
      zone: TO,
    }),
    known(ended()),
    'foreign',
  ],
  ['our tag in a zone where it has no business', snapshot({ zone: 'nl-ams-1' }), known(ended()), 'foreign'],
  [
    'our tag on a snapshot in `from` of a migration that took none',
    snapshot({ zone: FROM }),
    known(ended()),
    'foreign',
  ],
  ['our key in a mirror of the bucket', image({ bucket: 'mirror' }), known(ended()), 'foreign'],
  ['nobody’s', snapshot({ tags: ['prod'] }), known(null), 'foreign'],
]

describe('what a sweep takes a thing for', () => {
  test.each(TABLE)('%s', (_, thing, knows, as) => {
    expect(classify(thing, knows, SWEEP_POLICY, LATER)).toBe(as)
  })

  test('nothing that has not ended, and nothing with the mark of a copy, is ever late', () => {
    const records: readonly Known['record'][] = [ended(), running(), proven(), null, 'unreadable']
    const things = fc.record({
      id: fc.constantFrom('copy-1', 'late-1'),
      tags: fc.subarray([`snapferry:wip=here.${ID}.3`, ...copyMark, `snapferry:snapshot=here.${ID}`, 'prod']),
      at: fc.integer({ min: NOW - DAY, max: LATER }),
    })
    fc.assert(
      fc.property(things, fc.constantFrom(...records), fc.boolean(), (thing, record, catalogued) => {
        const as = classify(snapshot(thing), { record, catalogued }, SWEEP_POLICY, LATER)
        if (as !== 'late') return
        expect(record).toMatchObject({ state: 'succeeded' })
        expect(thing.tags.some((tag) => tag.startsWith('snapferry:copy='))).toBe(false)
        expect(thing.id).not.toBe('copy-1')
        expect(catalogued).toBe(false)
      }),
    )
  })
})

describe('whose a thing is', () => {
  const long = 'a'.repeat(20)
  test.each([
    [`snapferry:wip=here.${ID}.1`, true],
    [`snapferry:copy=here.${ID}`, true],
    [`snapferry:snapshot=here.${ID}`, true],
    [`snapferry:wip=here2.${ID}.1`, false],
    [`snapferry:wip=her.${ID}.1`, false],
    [`snapferry:wip=${long}.${ID}.1`, false],
    [`snapferry:wip=here.${ID}`, false],
    [`snapferry:wip=here.${ID}.0`, false],
    [`snapferry:wip=here.${ID}.01`, false],
    [`snapferry:wip=here.${ID}.1.2`, false],
    [`snapferry:wip=here.${ID}.1 `, false],
    [`snapferry:wip=here.${ID}a.1`, false],
    [`snapferry:wip=here.mig_.1`, false],
    [`snapferry:copy=here.${ID}.1`, false],
    [`snapferry:taken=here.${ID}`, false],
    [`Snapferry:wip=here.${ID}.1`, false],
  ])('the tag %s: ours is %s', (tag, isOurs) => {
    expect(markOfTags(['prod', tag], 'here') !== null).toBe(isOurs)
  })

  test('tags that contradict each other are nobody’s', () => {
    const ours = `snapferry:wip=here.${ID}.1`
    expect(markOfTags([ours, `snapferry:wip=there.${ID}.1`], 'here')).toBeNull()
    expect(markOfTags([ours, `snapferry:copy=here.${OTHER}`], 'here')).toBeNull()
    expect(markOfTags([ours, 'snapferry:wip=broken'], 'here')).toBeNull()
    expect(markOfTags([ours, `snapferry:copy=here.${ID}`], 'here')).toEqual({ kind: 'copy', migration: ID })
    expect(isOfFamily(['snapferry:source=1'])).toBe(false)
  })

  const root = 'snapferry/here'
  test.each([
    [`${root}/work/${ID}/1.qcow2`, true],
    [`${root}/keep/${ID}/12.qcow2`, true],
    [`${root}/work/${ID}/0.qcow2`, false],
    [`${root}/work/${ID}/1.qcow2.bak`, false],
    [`${root}/work/${ID}/../${ID}/1.qcow2`, false],
    [`${root}/work/${ID}//1.qcow2`, false],
    [`${root}/workshop/${ID}/1.qcow2`, false],
    [`${root}/archive/${ID}/1.qcow2`, false],
    [`${root}2/work/${ID}/1.qcow2`, false],
    [`snapferry/her/work/${ID}/1.qcow2`, false],
    [`x${root}/work/${ID}/1.qcow2`, false],
    [`/${root}/work/${ID}/1.qcow2`, false],
  ])('the key %s: ours is %s', (key, isOurs) => {
    expect(markOfKey(key, { prefix: 'snapferry', install: 'here' }) !== null).toBe(isOurs)
  })

  test('no text that was made up is ours, whatever installation it is asked for', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string().map((rest) => `snapferry:wip=${rest}`),
      fc.string().map((rest) => `snapferry:copy=here.${ID}${rest}x`),
    )
    fc.assert(
      fc.property(text, (tag) => {
        expect(markOfTags([tag], 'here')).toBeNull()
      }),
    )
  })
})

describe('bringing late things into a ledger', () => {
  const fold = (m: Migration, things: readonly SweptThing[]) =>
    lateEvents(m as Ended, things, LATER).reduce<Migration>(apply, m)

  test('they are listed as late, under the round of their own tag, and the remover is due', () => {
    const m = fold(ended({ plan: volumePlan }), [
      snapshot(),
      snapshot({ id: 'late-2', zone: FROM, volume: 'volume-1', tags: [`snapferry:wip=here.${ID}.2`] }),
      image(),
    ])
    expect(
      m.ledger.map(({ thing, round, state, reason }) => [thing.what, thing.id, round, state, reason]),
    ).toEqual([
      ['copy', 'late-1', 3, 'left', 'late'],
      ['taken-snapshot', 'late-2', 2, 'left', 'late'],
      ['image', keyOf(9), 7, 'left', 'late'],
    ])
    expect(leftoversOf(m.ledger)).toHaveLength(3)
    expect(m.state).toBe('succeeded')
    expect(dueAt(m, POLICY.leftoverRetryMs, LATER)).toBe(LATER + POLICY.leftoverRetryMs)
  })

  test('an image and its unfinished upload are one line, and twice is as once', () => {
    const once = fold(ended(), [image(), image({ what: 'upload' })])
    expect(once.ledger).toHaveLength(1)
    expect(lateEvents(once as Ended, [image(), image({ what: 'upload' })], LATER)).toEqual([])
  })

  test('what was removed and came back is removed once more; what is kept stays kept', () => {
    const lines: readonly Item[] = [
      imageItem(9, { state: 'removed' }),
      takenItem('taken-1', { state: 'kept' }),
    ]
    const m = fold(ended({ ledger: lines }), [image(), snapshot({ id: 'taken-1' })])
    expect(m.ledger.map(({ state }) => state)).toEqual(['left', 'kept'])
  })

  test('the proven copy is never marked, whoever asks for it', () => {
    const before = ended({ ledger: [copyItem('copy-1', { state: 'removed' })] })
    const m = fold(before, [snapshot({ id: 'copy-1' })])
    expect(
      m.ledger.map(({ thing, state }) => [thing.id, state]).filter(([, state]) => state === 'disowned'),
    ).toEqual([])
  })
})

describe('where a sweep looks', () => {
  test('both APIs of both zones, and the bucket, each as one text that reads back', () => {
    const texts = placesOfPlan(aPlan()).map(placeText)
    expect(texts).toEqual([
      'snapshots/instance/fr-par-1/project',
      'snapshots/block/fr-par-1/project',
      'snapshots/instance/fr-par-2/project',
      'snapshots/block/fr-par-2/project',
      'bucket/fr-par/bucket/snapferry',
    ])
    expect(texts.map((text) => placeText(placeOfText(text)!))).toEqual(texts)
    for (const text of ['', 'bucket/fr-par/b', 'snapshots/file/fr-par-1/p', 'snapshots/block/moon/p'])
      expect(placeOfText(text)).toBeNull()
  })
})

describe('the night', () => {
  test('has an hour of its own for each installation and one number a day', () => {
    const start = Math.ceil(NOW / DAY) * DAY + nightlyOffsetMs('here')
    const night = nightOf(start, 'here')
    expect(nightOf(start - 1, 'here')).toBe(night - 1)
    expect(nightOf(start + DAY - 1, 'here')).toBe(night)
    expect(nightlyOffsetMs('here')).not.toBe(nightlyOffsetMs('there'))
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9-]{1,20}$/), (install) => {
        const offset = nightlyOffsetMs(install)
        expect(offset).toBeGreaterThanOrEqual(0)
        expect(offset).toBeLessThan(DAY)
      }),
    )
  })
})
