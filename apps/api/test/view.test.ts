import { EVENT_TYPES, EventView, MigrationView, PhaseName, StateName } from '@snapferry/contracts'
import {
  apply,
  bytes,
  type Event,
  type EventBody,
  type Failure,
  type Found,
  firstRecord,
  type Migration,
  migrationIdOf,
  PHASES,
  type Plan,
  type Pulse,
  type Region,
  STATES,
  zone,
} from '@snapferry/migration'
import { Value } from 'typebox/value'
import { describe, expect, test } from 'vitest'
import { toEventView } from '../src/event-view.ts'
import { toView } from '../src/view.ts'
import { PROJECT, VOLUME } from './harness.ts'

const AT = Date.UTC(2026, 10, 23, 18, 30)
const ID = migrationIdOf(new Uint8Array(32))
const PULSE: Pulse = {
  v: 3,
  wakeAt: AT + 5_000,
  plannedMs: 5_000,
  waitedMs: 0,
  looks: 0,
  why: { code: 'exporting', text: 'The image grows.', since: AT },
}
const FAILURE: Failure = {
  kind: 'import-error',
  text: 'The import failed.',
  words: 'bad data',
  requestId: 'r1',
  call: 'block ImportSnapshot',
}
const PLAN: Plan = {
  profile: 'default',
  install: 'default',
  prefix: 'snapferry',
  source: { kind: 'volume', id: VOLUME },
  from: zone('fr-par-1'),
  to: zone('fr-par-2'),
  backend: 'block',
  sourceProject: PROJECT,
  copy: { name: '', tags: ['a'], sizeBytes: null, project: PROJECT, type: 'sbs' },
  image: { bucket: 'acme-staging', region: 'fr-par' as Region, keep: { kind: 'days', days: 7 } },
  takenSnapshot: { keep: false },
  labels: { ticket: 'OPS-1' },
}
const KEY = `snapferry/default/keep/${ID}/2.qcow2`
const TAKEN: Found = {
  thing: { what: 'taken-snapshot', id: 'snap-1', backend: 'block', zone: zone('fr-par-1') },
  round: 1,
}
const IMAGE: Found = {
  thing: { what: 'image', id: KEY, region: 'fr-par' as Region, bucket: 'acme-staging' },
  round: 2,
}
const COPY: Found = {
  thing: { what: 'copy', id: 'copy-1', backend: 'block', zone: zone('fr-par-2') },
  round: 4,
}

const START = firstRecord({
  type: 'created',
  at: AT,
  id: ID,
  plan: PLAN,
  redisRun: 'r',
  retryOf: null,
  by: 'x',
})
const done = (phase: (typeof PHASES)[number], facts: object, made: readonly Found[]): EventBody => ({
  type: 'phase-completed',
  phase,
  facts,
  made,
  extras: [],
})
const STORY: readonly EventBody[] = [
  { type: 'admitted', phase: 'snapshot', plan: PLAN, facts: { volume: VOLUME }, claims: [] },
  done('snapshot', { snapshot: 'snap-1', sizeBytes: bytes(10_000_000_000) }, [TAKEN]),
  done('export', { image: { bucket: 'acme-staging', key: KEY, bytes: 77, etag: 'e' } }, [IMAGE]),
  done('inspect', { virtualBytes: bytes(10_000_000_000) }, []),
  done('import', { copy: 'copy-1' }, [COPY]),
  done('verify', {}, []),
]
const TIDY: readonly EventBody[] = [
  { type: 'kept', id: 'copy-1', untilMs: null },
  { type: 'kept', id: KEY, untilMs: AT + 7 * 86_400_000 },
  { type: 'removed', ids: ['snap-1'] },
  { type: 'ledger-settled' },
]

function after(...events: readonly EventBody[]): Migration {
  return events.reduce<Migration>((m, event) => apply(m, { at: AT + 1_000, ...event } as Event), START)
}

describe('a migration as people see it', () => {
  test.each(Array.from({ length: STORY.length + TIDY.length + 1 }, (_, count) => count))(
    'fits the contract after %i events',
    (count) => {
      const view = toView(after(...[...STORY, ...TIDY].slice(0, count)), PULSE)
      expect([...Value.Errors(MigrationView, view)]).toEqual([])
    },
  )

  test('shows image, taken snapshot and copy while they exist', () => {
    expect(toView(after(...STORY), PULSE)).toMatchObject({
      state: 'running',
      phase: 'tidy',
      image: { bucket: 'acme-staging', key: KEY, bytes: 77 },
      takenSnapshot: { id: 'snap-1' },
      copy: { id: 'copy-1', zone: 'fr-par-2', size: 10_000_000_000 },
      why: { code: 'exporting', since: '2026-11-23T18:30:00.000Z' },
      nextTickTime: '2026-11-23T18:30:05.000Z',
    })
  })

  test('no longer shows what was removed, and an ending has no next look', () => {
    const view = toView(after(...STORY, ...TIDY), PULSE)
    expect(view).toMatchObject({ state: 'succeeded', done: true, endTime: '2026-11-23T18:30:01.000Z' })
    expect(Object.keys(view)).not.toEqual(expect.arrayContaining(['takenSnapshot']))
    expect([view.takenSnapshot, view.nextTickTime, view.why]).toEqual([undefined, undefined, undefined])
    expect([view.image?.key, view.copy?.id]).toEqual([KEY, 'copy-1'])
  })

  test('says since when it takes longer than similar moves ever took', () => {
    const { why } = toView(after(...STORY), { ...PULSE, stalledSince: AT + 2_000 })
    expect(why).toMatchObject({ code: 'exporting', stalledSince: '2026-11-23T18:30:02.000Z' })
    expect(toView(after(...STORY), PULSE).why).not.toHaveProperty('stalledSince')
  })

  test('gives an unnamed copy the name it will have', () => {
    expect(toView(START, PULSE).plan).toMatchObject({
      copy: { name: `snapferry-${ID}` },
      image: { bucket: 'acme-staging', keep: 'P7D' },
    })
  })

  test('says why it is parked, with the fix', () => {
    const parked = after(...STORY.slice(0, 3), { type: 'defect', failure: FAILURE })
    expect(toView(parked, PULSE)).toMatchObject({
      state: 'needs_attention',
      done: false,
      failure: {
        kind: 'import-error',
        words: 'bad data',
        requestId: 'r1',
        fix: expect.stringContaining('try again'),
      },
    })
  })

  test('lists what could not be removed', () => {
    const left = after(
      ...STORY,
      { type: 'left', ids: ['snap-1'], reason: 'in-use' },
      { type: 'ledger-settled' },
    )
    expect(toView(left, PULSE).leftovers).toEqual([
      { what: 'taken-snapshot', id: 'snap-1', zone: 'fr-par-1', reason: 'in-use' },
    ])
  })

  test('the contract and the core know the same states and phases', () => {
    expect([StateName.enum, PhaseName.enum]).toEqual([[...STATES], [...PHASES]])
  })
})

const EVENTS: Record<(typeof EVENT_TYPES)[number], EventBody> = {
  created: { type: 'created', id: ID, plan: PLAN, redisRun: 'r', retryOf: null, by: 'nightly' },
  admitted: { type: 'admitted', phase: 'export', plan: PLAN, facts: {}, claims: ['c'] },
  'checked-bad': { type: 'checked-bad', failure: FAILURE },
  intended: {
    type: 'intended',
    intent: { id: 'export.1.2', phase: 'export', round: 1, send: 2, mark: KEY, at: AT },
    redisRun: 'r',
  },
  disowned: { type: 'disowned', found: [COPY] },
  settled: { type: 'settled', intent: 'import.1.2', outcome: 'made', thing: COPY.thing, adopted: true },
  'phase-completed': STORY[2]!,
  waited: { type: 'waited', why: { code: 'exporting', text: 'The image grows.', since: AT } },
  'attempt-failed': {
    type: 'attempt-failed',
    failure: FAILURE,
    attempt: 2,
    attemptsMax: 3,
    // biome-ignore lint/suspicious/noThenProperty: the word of the core; nobody awaits an event.
    then: 'again',
    waitMs: 1_500,
    disown: [],
  },
  'phase-limit-over': { type: 'phase-limit-over', waitedMs: 3_600_000, failure: FAILURE },
  'proof-lost': { type: 'proof-lost', phase: 'export', because: 'The image is gone.' },
  'cancel-requested': { type: 'cancel-requested', by: 'nightly' },
  'retry-requested': { type: 'retry-requested', by: 'nightly' },
  'park-limit-over': { type: 'park-limit-over' },
  'ledger-settled': { type: 'ledger-settled' },
  kept: { type: 'kept', id: KEY, untilMs: AT },
  removed: { type: 'removed', ids: [KEY] },
  left: { type: 'left', ids: [KEY], reason: 'in-use' },
  defect: { type: 'defect', failure: FAILURE },
}

describe('an event as people see it', () => {
  test.each([...EVENT_TYPES])('%s fits the contract and says something', (type) => {
    const view = toEventView({ at: AT, ...EVENTS[type] }, 4, [])
    expect([...Value.Errors(EventView, view)]).toEqual([])
    expect(view).toMatchObject({ number: 4, time: '2026-11-23T18:30:00.000Z', type })
    expect(view.text.length).toBeGreaterThan(5)
  })

  test("an attempt has its number, kind, the provider's words, request id and the wait chosen", () => {
    expect(toEventView({ at: AT, ...EVENTS['attempt-failed'] }, 1, [])).toMatchObject({
      attempt: 2,
      attemptsMax: 3,
      waitMs: 1_500,
      failure: { kind: 'import-error', words: 'bad data', requestId: 'r1' },
    })
  })

  test('a write that made nothing says why', () => {
    const event: Event = {
      at: AT,
      type: 'settled',
      intent: 'import.1.2',
      outcome: 'nothing',
      because: 'refused',
    }
    expect(toEventView(event, 1, [])).toMatchObject({ outcome: 'nothing', text: 'Nothing was made: refused' })
  })

  test.each<[body: EventBody, text: string]>([
    [{ type: 'kept', id: 'copy-1', untilMs: null }, 'The copy copy-1 is kept.'],
    [{ type: 'kept', id: KEY, untilMs: AT }, `The image ${KEY} is kept until 2026-11-23T18:30:00.000Z.`],
    [{ type: 'removed', ids: [KEY] }, `The image ${KEY} was removed.`],
    [{ type: 'removed', ids: [KEY, 'snap-1'] }, `The image ${KEY}, the taken snapshot snap-1 were removed.`],
    [
      { type: 'left', ids: ['snap-1'], reason: 'in-use' },
      'The taken snapshot snap-1 could not be removed: in-use',
    ],
    [{ type: 'removed', ids: ['nobody-knows'] }, 'nobody-knows was removed.'],
    [EVENTS.disowned, 'Will be removed, as we made it and do not need it: the copy copy-1.'],
    [EVENTS.settled, 'Found what an earlier request had made: the copy copy-1.'],
  ])('%j is told with the name of the thing', (body, text) => {
    const { ledger } = after(...STORY)
    expect(toEventView({ at: AT, ...body } as Event, 1, ledger).text).toBe(text)
  })
})
