import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  apply,
  columnOf,
  decide,
  type Event,
  type EventBody,
  fold,
  found,
  good,
  IllegalEvent,
  isEnded,
  type Migration,
  NOTHING_FOUND,
  needs,
  PHASES,
  POLICY,
  type Question,
  type Seen,
  type Thing,
} from '../src/index.ts'
import { aFailure, aPlan, aRow, copyItem, ID, imageItem, moment, NOW, takenItem } from './a-migration.ts'

const CREATED: Event = {
  type: 'created',
  id: ID,
  plan: aPlan(),
  redisRun: 'run',
  retryOf: null,
  by: 'me',
  at: NOW,
}

/** A handful of things, so that events often speak of the same one. */
const THINGS: readonly Thing[] = [
  copyItem('copy-1'),
  copyItem('copy-2'),
  imageItem(1),
  imageItem(2),
  takenItem(),
].map(({ thing }) => thing)
const aThing = fc.constantFrom(...THINGS)
const aFind = fc.record({ thing: aThing, round: fc.integer({ min: 1, max: 4 }) })
const finds = fc.array(aFind, { maxLength: 2 })
const ids = fc.array(aThing, { maxLength: 2 }).map((things) => things.map(({ id }) => id))
const aPhase = fc.constantFrom(...PHASES)
const FAILURE = found('import-error', 'no')

/** Any event, sensible or not: the intent ids are those that the moves before may have opened. */
function anEvent(m: Migration): fc.Arbitrary<EventBody> {
  const intent = m.intent?.id ?? 'import.9.9'
  const phase = m.state === 'running' ? m.phase : 'export'
  const next = {
    id: `${phase}.${m.round}.${m.send + 1}`,
    phase,
    round: m.round,
    send: m.send + 1,
    mark: 'mark',
    at: NOW,
  }
  const body = <T extends EventBody>(
    type: T['type'],
    parts: { [K in keyof Omit<T, 'type'>]: fc.Arbitrary<T[K & keyof T]> },
  ) => fc.record({ type: fc.constant(type), ...parts } as never) as unknown as fc.Arbitrary<EventBody>
  const is = <T>(value: T) => fc.constant(value)
  return fc.oneof(
    body('admitted', {
      phase: is('export' as const),
      plan: is(aPlan()),
      facts: is({ snapshot: 's', sizeBytes: 1 }),
      claims: is(['claim']),
    }),
    body('intended', { intent: is(next), redisRun: fc.constantFrom('run', 'other') }),
    body('disowned', { found: finds }),
    body('settled', {
      intent: is(intent),
      outcome: is('made' as const),
      thing: aThing,
      adopted: fc.boolean(),
    } as never),
    body('settled', {
      intent: is(intent),
      outcome: is('nothing' as const),
      because: is(NOTHING_FOUND),
    } as never),
    {
      arbitrary: body('phase-completed', {
        phase: is(phase),
        facts: is({ copy: 'copy-1' }),
        made: finds,
        extras: finds,
      }),
      weight: 6,
    },
    body('attempt-failed', {
      failure: is(FAILURE),
      attempt: is(1),
      attemptsMax: is(3),
      // biome-ignore lint/suspicious/noThenProperty: the event's own field
      then: fc.constantFrom('again' as const, 'unwind' as const, 'park' as const),
      waitMs: is(0),
      disown: finds,
    }),
    body('phase-limit-over', { waitedMs: is(1), failure: is(aFailure()) }),
    body('proof-lost', { phase: aPhase, because: is('gone') }),
    body('cancel-requested', { by: is('me') }),
    body('retry-requested', { by: is('me') }),
    body('park-limit-over', {}),
    body('ledger-settled', {}),
    body('kept', { id: aThing.map(({ id }) => id), untilMs: fc.constantFrom(null, NOW) }),
    body('left', { ids, reason: is('in-use') }),
    body('defect', { failure: is(aFailure()) }),
  )
}

/** A history as long as the dice say; what cannot follow is left out. Each step is shown before it is forgotten. */
function live(
  seeds: readonly number[],
  step: (before: Migration, event: Event, after: Migration) => void,
): Event[] {
  const events: Event[] = [CREATED]
  let m = fold(events)
  for (const seed of seeds) {
    const [body] = fc.sample(anEvent(m), { seed, numRuns: 1 })
    const event: Event = { ...body!, at: NOW + events.length }
    const after = attempted(m, event)
    if (after === null) continue
    step(m, event, after)
    events.push(event)
    m = after
  }
  return events
}

function attempted(m: Migration, event: Event): Migration | null {
  try {
    return apply(m, event)
  } catch (error) {
    if (error instanceof IllegalEvent) return null
    throw error
  }
}

const histories = fc.array(fc.integer(), { minLength: 5, maxLength: 25 })

function forAll(step: (before: Migration, event: Event, after: Migration) => void): void {
  fc.assert(
    fc.property(histories, (seeds) => {
      live(seeds, step)
    }),
    { numRuns: 150 },
  )
}

/** A provider that shows everything as good and there, whatever is asked. */
function everything(question: Question): Seen {
  const rows = question.rows?.map(({ id }) => aRow({ id }))
  return {
    ...(question.row === undefined
      ? {}
      : { row: good({ row: aRow({ id: question.row.id }), siblings: [] }) }),
    ...(rows === undefined ? {} : { rows: good(rows) }),
    ...{ images: good([]), source: good(aRow()), tagged: good([]), proven: good([]), late: good([]) },
    ...{ object: good(null), judgement: good(null), bucket: good(null) },
  }
}

describe('in any history', () => {
  test('folding the events gives the record that the steps gave', () => {
    fc.assert(
      fc.property(histories, (seeds) => {
        let last: Migration | null = null
        const events = live(seeds, (_, __, after) => {
          last = after
        })
        if (last !== null) expect(fold(events)).toEqual(last)
        expect(fold(events).events).toBe(events.length)
      }),
      { numRuns: 150 },
    )
  })

  test('round and send never go back', () => {
    forAll((before, _, after) => {
      expect(after.round).toBeGreaterThanOrEqual(before.round)
      expect(after.send).toBeGreaterThanOrEqual(before.send)
    })
  })

  test('the ledger never forgets a line', () => {
    forAll((before, _, after) => {
      const idsAfter = after.ledger.map(({ thing }) => thing.id)
      expect(idsAfter.slice(0, before.ledger.length)).toEqual(before.ledger.map(({ thing }) => thing.id))
      expect(new Set(idsAfter).size).toBe(idsAfter.length)
    })
  })

  test('an ending is final', () => {
    forAll((before, _, after) => {
      if (isEnded(before)) expect(after.state).toBe(before.state)
    })
  })

  test('what is proven stays proven until it succeeds, and its copy is never disowned', () => {
    forAll((before, _, after) => {
      const isProven = (m: Migration): boolean =>
        columnOf(m) === 'proven' ||
        m.state === 'succeeded' ||
        (m.state === 'needs_attention' && m.parkedFrom === 'proven')
      if (!isProven(before)) return
      expect(isProven(after)).toBe(true)
      const copy = after.ledger.find(({ thing }) => thing.id === after.facts.copy)
      const was = before.ledger.find(({ thing }) => thing.id === after.facts.copy)
      if (was?.state !== 'disowned') expect(copy?.state).not.toBe('disowned')
    })
  })

  test('no decision removes the copy of a proven record, whatever was seen', () => {
    forAll((_, __, m) => {
      if (columnOf(m) !== 'proven' && m.state !== 'succeeded') return
      for (const at of [moment(), moment({ redisRun: 'third', now: NOW + 1e10 })]) {
        const decision = decide(m, everything(needs(m, at)), POLICY, at)
        if (decision.do !== 'act' || decision.act.act !== 'remove') continue
        expect(decision.act.items.map(({ thing }) => thing.id)).not.toContain(m.facts.copy)
      }
    })
  })

  test('a limit alone never deletes: it parks, or it lists', () => {
    forAll((before, event, after) => {
      if (event.type !== 'phase-limit-over') return
      const dead = (m: Migration): number =>
        m.ledger.filter(({ state }) => state === 'removed' || state === 'disowned').length
      expect(dead(after)).toBeLessThanOrEqual(dead(before))
      if (columnOf(before) === 'running') expect(after.state).toBe('needs_attention')
    })
  })
})
