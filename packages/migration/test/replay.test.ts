import { describe, expect, test } from 'vitest'
import {
  type Appended,
  afterAppend,
  afterLook,
  afterRead,
  apply,
  type Basis,
  type Bundle,
  begin,
  type Event,
  firstRecord,
  fold,
  good,
  type Migration,
  POLICY,
  type Pulse,
  readBundle,
  replay,
  type Seen,
  type WantsAppend,
  type WantsLook,
} from '../src/index.ts'
import { aPlan, aSource, ID, NOW, queued } from './a-migration.ts'

const at = { monotonicMs: 0, policy: POLICY }
const PULSE: Pulse = { v: 1, wakeAt: NOW, plannedMs: 0, waitedMs: 0, looks: 0, why: null }
const CREATED: Event = {
  ...{ type: 'created', at: NOW, id: ID, plan: aPlan(), redisRun: 'run', retryOf: null, by: 'nightly' },
}
const BUCKET = {
  bucket: 'bucket',
  region: aPlan().image.region,
  project: null,
  versioned: false,
  locked: false,
}
const READY: Seen = { bucket: good(BUCKET), source: good(aSource()) }

/** What one tick appends to a record on a sight, as the journal would take it. */
function ticked(record: Migration, seen: Seen, refused?: Appended): readonly Event[] {
  const reading = { record, pulse: PULSE, now: NOW + 1_000, nudges: 0, redisRun: 'run' }
  const look = afterRead(begin(0), reading, at, 0.25) as WantsLook
  const append = afterLook(look, seen, at) as WantsAppend
  if (refused === undefined) return append.change.events
  return (afterAppend(append, refused, at) as WantsAppend).change.events
}

const CLAIMED: Appended = { outcome: 'claimed', claim: 'source:x', by: ID }
const FULL: Appended = { outcome: 'full', slot: 'slot:export', used: 4, limit: 4, ahead: 2 }

function bundleOf(...events: readonly Event[]): Bundle {
  const record = fold(events)
  const program = { version: '1', revision: 'r' }
  const bundle = { format: 1, madeAt: NOW, program, record, pulse: PULSE, events } as const
  return JSON.parse(JSON.stringify(bundle)) as Bundle
}

/** The same history with another first basis. */
function withBasis(events: readonly Event[], change: (basis: Basis) => Basis): readonly Event[] {
  return events.map((event) => (event.basis === undefined ? event : { ...event, basis: change(event.basis) }))
}

describe('a history that is decided again', () => {
  test('is decided as it was, and every step shows what was seen and why', () => {
    const { steps, recordDiffers } = replay(bundleOf(CREATED, ...ticked(queued(), READY)))
    expect(steps.map(({ kind, differs }) => [kind, differs])).toEqual([
      ['person', null],
      ['decided', null],
    ])
    expect(steps[1]).toMatchObject({
      ...{
        number: 2,
        seen: READY,
        because: { rule: 'checks-good' },
        today: { because: { rule: 'checks-good' } },
      },
      ...{ before: { state: 'queued' }, after: { state: 'running' } },
    })
    expect(recordDiffers).toBeNull()
  })

  test('names the event that today’s code would not record', () => {
    const gone = { ...READY, source: good(null) }
    const events = withBasis(ticked(queued(), READY), (basis) => ({ ...basis, seen: gone }))
    const [, step] = replay(bundleOf(CREATED, ...events)).steps
    expect(step).toMatchObject({
      number: 2,
      differs: 'Then it recorded admitted; today it would record checked-bad (source-missing).',
    })
  })

  test('names the field of an event that would be another one', () => {
    const larger = { ...READY, source: good(aSource('available', { name: 'other' })) }
    const events = withBasis(
      ticked(queued({ plan: aPlan({ copy: { ...aPlan().copy, name: null } }) }), READY),
      (basis) => ({
        ...{ ...basis, seen: larger },
      }),
    )
    const first = { ...CREATED, plan: aPlan({ copy: { ...aPlan().copy, name: null } }) } as Event
    const [, step] = replay(bundleOf(first, ...events)).steps
    expect(step?.differs).toBe('Then and today it records admitted, but admitted says something else today.')
  })

  test('is another decision when only its reason is another one', () => {
    const events = withBasis(ticked(queued(), READY), (basis) => ({
      ...{ ...basis, because: { rule: 'claim-needed', text: '' } },
    }))
    const [, step] = replay(bundleOf(CREATED, ...events)).steps
    expect(step?.differs).toBe(
      'It records the same for another reason: then claim-needed, today checks-good.',
    )
  })

  test('is the same decision when only a sentence is another one', () => {
    const events = withBasis(ticked(queued(), READY), (basis) => ({
      ...{ ...basis, because: { rule: basis.because.rule, text: 'As it was worded last year.' } },
    }))
    expect(replay(bundleOf(CREATED, ...events)).steps[1]?.differs).toBeNull()
  })

  test('meets the claim that was another’s', () => {
    const admitted = ticked(queued(), READY)
    const record = admitted.reduce<Migration>(apply, queued())
    for (const answer of [CLAIMED, FULL]) {
      const events = [...admitted, ...ticked(record, {}, answer)]
      const [, , step] = replay(bundleOf(CREATED, ...events)).steps
      const rule = answer === CLAIMED ? 'source-claimed' : 'budget-full'
      expect(step).toMatchObject({ because: { rule }, differs: null })
    }
  })

  test('says when today’s code asks for what nobody looked at', () => {
    const admitted = ticked(queued(), READY)
    const sight = { images: good([]), source: good(aSource('exporting')) }
    const taken = ticked(admitted.reduce<Migration>(apply, queued()), {})
    const record = [...admitted, ...taken].reduce<Migration>(apply, queued())
    const waited = withBasis(ticked(record, sight), (basis) => ({
      ...{ ...basis, seen: { images: good([]) } },
    }))
    const [, , , step] = replay(bundleOf(CREATED, ...admitted, ...taken, ...waited)).steps
    expect(step?.differs).toBe('Today it would look at source first, which nobody did then.')
  })

  test('without its basis is only applied', () => {
    const bare = ticked(queued(), READY).map(({ basis: _, ...event }) => event)
    const { steps, recordDiffers } = replay(bundleOf(CREATED, ...(bare as Event[])))
    expect(steps.map(({ kind }) => kind)).toEqual(['person', 'unkept'])
    expect([steps[1]?.differs, recordDiffers]).toEqual([null, null])
  })

  test('says where today’s rules cannot follow, and that its record is another one', () => {
    const illegal: Event = { type: 'ledger-settled', at: NOW }
    const record = firstRecord(CREATED as Extract<Event, { type: 'created' }>)
    const bundle = { ...bundleOf(CREATED), events: [CREATED, illegal], record }
    const { steps, recordDiffers } = replay(bundle)
    expect(steps[1]?.differs).toContain('ledger-settled cannot follow queued')
    expect(recordDiffers).not.toBeNull()
    const cancelled = apply(record, { type: 'cancel-requested', at: NOW, by: 'me' })
    expect(replay({ ...bundleOf(CREATED), record: cancelled }).recordDiffers).toContain('state')
  })
})

describe('a file that is no bundle', () => {
  const bundle = bundleOf(CREATED)
  test.each([
    { what: 'a list', value: [], says: 'no field "format"' },
    { what: 'nothing', value: null, says: 'no field "format"' },
    {
      what: 'another format',
      value: { ...bundle, format: 2 },
      says: 'format 2; this program reads format 1',
    },
    { what: 'no record', value: { ...bundle, record: {} }, says: 'no record of a migration' },
    {
      what: 'rules of tomorrow',
      value: { ...bundle, record: { ...bundle.record, definitionVersion: 99 } },
      says: 'rules 99',
    },
    { what: 'no pulse', value: { ...bundle, pulse: 3 }, says: 'no pulse' },
    { what: 'no maker', value: { ...bundle, program: null }, says: 'who made it' },
    { what: 'no events', value: { ...bundle, events: [] }, says: 'no events' },
    {
      what: 'a strange event',
      value: { ...bundle, events: [CREATED, { type: 'sung', at: 1 }] },
      says: 'Event 2',
    },
    {
      what: 'an object’s own word',
      value: { ...bundle, events: [{ type: 'toString', at: 1 }] },
      says: 'Event 1',
    },
    {
      what: 'no beginning',
      value: { ...bundle, events: [{ type: 'ledger-settled', at: 1 }] },
      says: 'not "created"',
    },
  ])('$what is refused with a sentence', ({ value, says }) => {
    const read = readBundle(value)
    expect(read.ok ? '' : read.failure).toContain(says)
  })

  test('of the rules before is read under the rules of today', () => {
    const { setbacks: _, ...old } = bundle.record
    const read = readBundle({ ...bundle, record: { ...old, definitionVersion: 1 } })
    expect(read.ok && read.value.record).toEqual(bundle.record)
  })
})
