import { expect, test } from 'vitest'
import {
  apply,
  columnOf,
  type Event,
  type EventBody,
  found,
  IllegalEvent,
  type Migration,
  NOTHING_FOUND,
  requestCancel,
  requestRetry,
} from '../src/index.ts'
import {
  aFailure,
  anImage,
  cancelled,
  copyItem,
  failed,
  imageItem,
  keyOf,
  NOW,
  parked,
  proven,
  queued,
  running,
  succeeded,
  unwinding,
} from './a-migration.ts'

const EXPORT = { id: 'export.2.1', phase: 'export', round: 2, send: 1, mark: keyOf(1), at: NOW } as const
const IMAGE = imageItem(1).thing
const OTHER = copyItem('extra').thing

/** A failed attempt, with what the catalogue made of it. */
function attemptFailed(then: 'again' | 'unwind' | 'park'): EventBody {
  const failure = found('import-error', 'no')
  const disown = [{ thing: OTHER, round: 2 }]
  return { type: 'attempt-failed', failure, attempt: 1, attemptsMax: 3, then, waitMs: 0, disown }
}

/** The rows of the protocol. `intent`: an export of ours is open when the event comes. */
const ROWS: readonly {
  readonly row: string
  readonly event: EventBody
  readonly intent?: true
  readonly phase?: 'verify'
}[] = [
  {
    row: 'admitted',
    event: { type: 'admitted', phase: 'export', plan: queued().plan, facts: {}, claims: ['claim'] },
  },
  { row: 'checked-bad', event: { type: 'checked-bad', failure: aFailure() } },
  { row: 'intended', event: { type: 'intended', intent: EXPORT, redisRun: 'run' } },
  { row: 'disowned', event: { type: 'disowned', found: [{ thing: OTHER, round: 2 }] } },
  {
    row: 'settled (made)',
    intent: true,
    event: { type: 'settled', intent: EXPORT.id, outcome: 'made', thing: IMAGE, adopted: false },
  },
  {
    row: 'settled (nothing)',
    intent: true,
    event: { type: 'settled', intent: EXPORT.id, outcome: 'nothing', because: NOTHING_FOUND },
  },
  {
    row: 'phase-completed',
    event: { type: 'phase-completed', phase: 'export', facts: { image: anImage(1) }, made: [], extras: [] },
  },
  {
    row: '… of verify',
    phase: 'verify',
    event: { type: 'phase-completed', phase: 'verify', facts: { provenAt: NOW }, made: [], extras: [] },
  },
  { row: 'waited', event: { type: 'waited', why: { code: 'exporting', text: 'it works', since: NOW } } },
  { row: 'attempt-failed, again', event: attemptFailed('again') },
  { row: '… spent: unwind', event: attemptFailed('unwind') },
  { row: '… spent: park', event: attemptFailed('park') },
  { row: 'phase-limit-over', event: { type: 'phase-limit-over', waitedMs: 1, failure: aFailure() } },
  { row: 'proof-lost', event: { type: 'proof-lost', phase: 'snapshot', because: 'gone' } },
  { row: 'cancel-requested', event: { type: 'cancel-requested', by: 'me' } },
  { row: 'retry-requested', event: { type: 'retry-requested', by: 'me' } },
  { row: 'park-limit-over', event: { type: 'park-limit-over' } },
  { row: 'ledger-settled', event: { type: 'ledger-settled' } },
  { row: 'kept', event: { type: 'kept', id: keyOf(1), untilMs: null } },
  { row: 'removed', event: { type: 'removed', ids: [keyOf(1)] } },
  { row: 'left', event: { type: 'left', ids: [keyOf(1)], reason: 'in-use' } },
  { row: 'defect', event: { type: 'defect', failure: found('defect', 'ours') } },
]

/** Whether the API refuses a request before it can become an event. */
function isRefused(m: Migration, event: EventBody): boolean {
  if (event.type === 'cancel-requested') return ['too-late', 'ended'].includes(requestCancel(m))
  return event.type === 'retry-requested' && requestRetry(m) !== 'resume'
}

/** What became of a migration, next to the event: the new column, and what else people want to know of it. */
function cell(m: Migration, event: EventBody): string {
  const after = attempted(m, event)
  if (after === null) return '–'
  if (isRefused(m, event)) {
    expect({ ...after, events: 0 }).toEqual({ ...m, events: 0 })
    return '409'
  }
  return [columnNow(m, after), ...changes(m, after)].join(', ')
}

function attempted(m: Migration, event: EventBody): Migration | null {
  try {
    const after = apply(m, { ...event, at: NOW } as Event)
    expect(after.events).toBe(m.events + 1)
    return after
  } catch (error) {
    expect(error).toBeInstanceOf(IllegalEvent)
    return null
  }
}

function columnNow(before: Migration, after: Migration): string {
  const names = { running: 'running°', proven: 'running•', ended: after.state } as Record<string, string>
  const now = columnOf(after)
  return now === columnOf(before) ? 'same' : (names[now] ?? now)
}

function changes(before: Migration, after: Migration): string[] {
  const phase =
    'phase' in before && 'phase' in after && after.phase !== before.phase ? [`→ ${after.phase}`] : []
  const attempt = after.attempt > before.attempt ? ['attempt + 1'] : []
  const open = before.intent !== null && after.intent === null ? ['closed'] : []
  const lines = after.ledger.flatMap(({ thing, state }) => {
    const was = before.ledger.find((item) => item.thing.id === thing.id)?.state
    return was === state ? [] : [`${thing.id === OTHER.id ? 'extra' : thing.what} ${state}`]
  })
  return [...phase, ...attempt, ...open, ...lines]
}

const COLUMNS: Readonly<Record<string, Migration>> = {
  queued: queued(),
  'running°': running({ ledger: [] }),
  'running•': proven(),
  unwinding: unwinding(),
  needs_attention: parked(),
  ended: failed(),
}

test('which event may follow which state, as the protocol says', () => {
  const lines = ROWS.map(({ row, event, intent, phase }) => {
    const cells = Object.values(COLUMNS).map((m) => {
      const open = { ...m, ...(intent && m.state !== 'queued' ? { intent: EXPORT } : {}) }
      return cell(phase !== undefined && 'phase' in open ? ({ ...open, phase } as Migration) : open, event)
    })
    return [row, ...cells]
  })
  expect(table([['event', ...Object.keys(COLUMNS)], ...lines])).toMatchInlineSnapshot(`
    "event                 | queued                            | running°                          | running•                          | unwinding                         | needs_attention          | ended
    admitted              | running°                          | same                              | –                                 | –                                 | –                        | –
    checked-bad           | failed                            | –                                 | –                                 | –                                 | –                        | –
    intended              | –                                 | same                              | –                                 | –                                 | –                        | –
    disowned              | same, extra disowned              | same, extra disowned              | same, extra disowned              | same, extra disowned              | same, extra disowned     | same, extra disowned
    settled (made)        | –                                 | same, closed, image made          | same, closed                      | same, closed, image disowned      | same, closed, image made | same, closed, image disowned
    settled (nothing)     | –                                 | same, closed                      | same, closed                      | same, closed                      | same, closed             | same, closed
    phase-completed       | –                                 | same, → inspect                   | –                                 | –                                 | –                        | –
    … of verify           | –                                 | running•, → tidy                  | –                                 | –                                 | –                        | –
    waited                | same                              | same                              | same                              | same                              | –                        | –
    attempt-failed, again | same, attempt + 1, extra disowned | same, attempt + 1, extra disowned | same, attempt + 1, extra disowned | same, attempt + 1, extra disowned | –                        | –
    … spent: unwind       | failed, extra disowned            | unwinding, extra disowned         | same, attempt + 1, extra left     | same, attempt + 1, extra left     | –                        | –
    … spent: park         | failed, extra disowned            | needs_attention, extra disowned   | same, attempt + 1, extra left     | same, attempt + 1, extra left     | –                        | –
    phase-limit-over      | –                                 | needs_attention                   | succeeded, image left, copy left  | cancelled                         | –                        | –
    proof-lost            | –                                 | same, → snapshot                  | –                                 | –                                 | same, → snapshot         | –
    cancel-requested      | cancelled                         | unwinding                         | 409                               | same                              | unwinding                | 409
    retry-requested       | 409                               | 409                               | 409                               | 409                               | running°                 | 409
    park-limit-over       | –                                 | –                                 | –                                 | –                                 | unwinding                | –
    ledger-settled        | –                                 | –                                 | succeeded                         | cancelled                         | –                        | –
    kept                  | same                              | same                              | same, image kept                  | same                              | same                     | same
    removed               | same                              | same                              | same, image removed               | same                              | same                     | same
    left                  | same                              | same                              | same, image left                  | same                              | same                     | same
    defect                | needs_attention                   | needs_attention                   | needs_attention                   | needs_attention                   | same                     | same"
  `)
})

test('all three endings answer every event alike', () => {
  for (const { event, intent } of ROWS) {
    const cells = [succeeded({ ledger: [] }), failed(), cancelled()].map((m) =>
      cell(intent ? { ...m, intent: EXPORT } : m, event),
    )
    expect(new Set(cells).size, `${event.type}: ${cells.join(' | ')}`).toBe(1)
  }
})

test('what a parked migration does depends on where it was parked', () => {
  const requests: readonly EventBody[] = [
    { type: 'retry-requested', by: 'me' },
    { type: 'cancel-requested', by: 'me' },
    { type: 'park-limit-over' },
  ]
  const places = [parked('queued'), parked('running'), parked('proven'), parked('unwinding')]
  const lines = places.map((m) => [
    m.parkedFrom,
    ...requests.map((event) => (isRefused(m, event) ? '409' : (attempted(m, event)?.state ?? '–'))),
  ])
  expect(table([['parked from', 'retry', 'cancel', 'limit'], ...lines])).toMatchInlineSnapshot(`
    "parked from | retry     | cancel    | limit
    queued      | queued    | cancelled | failed
    running     | running   | unwinding | unwinding
    proven      | running   | 409       | succeeded
    unwinding   | unwinding | unwinding | cancelled"
  `)
})

test('a limit of parking lists what is open as left by the defect and keeps the proven copy', () => {
  const after = apply(parked('proven'), { type: 'park-limit-over', at: NOW })
  expect(after.ledger.map(({ thing, state, reason }) => [thing.id, state, reason])).toEqual([
    [keyOf(1), 'left', 'defect'],
    ['copy-1', 'left', 'copy-not-marked'],
  ])
})

test('an unwinding that was parked too long ends by its first cause', () => {
  const cause = { ending: 'failed', failure: found('import-error', 'first') } as const
  const after = apply(parked('unwinding', { cause }), { type: 'park-limit-over', at: NOW })
  expect(after).toMatchObject({ state: 'failed', failure: { kind: 'import-error' } })
  expect(apply(parked('unwinding'), { type: 'park-limit-over', at: NOW }).state).toBe('cancelled')
})

test('a retry starts the attempts anew, in a new round, and grants a hundred more events', () => {
  const before = parked('running', { attempt: 3, round: 9, events: 400, setbacks: 2 })
  expect(apply(before, { type: 'retry-requested', by: 'me', at: NOW })).toMatchObject({
    ...{ state: 'running', attempt: 1, round: 10, recheck: true, setbacks: 0, eventsMax: 500 },
  })
})

test('a settlement of an intent that is not open is a defect, except after the ending', () => {
  const late = {
    type: 'settled',
    intent: 'export.1.9',
    outcome: 'nothing',
    because: 'late',
    at: NOW,
  } as const
  expect(() => apply(running({ intent: EXPORT }), late)).toThrow('settled cannot follow running')
  expect(apply(failed(), late).state).toBe('failed')
})

test('going back forgets what was found out from there on, and counts as a setback', () => {
  const facts = { snapshot: 's', sizeBytes: 1, image: anImage(1), virtualBytes: 1, copy: 'copy-1' }
  const back = (phase: 'snapshot' | 'export' | 'import') =>
    apply(running({ phase: 'verify', facts }), { type: 'proof-lost', phase, because: 'gone', at: NOW })
  expect(Object.keys(back('import').facts)).toEqual(['snapshot', 'sizeBytes', 'image', 'virtualBytes'])
  expect(Object.keys(back('export').facts)).toEqual(['snapshot', 'sizeBytes'])
  expect(Object.keys(back('snapshot').facts)).toEqual(['sizeBytes'])
  expect(back('export')).toMatchObject({ setbacks: 1, recheck: true, claims: [] })
})

test('a create under another Redis may have been made before: the last look asks for its round', () => {
  const intended = (redisRun: string) =>
    apply(running(), { type: 'intended', intent: EXPORT, redisRun, at: NOW })
  expect(intended('run').lost).toEqual([])
  expect(intended('other')).toMatchObject({ lost: [{ phase: 'export', round: 2 }], redisRun: 'other' })
})

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)))
  return rows
    .map((row) =>
      row
        .map((text, at) => text.padEnd(widths[at]!))
        .join(' | ')
        .trimEnd(),
    )
    .join('\n')
}
