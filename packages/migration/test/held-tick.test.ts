import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  afterLook,
  afterRead,
  afterWrite,
  apply,
  bad,
  begin,
  type Event,
  good,
  HELD_SLEEP_MS,
  type Hold,
  type Migration,
  POLICY,
  type Policy,
  type Reading,
  type Seen,
  type Tick,
  type WantsAppend,
} from '../src/index.ts'
import { aHold, readUnder } from './a-hold.ts'
import {
  aCloudFailure,
  anImage,
  anObject,
  aPlan,
  aRow,
  aSource,
  copyItem,
  eachColumn,
  ID,
  imageItem,
  moment,
  NOW,
  proven,
  queued,
  running,
  SIZE,
  stateOf,
  succeeded,
  takenItem,
  unwinding,
} from './a-migration.ts'

const at = (policy: Policy = POLICY) => ({ monotonicMs: 0, policy })

/** A tick until it wants something of the journal or of the provider, or nothing more. */
function tickOf(reading: Reading, seen: Seen, policy: Policy = POLICY, dice = 0.5): Tick {
  const tick = afterRead(begin(0), reading, at(policy), dice)
  return tick.wants === 'look' ? afterLook(tick, seen, at(policy)) : tick
}

const bucket = good({
  bucket: 'bucket',
  region: aPlan().image.region,
  project: null,
  versioned: false,
  locked: false,
})
const READY: Seen = { bucket, source: good(aSource()) }
const importing = running({ phase: 'import', facts: { snapshot: 's', sizeBytes: SIZE, image: anImage(1) } })

describe('under a hold', () => {
  test.each<[string, Migration, Seen, Hold, string]>([
    ['who would look does not', queued(), {}, aHold('credentials'), 'hold-credentials'],
    ['who would look at a bucket does not', running(), {}, aHold('bucket'), 'hold-bucket'],
    ['who would begin does not', importing, {}, aHold('quota'), 'hold-quota'],
    ['who would begin without a look does not', importing, {}, aHold('credentials'), 'hold-credentials'],
    ['who would take a place does not', { ...importing, claims: [] }, {}, aHold('drain'), 'hold-drain'],
    ['who would remove does not', proven({ ledger: [imageItem(1)] }), {}, aHold('bucket'), 'hold-bucket'],
  ])('%s: it stands there, nothing is announced and nothing fails', (_, m, seen, hold, code) => {
    const tick = tickOf(readUnder(m, [hold]), seen) as WantsAppend
    expect([tick.wants, tick.next.to]).toEqual(['append', 'close'])
    const { change } = tick
    expect(change).toMatchObject({ stand: hold.name, closing: true, pulse: { why: { code } } })
    expect(change.events.map(({ type }) => type)).toEqual(['waited'])
    expect(change.raise).toBeUndefined()
    const sleepMs = change.pulse.wakeAt - NOW
    expect([sleepMs <= HELD_SLEEP_MS, sleepMs >= 0.8 * HELD_SLEEP_MS]).toEqual([true, true])
  })

  test('the second time it says nothing new', () => {
    const hold = aHold('credentials')
    const { pulse } = moment({ why: 'hold-credentials' })
    const tick = tickOf(readUnder(running(), [hold], { pulse }), {}) as WantsAppend
    expect([tick.change.events, tick.change.stand]).toEqual([[], hold.name])
  })

  test('from one hold to another is no news in its history, however often it goes', () => {
    const { pulse } = moment({ why: 'hold-bucket' })
    const tick = tickOf(readUnder(running(), [aHold('credentials')], { pulse }), {}) as WantsAppend
    expect([tick.change.events, tick.change.pulse.why?.code]).toEqual([[], 'hold-credentials'])
  })

  test('who has nothing to look at asks for its place as ever, and keeps it', () => {
    const tick = tickOf(readUnder({ ...importing, claims: [] }, [aHold('credentials')]), {}) as WantsAppend
    expect(tick.change.events.map(({ type }) => type)).toEqual(['admitted'])
    expect(tick.change.stand).toBeUndefined()
  })

  test('the one that is to try looks, and what answers lifts the hold in the same append', () => {
    const mine = aHold('credentials', { probe: ID })
    const tick = tickOf(readUnder(queued(), [mine]), READY) as WantsAppend
    expect(tick.change).toMatchObject({ lift: [mine.name], events: [{ type: 'admitted' }] })
  })

  test('the one that is to try and is refused again confirms the hold', () => {
    const mine = aHold('credentials', { probe: ID })
    const seen = { ...READY, source: bad(aCloudFailure('credentials')) }
    const tick = tickOf(readUnder(queued(), [mine]), seen) as WantsAppend
    expect([tick.change.raise?.name, tick.change.lift]).toEqual([mine.name, undefined])
  })

  test('the write of the one that is to try lifts it, or confirms it', () => {
    const mine = aHold('quota', { act: 'start-import', probe: ID })
    const announcing = tickOf(readUnder(importing, [mine]), {}) as WantsAppend
    if (announcing.next.to !== 'write') throw new Error(announcing.next.to)
    const { act, grounds, dice } = announcing.next
    const { after, events } = announcing.change
    const reading = readUnder(after, [mine])
    const wants = {
      wants: 'write',
      crashes: 0,
      reading,
      act,
      dice,
      grounds,
      sentFromMs: 0,
      isFresh: true,
    } as const
    const tick = { ...wants, decided: { events: events.length, at: NOW } }
    const done = afterWrite(tick, { to: 'create', result: good(aRow()) }, at()) as WantsAppend
    expect(done.change).toMatchObject({ lift: [mine.name], events: [{ type: 'settled', outcome: 'made' }] })
    const refused = afterWrite(
      tick,
      { to: 'create', result: bad(aCloudFailure('quota')) },
      at(),
    ) as WantsAppend
    expect(refused.change.raise).toMatchObject({ name: mine.name, act: 'start-import' })
    expect(refused.change.lift).toBeUndefined()
    expect(refused.change.after.attempt).toBe(1)
  })
})

/** What any look may show, good and bad. */
const failure = fc
  .constantFrom('forbidden', 'credentials', 'throttled', 'refused', 'missing', 'locked', 'no-answer')
  .map((kind) => bad(aCloudFailure(kind as 'forbidden')))
const kind = fc.constantFrom('available', 'exporting', 'pending', 'error', 'locked', 'unknown', 'in-use')
const row = kind.map((one) => aRow({ state: stateOf(one as 'available') }))
const either = <T>(value: fc.Arbitrary<T>) => fc.oneof({ weight: 5, arbitrary: value.map(good) }, failure)
const objects = fc.subarray([anObject(1), anObject(2, 0), anObject(3, 5, 'bad')])
const anySeen: fc.Arbitrary<Seen> = fc.record({
  bucket: either(fc.constant(bucket.ok ? bucket.value : null)),
  source: either(fc.option(kind.map((one) => aSource(one as 'available')))),
  volume: either(fc.constant(null)),
  object: either(fc.option(fc.constant({ ...anImage(1), frozen: false }))),
  images: either(objects),
  judgement: either(
    fc.option(fc.constant({ good: true, bytes: 4_096, etag: 'etag', sizeBytes: SIZE } as const)),
  ),
  row: either(fc.record({ row: fc.option(row), siblings: fc.constant([]) })),
  tagged: either(fc.subarray([aRow(), aRow({ id: 'copy-2' })])),
  proven: either(fc.constant([])),
  rows: either(fc.array(fc.option(row), { maxLength: 2 })),
  late: either(fc.subarray([aRow()])),
})
const open = { id: 'import.2.2', phase: 'import', round: 2, send: 2, mark: 'wip', at: NOW - 44_000 } as const
const volume = aPlan({ source: { kind: 'volume', id: 'v' } })
const ANY_STATE: readonly Migration[] = [
  ...Object.values(eachColumn()),
  running({ ledger: [imageItem(1)], send: 1 }),
  running({ claims: [] }),
  running({ phase: 'snapshot', plan: volume, facts: { volume: 'v' } }),
  running({ phase: 'inspect', facts: { image: anImage(1), sourceBytes: SIZE, sizeBytes: SIZE } }),
  importing,
  { ...importing, claims: [] },
  { ...importing, intent: open },
  { ...importing, ledger: [copyItem()] },
  running({
    phase: 'verify',
    facts: { image: anImage(1), copy: 'copy-1', sizeBytes: SIZE },
    ledger: [copyItem()],
  }),
  unwinding({ send: 1, ledger: [imageItem(1), copyItem(), takenItem()] }),
  unwinding({ intent: open }),
  succeeded({
    ledger: [imageItem(1, { state: 'left', reason: 'busy' }), copyItem('copy-1', { state: 'kept' })],
  }),
]
const writes = ({ ...tick }: Tick): boolean =>
  tick.wants === 'write' || (tick.wants === 'append' && tick.next.to === 'write')

test('in mode observe no write is made and none is announced, whatever stands where and is seen', () => {
  const observing = { ...POLICY, observe: true }
  const states = fc.constantFrom(...ANY_STATE)
  const runs = fc.constantFrom('run', 'other')
  let kept = 0
  fc.assert(
    fc.property(
      states,
      anySeen,
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      runs,
      (m, seen, dice, redisRun) => {
        const reading = readUnder(m, [], { redisRun })
        const tick = tickOf(reading, seen, observing, dice)
        expect(writes(tick)).toBe(false)
        const isAdmitted = (events: readonly Event[]) =>
          events.some((event) => event.type === 'admitted' && event.claims.length > 0)
        if (tick.wants === 'append') expect(isAdmitted(tick.change.events)).toBe(false)
        if (writes(tickOf(reading, seen, POLICY, dice))) kept++
      },
    ),
    { numRuns: 1_000 },
  )
  expect(kept, 'without the mode many of them would write').toBeGreaterThan(20)
})

test('waits under holds are no circle: however often one comes and goes, nobody is parked for it', () => {
  const hold = { code: 'hold-bucket', text: 'closed', since: NOW } as const
  const other = { code: 'exporting', text: 'writing', since: NOW } as const
  let m: Migration = running()
  for (let n = 0; n < 1_000; n++)
    for (const why of [hold, other]) m = apply(m, { type: 'waited', at: NOW, why })
  expect(m.eventsMax - m.events).toBe(running().eventsMax - running().events)
  const circling = Array.from({ length: 400 }).reduce<Migration>(
    (all) => apply(all, { type: 'waited', at: NOW, why: other }),
    running(),
  )
  expect(circling.events).toBeGreaterThanOrEqual(circling.eventsMax)
})
