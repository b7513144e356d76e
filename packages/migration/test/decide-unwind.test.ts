import { describe, expect, test } from 'vitest'
import { bad, decide, good, type Moment, needs, POLICY, type Seen, type SnapshotSeen } from '../src/index.ts'
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
  parked,
  queued,
  SIZE,
  stateOf,
  succeeded,
  unwinding,
} from './a-migration.ts'
import { check, exporting, OPEN, saw } from './told.ts'

describe('unwinding', () => {
  const open = (agoMs: number) => unwinding({ intent: { ...OPEN, at: NOW - agoMs }, send: 1 })
  const undo = unwinding({
    ledger: [imageItem(1, { state: 'disowned' }), copyItem('copy-1', { state: 'disowned' })],
    facts: { snapshot: 's', image: anImage(1) },
  })
  const rows = (...seen: (SnapshotSeen | null)[]): Seen => ({ rows: good(seen) })

  test('settles an open intent before anything else', () => {
    check([
      ['found', open(1_000), saw([anObject(1, 0)], exporting()), moment(), 'settled 1.qcow2'],
      ['too young', open(44_000), saw([]), moment(), 'wait: answer-lost'],
      ['old', open(45_000), saw([]), moment(), 'settled nothing'],
      [
        'old, but the source exports',
        open(99_000),
        saw([], exporting()),
        moment(),
        'wait: provider-finishing',
      ],
      [
        'old, a word nobody knows',
        open(99_000),
        saw([], exporting('unknown')),
        moment(),
        'wait: provider-finishing',
      ],
      [
        'old, but the source was not seen',
        open(99_000),
        saw([], bad(aCloudFailure('no-answer'))),
        moment(),
        'wait: provider-unavailable',
      ],
    ])
  })

  test('waits until the provider has stopped, then removes, then looks once more', () => {
    const accepted = unwinding({ ledger: [imageItem(1, { state: 'disowned' })] })
    check([
      ['still exporting', accepted, { source: exporting() }, moment(), 'wait: provider-finishing'],
      ['exporting has ended', accepted, { source: good(aSource()) }, moment(), 'remove'],
      [
        'still importing',
        undo,
        rows(aRow({ state: stateOf('pending') })),
        moment(),
        'wait: provider-finishing',
      ],
      [
        'a word nobody knows',
        undo,
        rows(aRow({ state: stateOf('unknown') })),
        moment(),
        'wait: unknown-state',
      ],
      ['stopped', undo, rows(aRow()), moment(), 'remove'],
      ['gone by itself', undo, rows(null), moment(), 'remove'],
      ['nothing left', unwinding({ send: 1 }), { images: good([]) }, moment(), 'ledger-settled'],
      [
        'a late object',
        unwinding({ send: 1 }),
        { images: good([anObject(1)]) },
        moment(),
        'disowned 1.qcow2',
      ],
    ])
  })

  test('asks for the state of the source again when a new export follows a lost image', () => {
    const again = unwinding({ ledger: [imageItem(1, { state: 'removed' }), imageItem(2)] })
    expect(needs(again, moment()).source).toBeDefined()
  })

  test('takes a 404 soon after the create for lag, not for gone', () => {
    const young = unwinding({ ledger: [copyItem('copy-1', { state: 'disowned', at: NOW - 30_000 })] })
    check([['30 s', young, rows(null), moment(), 'wait: copy-not-seen']])
  })

  test('asks under another Redis for every round, those that it may have forgotten too, twice, a list lag apart', () => {
    const elsewhere = moment({ redisRun: 'other' })
    const later = moment({ redisRun: 'other', why: 'answer-lost', sinceMs: 30_000 })
    const m = unwinding({ round: 3 })
    const nothing: Seen = { images: good([]), late: good([]), source: good(aSource()) }
    const rounds = (at: typeof m, when: Moment) =>
      needs(at, when).late?.map(({ tag }) => Number(tag.split('.').at(-1)))
    expect(rounds(m, elsewhere)).toEqual([1, 2, 3, 4, 5, 6])
    const since = unwinding({ round: 2, lost: [{ phase: 'export', round: 1, forgotten: true }] })
    expect(rounds(since, moment())).toEqual([1, 2, 3, 4, 5])
    check([
      ['once', m, nothing, elsewhere, 'wait: answer-lost'],
      ['twice', m, nothing, later, 'ledger-settled'],
      ['found', m, { ...nothing, late: good([aRow()]) }, elsewhere, 'disowned copy-1'],
      ['exporting', m, { ...nothing, source: exporting() }, later, 'wait: provider-finishing'],
    ])
  })

  test('ends in any case: a limit lists what is left', () => {
    const limit = moment({ why: 'provider-finishing', waitedMs: 48 * 3_600_000 })
    check([
      ['two days', undo, rows(aRow({ state: stateOf('pending') })), limit, 'left 1.qcow2,copy-1: limit'],
    ])
  })

  test('gives up a last look that is refused for an hour, and takes a missing bucket for empty', () => {
    const m = unwinding({ send: 1 })
    const refused: Seen = { images: bad(aCloudFailure('refused')) }
    const hour = moment({ why: 'provider-refuses', waitedMs: 3_600_000 })
    check([
      ['refused', m, refused, moment(), 'wait: provider-refuses'],
      ['for an hour', m, refused, hour, 'ledger-settled'],
      [
        'an hour of something else',
        m,
        refused,
        moment({ why: 'exporting', waitedMs: 3_600_000 }),
        'wait: provider-refuses',
      ],
      ['missing', m, { images: bad(aCloudFailure('missing')) }, moment(), 'ledger-settled'],
    ])
  })
})

describe('standing still', () => {
  test('a parked migration is reminded of each day and moves on after 72 h', () => {
    const at = (hours: number): Moment => moment({ now: NOW + hours * 3_600_000 })
    check([
      ['a day', parked(), {}, at(24), 'wait: needs-attention'],
      ['72 h', parked(), {}, at(72), 'park-limit-over'],
    ])
    expect(decide(parked(), {}, POLICY, at(60))).toMatchObject({ sleepMs: 12 * 3_600_000 })
  })

  test('a queued one is refused, waits or is admitted, and takes nothing yet', () => {
    const bucket = good({
      bucket: 'bucket',
      region: aPlan().image.region,
      project: null,
      versioned: false,
      locked: false,
    })
    check([
      ['good', queued(), { bucket, source: good(aSource()) }, moment(), 'admitted'],
      ['missing', queued(), { bucket, source: good(null) }, moment(), 'checked-bad'],
      ['not ready', queued(), { bucket, source: exporting('pending') }, moment(), 'wait: source-not-ready'],
      [
        'throttled',
        queued(),
        { bucket, source: bad(aCloudFailure('throttled')) },
        moment(),
        'wait: provider-throttled',
      ],
      [
        'credentials',
        queued(),
        { bucket, source: bad(aCloudFailure('credentials')) },
        moment(),
        'wait: hold-credentials',
      ],
    ])
    expect(decide(queued(), { bucket, source: good(aSource()) }, POLICY, moment())).toMatchObject({
      events: [{ facts: { sourceBytes: SIZE }, claims: [] }],
    })
  })

  test('an ended one removes what is due and never its copy', () => {
    const image = imageItem(1, { state: 'kept', untilMs: NOW })
    const m = succeeded({ ledger: [copyItem('copy-1', { state: 'left', reason: 'defect' }), image] })
    check([
      ['due', m, {}, moment(), 'disowned 1.qcow2; remove'],
      ['not due yet', m, {}, moment({ now: NOW - 1 }), 'wait: left-behind'],
    ])
  })
})
