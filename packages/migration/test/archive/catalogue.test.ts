import { describe, expect, test } from 'vitest'
import {
  bytes,
  type Copy,
  copyFromTags,
  foldCopies,
  migrationId,
  type Remains,
  rebuildCatalogue,
  type SnapshotSeen,
  toWrite,
  zone,
} from '../../src/index.ts'

const MIGRATION = migrationId(`mig_${'b'.repeat(26)}`)
const SOURCE = '11111111-1111-4111-8111-111111111111'
const VOLUME = '22222222-2222-4222-8222-222222222222'
const TAKEN = Date.UTC(2026, 10, 20, 1, 2, 3, 4)
const PROVEN = Date.UTC(2026, 10, 20, 2, 3, 4, 5)
const CREATED = Date.UTC(2026, 10, 20, 2)

const MARK = `snapferry:copy=default.${MIGRATION}`
const OURS = [
  'team=web',
  MARK,
  `snapferry:source=${SOURCE}`,
  `snapferry:volume=${VOLUME}`,
  `snapferry:taken=${new Date(TAKEN).toISOString()}`,
  `snapferry:verified=${new Date(PROVEN).toISOString()}`,
]

function aRow(tags: readonly string[] = OURS, id = 'copy-1'): SnapshotSeen {
  return {
    ...{ backend: 'block', zone: zone('fr-par-2'), id, name: 'web', type: 'sbs', project: 'p', tags },
    sizeBytes: bytes(10_000_000_000),
    state: { kind: 'available', word: 'available' },
    createdAt: CREATED,
    volume: null,
  }
}

function aCopy(id = 'copy-1', parts: Partial<Copy> = {}): Copy {
  return { ...copyFromTags(aRow(OURS, id), 'default')!.copy, from: zone('fr-par-1'), ...parts }
}

describe('a copy from its tags', () => {
  test('tells all but the zone its source was in', () => {
    expect(copyFromTags(aRow(), 'default')).toEqual({
      copy: {
        ...{ id: 'copy-1', backend: 'block', zone: 'fr-par-2', project: 'p', type: 'sbs', name: 'web' },
        ...{ sizeBytes: 10_000_000_000, migration: MIGRATION, source: { kind: 'snapshot', id: SOURCE } },
        ...{ from: null, volume: VOLUME, takenAt: TAKEN, provenAt: PROVEN },
      },
      lost: ['from'],
    })
  })

  test.each<[string, readonly string[], object]>([
    [
      'whose source was a volume',
      OURS.filter((tag) => !tag.includes(':source=')),
      { source: { kind: 'volume', id: VOLUME } },
    ],
    ['of an image: nothing tells its key', [MARK, OURS[5]!], { source: null, volume: null, takenAt: null }],
    ['without its time of proof: it was created no later', [MARK], { provenAt: CREATED }],
    [
      'with times and ids that are none',
      [MARK, 'snapferry:taken=soon', 'snapferry:source=x'],
      { takenAt: null, source: null },
    ],
  ])('%s', (_, tags, copy) => {
    expect(copyFromTags(aRow(tags), 'default')).toMatchObject({ copy })
  })

  test.each<[string, readonly string[]]>([
    ['no mark', ['team=web']],
    ['the mark of another installation', [`snapferry:copy=default2.${MIGRATION}`]],
    ['the mark of something on its way', [`snapferry:wip=default.${MIGRATION}.1`]],
    ['a mark without a migration', ['snapferry:copy=default.mig_x']],
    ['marks of two migrations', [MARK, `snapferry:copy=default.mig_${'c'.repeat(26)}`]],
    ['a mark in other letters', [MARK.toUpperCase()]],
  ])('%s makes it none of ours', (_, tags) => {
    expect(copyFromTags(aRow(tags), 'default')).toBeNull()
  })
})

test('later lines of the catalogue replace earlier ones, and a copy that went is gone', () => {
  const copies = new Map<string, Copy>()
  foldCopies(copies, { kind: 'copy', copy: aCopy('a') })
  foldCopies(copies, { kind: 'copy', copy: aCopy('b') })
  foldCopies(copies, { kind: 'copy', copy: aCopy('a', { name: 'later' }) })
  foldCopies(copies, { kind: 'copy-gone', id: 'b' })
  expect([...copies.values()]).toEqual([aCopy('a', { name: 'later' })])
})

describe('the catalogue anew', () => {
  const remains = (parts: Partial<Remains>): Remains => ({
    ...{ install: 'default', kept: new Map(), archived: new Map(), shown: new Map(), tagged: [] },
    ...parts,
  })
  const archived = new Map([['copy-1', aCopy()]])

  test.each<[string, Partial<Remains>, string, Partial<Copy>, boolean]>([
    [
      'archived and there',
      { archived, shown: new Map([['copy-1', aRow()]]), tagged: [aRow()] },
      'archive',
      aCopy(),
      true,
    ],
    [
      'archived and there without its tags',
      { archived, shown: new Map([['copy-1', aRow([])]]) },
      'archive',
      aCopy(),
      true,
    ],
    [
      'archived and answered with 404',
      { archived, shown: new Map([['copy-1', null]]) },
      'gone',
      aCopy(),
      false,
    ],
    [
      'archived in a zone that did not answer',
      { archived, shown: new Map([['copy-1', 'unseen']]) },
      'unseen',
      aCopy(),
      true,
    ],
    ['archived and never looked for', { archived }, 'unseen', aCopy(), true],
    ['in no archive', { tagged: [aRow()] }, 'tags', { ...aCopy(), from: null }, true],
    [
      'known to Redis, whatever else is known',
      {
        archived,
        tagged: [aRow()],
        shown: new Map([['copy-1', null]]),
        kept: new Map([['copy-1', aCopy('copy-1', { name: 'kept' })]]),
      },
      'kept',
      { name: 'kept' },
      false,
    ],
  ])('%s', (_, parts, is, copy, isWritten) => {
    const rows = rebuildCatalogue(remains(parts))
    expect(rows).toMatchObject([{ is, copy }])
    expect(toWrite(rows)).toHaveLength(isWritten ? 1 : 0)
  })

  test('what is not ours is in no row', () => {
    const theirs = aRow([`snapferry:copy=other.${MIGRATION}`])
    expect(rebuildCatalogue(remains({ tagged: [theirs, aRow([])] }))).toEqual([])
  })
})
