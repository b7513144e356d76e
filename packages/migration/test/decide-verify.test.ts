import { describe, expect, test } from 'vitest'
import {
  bad,
  copyTag,
  decide,
  good,
  needs,
  POLICY,
  type Seen,
  type SnapshotSeen,
  takenTag,
} from '../src/index.ts'
import {
  aCloudFailure,
  anImage,
  anObject,
  aPlan,
  aRow,
  aSource,
  copyItem,
  imageItem,
  moment,
  NOW,
  proven,
  running,
  SIZE,
  stateOf,
  takenItem,
  unwinding,
} from './a-migration.ts'
import { check } from './told.ts'

describe('verify', () => {
  const facts = { snapshot: 's', sizeBytes: SIZE, image: anImage(1) }
  const at = running({ phase: 'verify', attemptsMax: 1, facts, ledger: [imageItem(1), copyItem()] })
  const look = (parts: Partial<SnapshotSeen> = {}, siblings: readonly SnapshotSeen[] = []): Seen => ({
    row: good({ row: aRow(parts), siblings }),
    object: good({ ...anImage(1), frozen: false }),
  })

  test('proves the copy, with every other of its round as an extra', () => {
    check([
      ['agrees', at, look(), moment(), 'verify done'],
      ['another name', at, look({ name: 'renamed', tags: [] }), moment(), 'verify done'],
      ['an extra', at, look({}, [aRow(), aRow({ id: 'extra' })]), moment(), 'verify done, extra extra'],
      ['image gone', at, { ...look(), object: good(null) }, moment(), 'verify done'],
      [
        'adopted without an image',
        { ...at, facts: { sizeBytes: SIZE } },
        { row: look().row! },
        moment(),
        'verify done',
      ],
    ])
  })

  test('waits under another Redis until a delete that was forgotten can no longer be on its way', () => {
    const elsewhere = moment({ redisRun: 'other' })
    const later = moment({ redisRun: 'other', why: 'looking-back', sinceMs: POLICY.resendAgeMs })
    check([
      ['at once', at, look(), elsewhere, 'wait: looking-back'],
      ['the re-send age later', at, look(), later, 'verify done'],
      ['with nothing to forget', { ...at, redisRun: '' }, look(), elsewhere, 'verify done'],
    ])
  })

  test('never calls a copy good that disagrees', () => {
    const twice = moment({ why: 'copy-missing', sinceMs: 2_000 })
    const gone: Seen = { ...look(), row: good({ row: null, siblings: [] }) }
    const changed = good({ ...anImage(1), bytes: 1, frozen: false })
    check([
      [
        'smaller',
        at,
        look({ sizeBytes: (SIZE - 512) as never }),
        moment(),
        'copy-too-small → unwind, disowns copy-1',
      ],
      ['larger', at, look({ sizeBytes: (SIZE + 512) as never }), moment(), 'copy-too-large → park'],
      ['another project', at, look({ project: 'theirs' }), moment(), 'copy-misplaced → park'],
      ['another type', at, look({ type: 'l_ssd' }), moment(), 'copy-misplaced → park'],
      ['another zone', at, look({ zone: aSource().zone }), moment(), 'copy-misplaced → park'],
      ['locked', at, look({ state: stateOf('locked') }), moment(), 'locked → park'],
      ['error', at, look({ state: stateOf('error') }), moment(), 'import-error → unwind, disowns copy-1'],
      ['unknown', at, look({ state: stateOf('unknown') }), moment(), 'wait: unknown-state'],
      ['not there', at, gone, moment(), 'wait: copy-missing'],
      ['not there, twice', at, gone, twice, 'copy-vanished → unwind, disowns copy-1'],
      [
        'image changed',
        at,
        { ...look(), object: changed },
        moment(),
        'image-changed → unwind, disowns copy-1',
      ],
      [
        'not answered',
        at,
        { ...look(), row: bad(aCloudFailure('throttled')) },
        moment(),
        'wait: provider-throttled',
      ],
      ['no copy recorded', { ...at, ledger: [] }, {}, moment(), 'back to import'],
    ])
  })
})

describe('tidy', () => {
  const row = (parts: Partial<SnapshotSeen> = {}): Seen => ({ row: good({ row: aRow(parts), siblings: [] }) })
  const marked = { tags: [copyTag(proven())] }
  const keptCopy = copyItem('copy-1', { state: 'kept' })
  const keeps = aPlan({ image: { ...aPlan().image, keep: { kind: 'days', days: 7 } } })

  test('marks the copy first, keeps what was asked for, removes the rest, looks once more', () => {
    const done = proven({ ledger: [keptCopy, imageItem(1, { state: 'removed' })] })
    check([
      ['mark', proven(), row(), moment(), 'retag'],
      ['marked', proven(), row(marked), moment(), 'kept copy-1'],
      [
        'refused for an hour',
        proven(),
        row(),
        moment({ why: 'marking', waitedMs: 3_600_000 }),
        'left copy-1: copy-not-marked',
      ],
      ['remove', proven({ ledger: [keptCopy, imageItem(1)] }), {}, moment(), 'disowned 1.qcow2; remove'],
      [
        'keep the image',
        proven({ plan: keeps, ledger: [keptCopy, imageItem(1)] }),
        {},
        moment(),
        'kept 1.qcow2',
      ],
      ['nothing more', done, { images: good([]) }, moment(), 'ledger-settled'],
      ['a stranger', done, { images: good([anObject(9)]) }, moment(), 'disowned 9.qcow2'],
    ])
  })

  test('keeps an image for seven days from the proof on', () => {
    const decision = decide(proven({ plan: keeps, ledger: [keptCopy, imageItem(1)] }), {}, POLICY, moment())
    expect(decision).toMatchObject({ events: [{ type: 'kept', untilMs: NOW + 7 * 86_400_000 }] })
  })

  test('marks a taken snapshot that is kept', () => {
    const m = proven({
      plan: aPlan({ takenSnapshot: { keep: true } }),
      ledger: [keptCopy, takenItem()],
      facts: { ...proven().facts, snapshot: 'taken-1' },
    })
    check([
      ['mark', m, row(), moment(), 'retag'],
      ['marked', m, row({ id: 'taken-1', tags: [takenTag(m)] }), moment(), 'kept taken-1'],
    ])
  })

  test('lists nothing in a bucket it never wrote to', () => {
    const users = aPlan({ source: { kind: 'image', bucket: 'theirs', key: 'a.qcow2' } })
    expect(needs(proven({ plan: users, ledger: [keptCopy] }), moment())).toEqual({})
    expect(needs(unwinding({ send: 0 }), moment())).toEqual({})
  })

  test('leaves what cannot be removed only after it refused for its time', () => {
    const m = proven({ ledger: [keptCopy, copyItem('extra', { state: 'disowned' })] })
    const seen: Seen = { rows: good([aRow({ id: 'extra' })]) }
    const hours = (count: number): number => count * 3_600_000
    check([
      ['an hour of exporting before', m, seen, moment({ why: 'exporting', waitedMs: hours(10) }), 'remove'],
      [
        'the provider was finishing',
        m,
        seen,
        moment({ why: 'provider-finishing', waitedMs: hours(10) }),
        'remove',
      ],
      [
        'refused for an hour',
        m,
        seen,
        moment({ why: 'provider-refuses', waitedMs: hours(1) }),
        'left extra: provider-refuses',
      ],
      ['in use for an hour', m, seen, moment({ why: 'in-use', waitedMs: hours(23) }), 'remove'],
      ['in use for a day', m, seen, moment({ why: 'in-use', waitedMs: hours(24) }), 'left extra: in-use'],
    ])
  })
})
