import { describe, expect, test } from 'vitest'
import { bad, good, needs, POLICY, type Running, type Seen, type SnapshotSeen, wipTag } from '../src/index.ts'
import {
  aCloudFailure,
  anImage,
  aPlan,
  aRow,
  copyItem,
  ID,
  imageItem,
  moment,
  NOW,
  running,
  SIZE,
  stateOf,
} from './a-migration.ts'
import { check } from './told.ts'

describe('inspect', () => {
  const at = running({
    phase: 'inspect',
    attemptsMax: 1,
    ledger: [imageItem(1)],
    facts: { snapshot: 's', sourceBytes: SIZE, sizeBytes: SIZE, image: anImage(1) },
  })
  const judged = (sizeBytes: number): Seen => ({
    judgement: good({ good: true, bytes: 4_096, etag: 'etag', sizeBytes: sizeBytes as never }),
  })
  const refused: Seen = {
    judgement: good({ good: false, rule: 'encrypted', text: 'it is encrypted', words: 'words', bytes: 1 }),
  }
  const users = running({
    ...at,
    ledger: [],
    plan: aPlan({ source: { kind: 'image', bucket: 'bucket', key: 'a.qcow2' } }),
    facts: { image: anImage(1) },
  })

  test('judges what is in the bucket and exports anew when our image is not there or not sound', () => {
    check([
      ['good', at, judged(SIZE), moment(), 'inspect done'],
      ['another disk', at, judged(SIZE - 512), moment(), 'disowned 1.qcow2; back to export'],
      ['refused', at, refused, moment(), 'disowned 1.qcow2; back to export'],
      [
        'refused for the third time',
        { ...at, setbacks: 2 },
        refused,
        moment(),
        'export-bad-image → unwind, disowns 1.qcow2',
      ],
      ['gone', at, { judgement: good(null) }, moment(), 'disowned 1.qcow2; back to export'],
      [
        'gone for the third time',
        { ...at, setbacks: 2 },
        { judgement: good(null) },
        moment(),
        'export-left-nothing → unwind, disowns 1.qcow2',
      ],
      ["the user's, refused", users, refused, moment(), 'image-refused → unwind'],
      ["the user's, gone", users, { judgement: good(null) }, moment(), 'object-missing → unwind'],
    ])
  })

  test('refuses a size below the disk in the image', () => {
    const small = { ...users, plan: { ...users.plan, copy: { ...users.plan.copy, sizeBytes: SIZE } } }
    check([['too small', small, judged(SIZE + 512), moment(), 'size-refused → unwind']])
  })
})

describe('import', () => {
  const facts = { snapshot: 's', sourceBytes: SIZE, sizeBytes: SIZE, image: anImage(1) }
  const at = running({ phase: 'import', facts, ledger: [imageItem(1)] })
  const open = {
    ...at,
    intent: { id: 'import.2.2', phase: 'import', round: 2, send: 2, mark: 'wip', at: NOW - 44_000 } as const,
  }
  const watched = { ...at, ledger: [imageItem(1), copyItem()] }
  const row = (parts: Partial<SnapshotSeen> = {}): Seen => ({ row: good({ row: aRow(parts), siblings: [] }) })
  const none: Seen = { row: good({ row: null, siblings: [] }) }
  const older = aRow({ id: 'b-older', createdAt: 1 })
  const twin = aRow({ id: 'a-twin', createdAt: 1 })

  test('creates at once, and looks first under another Redis', () => {
    const elsewhere = moment({ redisRun: 'other' })
    check([
      ['same Redis', at, {}, moment(), 'intended import.2.1; start-import'],
      ['nothing there', at, { tagged: good([]), proven: good([]) }, elsewhere, 'wait: looking-back'],
      [
        'nothing there a list lag later',
        at,
        { tagged: good([]), proven: good([]) },
        moment({ redisRun: 'other', why: 'looking-back', sinceMs: POLICY.listLagMs }),
        'intended import.2.1; start-import',
      ],
      [
        'one of this round',
        at,
        { tagged: good([aRow()]), proven: good([]) },
        elsewhere,
        'intended import.2.1',
      ],
      ['a proven one', at, { tagged: good([]), proven: good([aRow()]) }, elsewhere, 'import done'],
    ])
  })

  test('asks for the rounds nearby as long as Redis may have forgotten some, and has what it finds there removed', () => {
    const wip = (round: number) => wipTag({ plan: aPlan(), id: ID }, round)
    const elsewhere = moment({ redisRun: 'other' })
    const since = { ...at, round: 5, lost: [{ phase: 'export', round: 2, forgotten: true }] } as const
    const seen: Seen = { tagged: good([]), proven: good([]), late: good([aRow({ tags: [wip(4)] })]) }
    const asked = (m: Running, when = moment()) => needs(m, when).late?.map(({ tag }) => tag)
    expect(asked(at, elsewhere)).toEqual([1, 3, 4, 5].map(wip))
    expect(asked(since)).toEqual([2, 3, 4, 6, 7, 8].map(wip))
    expect([asked(at), asked({ ...at, lost: [{ phase: 'import', round: 1 }] })]).toEqual([
      undefined,
      undefined,
    ])
    expect(asked({ ...at, redisRun: '' }, elsewhere), 'a first record has no time before it').toBeUndefined()
    check([
      ['found', since, seen, moment(), 'disowned copy-1'],
      [
        'known',
        { ...since, ledger: [copyItem('copy-1', { state: 'disowned' })] },
        seen,
        moment(),
        'intended import.5.1; start-import',
      ],
      [
        'not answered',
        since,
        { ...seen, late: bad(aCloudFailure('throttled')) },
        moment(),
        'wait: provider-throttled',
      ],
    ])
  })

  test.each([
    { what: 'a second after its image', begunMs: 1_000, next: 'intended import.5.1' },
    { what: 'within the second of its image', begunMs: 999, next: 'disowned copy-1' },
    { what: 'before its image', begunMs: -60_000, next: 'disowned copy-1' },
  ])('what Redis forgot and was begun $what: $next', ({ begunMs, next }) => {
    const image = { ...anImage(1), writtenAt: NOW }
    const since = {
      ...at,
      round: 5,
      facts: { ...facts, image },
      lost: [{ phase: 'export', round: 2, forgotten: true }],
    } as const
    const copy = aRow({ tags: [wipTag({ plan: aPlan(), id: ID }, 5)], createdAt: NOW + begunMs })
    check([['tagged', since, { tagged: good([copy]), proven: good([]), late: good([]) }, moment(), next]])
  })

  test('adopts the oldest, then the smallest id, and never what it disowned', () => {
    const disowned = { ...open, ledger: [...open.ledger, copyItem('b-older', { state: 'disowned' })] }
    check([
      ['oldest', open, { tagged: good([aRow(), older]) }, moment(), 'settled b-older'],
      ['smallest id', open, { tagged: good([older, twin]) }, moment(), 'settled a-twin'],
      ['not the disowned', disowned, { tagged: good([older, aRow()]) }, moment(), 'settled copy-1'],
      ['only the disowned', disowned, { tagged: good([older]) }, moment(), 'wait: answer-lost'],
      [
        'none after 45 s',
        { ...open, intent: { ...open.intent, at: NOW - 45_000 } },
        { tagged: good([]) },
        moment(),
        'settled nothing',
      ],
    ])
  })

  test('waits for the provider and takes its word for the end', () => {
    check([
      ['pending', watched, row({ state: stateOf('pending') }), moment(), 'wait: importing'],
      ['unknown', watched, row({ state: stateOf('unknown') }), moment(), 'wait: unknown-state'],
      ['available', watched, row(), moment(), 'import done'],
      ['in use', watched, row({ state: stateOf('in-use') }), moment(), 'import done'],
      ['error', watched, row({ state: stateOf('error') }), moment(), 'import-error → again, disowns copy-1'],
      [
        'invalid data',
        watched,
        row({ state: stateOf('invalid-data') }),
        moment(),
        'import-invalid-data → again, disowns copy-1',
      ],
      [
        'invalid data twice',
        { ...watched, attempt: 2 },
        row({ state: stateOf('invalid-data') }),
        moment(),
        'import-invalid-data → unwind, disowns copy-1',
      ],
      ['locked', watched, row({ state: stateOf('locked') }), moment(), 'locked → park'],
    ])
  })

  test('takes a 404 within 60 s for lag, one later for a reason to look again, a second for gone', () => {
    const young = { ...at, ledger: [copyItem('copy-1', { at: NOW - 59_000 })] }
    check([
      ['59 s', young, none, moment(), 'wait: copy-not-seen'],
      ['later, once', watched, none, moment(), 'wait: copy-missing'],
      [
        'later, twice',
        watched,
        none,
        moment({ why: 'copy-missing', sinceMs: 2_000 }),
        'copy-vanished → again, disowns copy-1',
      ],
    ])
  })

  test('looks after a retry whether the image is still the one inspected, once no request is open', () => {
    const again = { ...at, recheck: true }
    const changed = { object: good({ ...anImage(1), etag: 'other', frozen: false }) }
    check([
      [
        'same',
        again,
        { object: good({ ...anImage(1), frozen: false }) },
        moment(),
        'intended import.2.1; start-import',
      ],
      ['gone', again, { object: good(null) }, moment(), 'disowned 1.qcow2; back to export'],
      ['another', again, changed, moment(), 'disowned 1.qcow2; back to export'],
      [
        'gone once too often',
        { ...again, setbacks: 2 },
        { object: good(null) },
        moment(),
        'export-left-nothing → unwind, disowns 1.qcow2',
      ],
    ])
    expect(needs({ ...open, recheck: true }, moment()).object).toBeUndefined()
  })

  test('parks when the provider has not moved for the limit, and deletes nothing', () => {
    const limit = moment({ waitedMs: 70 * 60_000 })
    check([['stalled', watched, row({ state: stateOf('pending') }), limit, 'phase-limit-over']])
  })

  test('parks when it goes round in circles', () => {
    check([['400 events', { ...at, events: 400 }, {}, moment(), 'too-many-events → park']])
  })
})
