import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Act,
  type ActAnswer,
  bad,
  drained,
  endedByLook,
  endedByWrite,
  good,
  type Hold,
  type HoldKind,
  isUnder,
  keptFrom,
  type Migration,
  probing,
  type Seen,
  stopped,
  zone,
} from '../src/index.ts'
import { ACTS, aHold, LOOKS } from './a-hold.ts'
import {
  aCloudFailure,
  aPlan,
  aRow,
  aSource,
  ID,
  keyOf,
  parked,
  queued,
  running,
  succeeded,
  unwinding,
} from './a-migration.ts'

type ActName = keyof typeof ACTS
type LookName = keyof typeof LOOKS
const ALL = Object.keys(ACTS) as ActName[]
const LOOKED = Object.keys(LOOKS) as LookName[]
/** Those of fr-par-2, the zone of the usual circuit. */
const IN_ZONE: readonly ActName[] = ['start-import', 'retag', 'remove copy']
const CREATES: readonly ActName[] = ['take-snapshot', 'start-export', 'start-import']

describe('a hold covers', () => {
  const image = aPlan({ source: { kind: 'image', bucket: 'bucket', key: 'k' }, from: null })
  test.each<[string, boolean, boolean]>([
    ['fleet', true, true],
    ['profile/default', true, true],
    ['profile/other', false, false],
    ['zone/fr-par-2', true, true],
    ['zone/fr-par-1', true, false],
    ['zone/nl-ams-1', false, false],
    ['bucket/fr-par/bucket', true, true],
    ['bucket/nl-ams/bucket', false, false],
    ['bucket/fr-par/other', false, false],
    ['', false, false],
  ])('%j: a snapshot of fr-par-1 %s, an image to the same zone %s', (scope, snapshot, theirs) => {
    const hold = aHold('circuit', { scope })
    expect([isUnder(queued(), hold), isUnder(queued({ plan: image }), hold)]).toEqual([snapshot, theirs])
  })
})

/** What a hold stops of a running migration: which looks, and which writes. */
function stopping(hold: Hold, m: Migration = running()): readonly [looks: LookName[], acts: ActName[]] {
  return [
    LOOKED.filter((name) => stopped(m, LOOKS[name], [hold]) !== null),
    ALL.filter((name) => keptFrom(m, ACTS[name], [hold]) !== null),
  ]
}

describe('who stands under a hold', () => {
  const looks: LookName[] = ['source', 'bucket', 'images', 'row']
  test.each<[string, Hold, readonly LookName[], readonly ActName[]]>([
    ['a refused key: nobody calls', aHold('credentials'), looks, ALL],
    [
      'a right that is gone: nobody does that',
      aHold('credentials', { act: 'start-import' }),
      [],
      ['start-import'],
    ],
    ['a right to mark', aHold('credentials', { act: 'retag' }), [], ['retag']],
    ['a right to remove', aHold('credentials', { act: 'remove' }), [], ['remove image', 'remove copy']],
    [
      'a quota: nothing that needs room',
      aHold('quota', { act: 'start-import' }),
      [],
      ['take-snapshot', 'start-import'],
    ],
    [
      ...(['a closed bucket', aHold('bucket'), ['bucket', 'images']] as const),
      ['start-export', 'start-import', 'remove image'],
    ],
    ['a bucket closed for exports', aHold('bucket', { act: 'start-export' }), [], ['start-export']],
    ['an open circuit: nobody calls that zone', aHold('circuit'), ['row'], IN_ZONE],
    ['a drain: nothing new', aHold('drain'), [], CREATES],
  ])('%s', (_, hold, looked, acts) => {
    expect(stopping(hold)).toEqual([looked, acts])
    expect(stopping(hold, unwinding()), 'undoing waits like the way forward').toEqual([looked, acts])
    expect(stopping({ ...hold, scope: 'profile/other' })).toEqual([[], []])
  })

  test('who has ended, or waits for a person, is under none; who waits to be checked is', () => {
    const hold = aHold('credentials')
    expect(stopping(hold, succeeded())).toEqual([[], []])
    expect(stopping(hold, parked())[0]).toEqual([])
    expect(stopping(hold, queued())[0]).toEqual(looks)
  })

  test('only the one that is to try may', () => {
    const kinds = fc.constantFrom<HoldKind>('credentials', 'quota', 'bucket', 'circuit')
    fc.assert(
      fc.property(kinds, fc.constantFrom(null, 'start-import' as const), (kind, act) => {
        const hold = aHold(kind, { act, probe: ID })
        const acts = kind === 'bucket' && act === null ? ['start-export', 'start-import', 'remove image'] : []
        expect(stopping(hold)).toEqual([[], acts])
        expect(stopping({ ...hold, probe: 'mig_bbbbbbbbbbbbbbbbbbbbbbbbbb' })).toEqual(
          stopping(aHold(kind, { act })),
        )
      }),
    )
  })

  test('who is to try under one hold may under all but a drain: two holds do not keep each other’s from trying', () => {
    const [key, circuit, drain] = [
      aHold('credentials', { probe: ID }),
      aHold('circuit', { scope: 'fleet' }),
      aHold('drain'),
    ]
    const m = running()
    expect([stopped(m, LOOKS.source, [circuit, key]), stopped(m, LOOKS.source, [circuit])]).toEqual([
      null,
      circuit,
    ])
    expect(keptFrom(m, ACTS['start-import'], [circuit, key])).toBeNull()
    expect(keptFrom(m, ACTS['start-import'], [key, drain])).toBe(drain)
    expect(keptFrom(m, ACTS['start-import'], [key, aHold('bucket')])).toMatchObject({ kind: 'bucket' })
  })

  test('a drain keeps everybody from taking a place, and nothing else does', () => {
    expect(drained(running(), [aHold('credentials'), aHold('quota'), aHold('drain')])?.kind).toBe('drain')
    expect(drained(running(), [aHold('credentials'), aHold('drain', { scope: 'zone/nl-ams-1' })])).toBeNull()
  })
})

describe('a closed bucket is looked at by the one that is to try, whatever it wants besides', () => {
  const hold = aHold('bucket', { probe: ID })
  const moved = running({ plan: aPlan({ to: zone('fr-par-3') }) })
  test.each<[string, Migration, Hold, LookName, boolean]>([
    ['it would look at nothing', running(), hold, 'nothing', true],
    ['it would look at its copy', moved, hold, 'row', true],
    ['it looks there anyway', running(), hold, 'images', false],
    ['another one is to try', running(), aHold('bucket'), 'nothing', false],
    [
      'only exports are refused',
      running(),
      aHold('bucket', { act: 'start-export', probe: ID }),
      'nothing',
      false,
    ],
    ['it is another hold', running(), aHold('credentials', { probe: ID }), 'nothing', false],
  ])('%s', (_, m, one, look, isAdded) => {
    const asked = probing(m, LOOKS[look], [one])
    expect(asked).toEqual(isAdded ? { ...LOOKS[look], ...LOOKS.bucket } : LOOKS[look])
  })
})

describe('a hold is ended', () => {
  const failed = bad(aCloudFailure('throttled'))
  const SEEN: Readonly<Record<string, Seen>> = {
    nothing: {},
    'the source': { source: good(aSource()) },
    'a failure': { source: failed },
    'the bucket': { images: good([]) },
    'the bucket, not the source': { images: good([]), source: failed },
    'the source, not the bucket': { images: failed, source: good(aSource()) },
  }
  test.each<[string, Hold, readonly string[]]>([
    ['a refused key', aHold('credentials'), ['the source', 'the bucket']],
    ['a closed bucket', aHold('bucket'), ['the bucket', 'the bucket, not the source']],
    ['an open circuit', aHold('circuit'), ['the source', 'the source, not the bucket']],
    ['a quota', aHold('quota', { act: 'start-import' }), []],
    ['a right that is gone', aHold('credentials', { act: 'start-import' }), []],
    ['a bucket closed for exports', aHold('bucket', { act: 'start-export' }), []],
  ])('%s: by looks that answer, of the one that is to try', (_, hold, by) => {
    const ends = (one: Hold) =>
      Object.keys(SEEN).filter((name) => endedByLook(running(), SEEN[name]!, [one]).length > 0)
    expect(ends({ ...hold, probe: ID })).toEqual(by)
    expect(ends(hold)).toEqual([])
    expect(ends({ ...hold, probe: ID, scope: 'profile/other' })).toEqual([])
  })

  const answerOf = (act: Act, isOk: boolean): ActAnswer => {
    const refused = bad(aCloudFailure('refused'))
    if (act.act === 'retag') return { to: 'retag', result: isOk ? good(null) : refused }
    if (act.act !== 'remove') return { to: 'create', result: isOk ? good(aRow()) : refused }
    const results = [{ id: keyOf(1), result: good('gone' as const) }]
    return { to: 'remove', results: isOk ? results : [...results, { id: 'x', result: refused }] }
  }
  test.each<[string, Hold, readonly ActName[]]>([
    ['a refused key', aHold('credentials'), ALL],
    ['an open circuit', aHold('circuit'), IN_ZONE],
    ['a closed bucket', aHold('bucket'), []],
    ['a quota', aHold('quota', { act: 'take-snapshot' }), ['take-snapshot', 'start-import']],
    ['a right to import', aHold('credentials', { act: 'start-import' }), ['start-import']],
    ['a right to remove', aHold('credentials', { act: 'remove' }), ['remove image', 'remove copy']],
    ['a bucket closed for exports', aHold('bucket', { act: 'start-export' }), ['start-export']],
  ])('%s: by writes that were done, of the one that is to try', (_, hold, by) => {
    const ends = (one: Hold, isOk = true) =>
      ALL.filter((name) => endedByWrite(running(), ACTS[name], answerOf(ACTS[name], isOk), [one]).length > 0)
    expect(ends({ ...hold, probe: ID })).toEqual(by)
    expect(ends({ ...hold, probe: ID }, false), 'refused').toEqual([])
    expect(ends(hold), 'another one was to try').toEqual([])
  })
})
