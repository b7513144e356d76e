import { describe, expect, test } from 'vitest'
import {
  type Appended,
  afterAppend,
  afterLook,
  afterRead,
  afterWrite,
  bad,
  begin,
  type Circumstances,
  good,
  type Migration,
  mayLeave,
  POLICY,
  type Reading,
  type Seen,
  type Tick,
  type WantsAppend,
  type WantsLook,
  type WantsWrite,
} from '../src/index.ts'
import {
  aCloudFailure,
  anImage,
  aRow,
  aSource,
  cancelled,
  NOW,
  parked,
  running,
  unwinding,
} from './a-migration.ts'

const at = (monotonicMs = 0): Circumstances => ({ monotonicMs, policy: POLICY })

function readingOf(record: Migration, parts: Partial<Reading> = {}, crashes?: number): Reading {
  const pulse = { v: 7, wakeAt: NOW, plannedMs: 0, waitedMs: 0, looks: 0, why: null }
  const counted = crashes === undefined ? pulse : { ...pulse, crashes }
  return { record, pulse: counted, now: NOW, nudges: 0, redisRun: 'run', ...parts }
}

const importing = running({
  ...{ phase: 'import', round: 3 },
  facts: { snapshot: 's', sourceBytes: 1, sizeBytes: 10_000_000_000, image: anImage(1) },
})
const appended = (parts: Partial<Extract<Appended, { outcome: 'appended' }>> = {}): Appended => ({
  ...{ outcome: 'appended', v: 8, now: NOW, wakeAt: NOW },
  ...parts,
})

/** A tick of a migration that is about to announce its import. */
function announcing(reading = readingOf(importing)): WantsAppend {
  const look = afterRead(begin(0), reading, at(), 0.5) as WantsLook
  return afterLook(look, {}, at()) as WantsAppend
}

function writing(): WantsWrite {
  return afterAppend(announcing(), appended(), at(100)) as WantsWrite
}

describe('a tick that was stopped, copied and brought back', () => {
  test('is plain data at every step and goes on as if nothing had been', () => {
    const copied = <T extends Tick>(tick: T): T => JSON.parse(JSON.stringify(tick)) as T
    const look = copied(afterRead(copied(begin(0)), readingOf(importing), at(), 0.5) as WantsLook)
    const announce = copied(afterLook(look, {}, at()) as WantsAppend)
    const write = copied(afterAppend(announce, appended(), at(100)) as WantsWrite)
    expect(write).toEqual(writing())
    const close = copied(afterWrite(write, { to: 'create', result: good(aRow()) }, at(200)) as WantsAppend)
    expect(close.change.events.map(({ type }) => type)).toEqual(['settled'])
    expect(afterAppend(close, appended({ wakeAt: NOW + 900 }), at())).toEqual({
      wants: 'nothing',
      sleep: 900,
    })
  })
})

describe('a record that was read', () => {
  test.each([
    { what: 'nothing there', reading: null, sleep: 'ended' },
    { what: 'early', reading: readingOf(importing, { now: NOW - 400 }), sleep: 400 },
    { what: 'ended and early', reading: readingOf(cancelled(), { now: NOW - 400 }), sleep: 'ended' },
  ] as const)('$what: it sleeps $sleep and looks at nothing', ({ reading, sleep }) => {
    expect(afterRead(begin(0), reading, at(), 0)).toEqual({ wants: 'nothing', sleep })
  })

  test('early with a nudge is looked at', () => {
    const reading = readingOf(importing, { now: NOW - 400, nudges: 1 })
    expect(afterRead(begin(0), reading, at(), 0).wants).toBe('look')
  })

  test.each([
    { before: undefined, counted: 4, parks: false },
    { before: undefined, counted: 5, parks: true },
    { before: 20, counted: 24, parks: false },
    { before: 20, counted: 25, parks: true },
    // The job was added anew: BullMQ counts from 0 again.
    { before: 20, counted: 4, parks: false },
    { before: 20, counted: 5, parks: true },
  ])(
    '$counted stalls when $before were counted at the last close: parked $parks',
    ({ before, counted, parks }) => {
      const tick = afterRead(begin(counted), readingOf(importing, {}, before), at(), 0)
      expect(tick.wants).toBe(parks ? 'append' : 'look')
      if (tick.wants !== 'append') return
      const { after, pulse } = tick.change
      expect(after).toMatchObject({ state: 'needs_attention', failure: { kind: 'defect' } })
      expect(after.state === 'needs_attention' && after.failure.text).toContain(
        'The worker died 5 times in a row',
      )
      expect(pulse.crashes, 'a retry begins to count anew').toBe(counted)
    },
  )

  test.each([parked(), cancelled()])('under which workers die is not parked a second time: $state', (m) => {
    const tick = afterRead(begin(9), readingOf(m, { nudges: 1 }), at(), 0) as WantsAppend
    expect([tick.change.events, tick.change.after]).toEqual([[], m])
  })
})

describe('a look', () => {
  test.each([
    { ms: 30_000, wants: 'append' },
    { ms: 30_001, wants: 'nothing' },
  ])('of $ms ms leads to $wants: what was seen long ago decides nothing', ({ ms, wants }) => {
    const look = afterRead(begin(0), readingOf(importing), at(), 0.5) as WantsLook
    expect(afterLook(look, {}, at(ms)).wants).toBe(wants)
  })

  test('makes what is announced as old as the moment it is announced in', () => {
    const look = afterRead(begin(0), readingOf(importing), at(1_000), 0.5) as WantsLook
    const { change } = afterLook(look, {}, at(4_000)) as WantsAppend
    expect(change.events[0]?.at).toBe(NOW + 3_000)
  })
})

describe('the send guard', () => {
  test.each([
    { recordedMs: 0, sendMs: 1_999, leaves: true },
    { recordedMs: 0, sendMs: 2_000, leaves: false },
    { recordedMs: 1_999, sendMs: 1_999, leaves: true },
    { recordedMs: 2_000, sendMs: 0, leaves: false },
  ])('a create recorded after $recordedMs ms and sent after $sendMs ms leaves: $leaves', (row) => {
    const write = afterAppend(announcing(), appended({ now: NOW + row.recordedMs }), at(500)) as WantsWrite
    expect(mayLeave(write, 500, 500 + row.sendMs)).toBe(row.leaves)
  })
})

describe('an announcement whose answer was heard late', () => {
  test.each([
    { heardMs: 1_999, leaves: true },
    { heardMs: 2_000, leaves: false },
    { heardMs: 162_000, leaves: false },
  ])('$heardMs ms after it was sent: its write leaves $leaves', ({ heardMs, leaves }) => {
    const write = afterAppend(announcing(), appended(), at(heardMs)) as WantsWrite
    expect(mayLeave(write, heardMs, heardMs)).toBe(leaves)
  })
})

describe('an append that came first', () => {
  test('kills an announcement', () => {
    expect(afterAppend(announcing(), { outcome: 'overtaken' }, at())).toEqual({ wants: 'nothing', sleep: 0 })
  })

  test('makes the outcome of a write be recorded anew, on the record of that moment', () => {
    const close = afterWrite(writing(), { to: 'create', result: good(aRow()) }, at(200)) as WantsAppend
    const again = afterAppend(close, { outcome: 'overtaken' }, at(300))
    expect(again).toMatchObject({ wants: 'read', settling: { tries: 1 } })
    if (again.wants !== 'read') return
    const elsewhere = unwinding({ round: 4, intent: null, phase: 'import' })
    const anew = afterRead(again, readingOf(elsewhere), at(400), 0) as WantsAppend
    expect(
      anew.change.events.map(({ type }) => type),
      'a thing nobody waits for is disowned',
    ).toEqual(['disowned'])
  })

  test('is met ten times at most: the next tick finds the thing by its tag', () => {
    let tick: Tick = afterWrite(writing(), { to: 'create', result: good(aRow()) }, at())
    let appends = 0
    while (tick.wants !== 'nothing') {
      if (tick.wants === 'append') appends++
      tick =
        tick.wants === 'append'
          ? afterAppend(tick, { outcome: 'overtaken' }, at())
          : afterRead(tick as Extract<Tick, { wants: 'read' }>, readingOf(importing), at(), 0)
    }
    expect([appends, tick.sleep]).toEqual([10, 0])
  })
})

describe('what an event was decided from', () => {
  const exporting = readingOf(running())
  const seen: Seen = { images: good([]), source: good(aSource('exporting')) }
  const looked = (reading: Reading, sight = seen) =>
    afterLook(afterRead(begin(3), reading, at(), 0.25) as WantsLook, sight, at()) as WantsAppend

  test('stands at its first event: the sight, the pulse, the roll and the reason', () => {
    const [event] = looked(exporting).change.events
    expect(event).toMatchObject({
      type: 'waited',
      basis: { dice: 0.25, seen, because: { rule: 'source-busy' } },
    })
  })

  test('keeps a sight only when it is another one than before', () => {
    const first = looked(exporting).change
    const kept = { ...exporting.pulse, ...first.pulse, wakeAt: NOW, why: null }
    const again = looked({ ...exporting, pulse: kept }).change
    expect(again.events[0]?.basis?.seen).toBe('as-before')
    const other = looked({ ...exporting, pulse: kept }, { ...seen, source: good(aSource('pending')) }).change
    expect(other.events[0]?.basis?.seen).toMatchObject({ source: { value: { state: { kind: 'pending' } } } })
  })

  test('of a write is what came back, and where the write was decided', () => {
    const answer = { to: 'create', result: bad(aCloudFailure('no-answer', false)) } as const
    const { change } = afterWrite(writing(), answer, at(100)) as WantsAppend
    expect(change.events).toMatchObject([
      { type: 'waited', basis: { answer, decided: { events: importing.events, at: NOW } } },
    ])
    expect(change.events[0]?.basis, 'its sight stands at the announcement').not.toHaveProperty('seen')
  })

  test('counts the crashes anew at every tick that closes', () => {
    expect(looked(exporting).change.pulse.crashes).toBe(3)
  })
})
