import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Act,
  bad,
  type CloudFailure,
  type CloudFailureKind,
  conclude,
  decide,
  type EventBody,
  holdFor,
  type Migration,
  POLICY,
  PROBE_MS,
  type Role,
  workedBy,
  workedKey,
} from '../src/index.ts'
import { ACTS } from './a-hold.ts'
import {
  aCloudFailure,
  cancelled,
  copyItem,
  imageItem,
  moment,
  proven,
  queued,
  running,
  takenItem,
  unwinding,
} from './a-migration.ts'

const KINDS: readonly CloudFailureKind[] = [
  ...(['credentials', 'forbidden', 'quota', 'missing', 'busy', 'in-use', 'locked', 'frozen'] as const),
  ...(['refused', 'throttled', 'unavailable', 'no-answer', 'unreadable', 'stopped', 'observing'] as const),
]
const ROLES: readonly Role[] = [
  ...(['source', 'bucket', 'image', 'export', 'taken-snapshot', 'import', 'copy'] as const),
]
type ActName = Act['act'] | null
const ACT_NAMES: readonly ActName[] = [
  null,
  'take-snapshot',
  'start-export',
  'start-import',
  'retag',
  'remove',
]
const STATES: Readonly<Record<string, Migration>> = {
  queued: queued(),
  running: running(),
  proven: proven(),
  unwinding: unwinding(),
}
const BUCKET = 'bucket:bucket/fr-par/bucket'
const KEY = 'credentials:profile/default'
const QUOTA = 'quota:profile/default'

/** The hold a failure puts up, as `name: what it stops`; the old way is null. */
function raised(kind: CloudFailureKind, role: Role, act: ActName, m: Migration, worked: boolean) {
  const known = worked ? [workedKey(role, m, act)] : []
  const hold = holdFor(m, aCloudFailure(kind), role, act, { worked: known })
  return hold === null
    ? null
    : `${hold.name}: ${hold.stops}${hold.worked === undefined ? '' : ', as it worked'}`
}

/** A moment in which every kind of look has worked before. */
function everWorked(m: Migration) {
  return { ...moment(), worked: ROLES.map((role) => workedKey(role, m)) }
}

describe('a failed call', () => {
  test.each<[CloudFailureKind, Role, ActName, keyof typeof STATES, boolean, string | null]>([
    // A key that is refused is the profile's, whoever finds out, and whatever worked before.
    ['credentials', 'source', null, 'queued', false, `${KEY}: calls`],
    ['credentials', 'bucket', null, 'running', false, `${KEY}: calls`],
    ['credentials', 'import', 'start-import', 'running', false, `${KEY}: calls`],
    ['credentials', 'copy', 'remove', 'unwinding', false, `${KEY}: calls`],
    ['credentials', 'copy', 'retag', 'proven', false, `${KEY}: calls`],
    // A used up quota keeps only what needs room from beginning.
    ['quota', 'import', 'start-import', 'running', false, `${QUOTA}: creates`],
    ['quota', 'taken-snapshot', 'take-snapshot', 'running', true, `${QUOTA}: creates`],
    // A 403 before anything worked is a missing right: this request's own failure.
    ['forbidden', 'source', null, 'queued', false, null],
    ['forbidden', 'source', null, 'queued', true, null],
    ['forbidden', 'bucket', null, 'queued', false, null],
    ['forbidden', 'image', null, 'queued', false, null],
    ['forbidden', 'export', 'start-export', 'running', false, null],
    ['forbidden', 'import', 'start-import', 'running', false, null],
    ['forbidden', 'taken-snapshot', 'take-snapshot', 'running', false, null],
    ['forbidden', 'copy', 'retag', 'proven', false, null],
    ['forbidden', 'image', 'remove', 'proven', false, null],
    ['forbidden', 'copy', 'remove', 'unwinding', false, null],
    // The same where such a call has worked before: somebody took the right away.
    ['forbidden', 'bucket', null, 'queued', true, `${BUCKET}: calls, as it worked`],
    ['forbidden', 'image', null, 'queued', true, `${BUCKET}: calls, as it worked`],
    ['forbidden', 'export', 'start-export', 'running', true, `${BUCKET}: creates, as it worked`],
    ['forbidden', 'image', 'remove', 'proven', true, `${BUCKET}: creates, as it worked`],
    ['forbidden', 'import', 'start-import', 'running', true, `${BUCKET}: creates, as it worked`],
    ['forbidden', 'taken-snapshot', 'take-snapshot', 'running', true, `${KEY}: creates, as it worked`],
    ['forbidden', 'copy', 'retag', 'proven', true, `${KEY}: creates, as it worked`],
    ['forbidden', 'copy', 'remove', 'unwinding', true, `${KEY}: creates, as it worked`],
    // Of the source a migration that was let in has seen the same; of the bucket only that it is there.
    ['forbidden', 'bucket', null, 'running', false, null],
    ['forbidden', 'image', null, 'running', false, null],
    ['forbidden', 'import', null, 'running', false, null],
    ['forbidden', 'source', null, 'running', false, `${KEY}: calls`],
    ['forbidden', 'source', null, 'unwinding', false, `${KEY}: calls`],
    ['forbidden', 'copy', null, 'proven', false, null],
    ['forbidden', 'copy', null, 'proven', true, `${KEY}: calls, as it worked`],
  ])('%s of %s (%s) when %s, worked before: %s → %s', (kind, role, act, state, worked, expected) => {
    expect(raised(kind, role, act, STATES[state]!, worked)).toBe(expected)
  })

  test('of any other kind puts up no hold, whoever made it and for whatever', () => {
    const own = KINDS.filter((kind) => !['credentials', 'forbidden', 'quota'].includes(kind))
    const any = [fc.constantFrom(...ROLES), fc.constantFrom(...ACT_NAMES), fc.boolean()] as const
    fc.assert(
      fc.property(
        fc.constantFrom(...own),
        fc.constantFrom(...Object.values(STATES)),
        ...any,
        (kind, m, ...of) => {
          expect(raised(kind, of[0], of[1], m, of[2])).toBeNull()
        },
      ),
    )
  })

  test('says what was answered, and by its status when there are no words', () => {
    const said = (parts: Partial<CloudFailure>) =>
      holdFor(running(), { ...aCloudFailure('quota'), ...parts }, 'import', 'start-import', {})?.said
    expect([said({}), said({ words: '' }), said({ words: '', status: null })]).toEqual(['no', '400', 'quota'])
  })
})

describe('under a hold', () => {
  const ROLE_ACT: readonly [Role, keyof typeof ACTS][] = [
    ['taken-snapshot', 'take-snapshot'],
    ['export', 'start-export'],
    ['import', 'start-import'],
    ['copy', 'retag'],
    ['image', 'remove image'],
    ['copy', 'remove copy'],
  ]
  const kinds = ['credentials', 'forbidden', 'quota'] as const

  test('no write spends an attempt: its intent is closed, and it is sent again later', () => {
    for (const [role, name] of ROLE_ACT)
      for (const kind of kinds) {
        const act: Act = ACTS[name]
        const intent = 'intent' in act ? act.intent : null
        const m = running({ intent, ledger: [imageItem(1), copyItem()] })
        const result = bad(aCloudFailure(kind))
        const answer =
          act.act === 'remove'
            ? ({ to: 'remove', results: act.items.map(({ thing }) => ({ id: thing.id, result })) } as const)
            : act.act === 'retag'
              ? ({ to: 'retag', result } as const)
              : ({ to: 'create', result } as const)
        const at = { ...moment(), worked: [workedKey(role, m, act.act)] }
        const ending = conclude(m, act, answer, POLICY, at)
        expect(
          ending.events.map(({ type }) => type),
          `${kind} ${name}`,
        ).toEqual(intent === null ? [] : ['settled'])
        expect(ending.hold?.act ?? null, `${kind} ${name}`).toBe(kind === 'credentials' ? null : act.act)
        expect(ending.why?.code).toMatch(/^hold-/)
        expect(ending.sleepMs).toBeGreaterThanOrEqual(PROBE_MS / 2)
      }
  })

  test('no look does either, before the proof, after it, or while it is undone', () => {
    for (const kind of ['credentials', 'forbidden'] as const) {
      const images = bad(aCloudFailure(kind))
      for (const m of [
        running(),
        unwinding({ send: 1 }),
        proven({ ledger: [copyItem('copy-1', { state: 'kept' })] }),
      ])
        expect(decide(m, { images }, POLICY, everWorked(m)), `${kind} ${m.state}`).toMatchObject({
          ...{ do: 'sleep', hold: { kind: kind === 'credentials' ? 'credentials' : 'bucket' } },
        })
      const row = bad(aCloudFailure(kind))
      expect(decide(proven(), { row }, POLICY, everWorked(proven()))).toMatchObject({
        do: 'sleep',
        hold: { kind: 'credentials' },
      })
    }
  })

  test('an ended migration, whom nobody waits for, puts up none', () => {
    expect(decide(cancelled({ ledger: [imageItem(1)] }), {}, POLICY, moment()).do).toBe('act')
    const m = cancelled({ ledger: [copyItem()] })
    const rows = bad(aCloudFailure('credentials'))
    expect(decide(m, { rows }, POLICY, moment())).not.toHaveProperty('hold')
  })
})

describe('what has worked', () => {
  const m = running({ ledger: [imageItem(1), copyItem(), takenItem()] })
  const done = (phase: 'snapshot' | 'export' | 'inspect' | 'import' | 'verify'): EventBody => ({
    ...{ type: 'phase-completed', phase, facts: {}, made: [], extras: [] },
  })
  const admitted: EventBody = { type: 'admitted', phase: 'export', plan: m.plan, facts: {}, claims: [] }
  test.each<[string, Migration, EventBody, readonly string[]]>([
    ['the first checks', queued(), admitted, ['bucket|default|fr-par/bucket']],
    ['a place taken later', m, admitted, []],
    ['a snapshot', m, done('snapshot'), ['taken-snapshot|default|fr-par-1']],
    ['an export', m, done('export'), ['bucket|default|fr-par/bucket', 'export|default|fr-par/bucket']],
    ['a judgement', m, done('inspect'), ['image|default|fr-par/bucket']],
    ['an import', m, done('import'), []],
    ['a proof', m, done('verify'), ['import|default|fr-par-2', 'copy|default|fr-par-2']],
    ['a mark', m, { type: 'kept', id: 'copy-1', untilMs: null }, ['retag|default']],
    ['an image that is kept', m, { type: 'kept', id: imageItem(1).thing.id, untilMs: null }, []],
    [
      'removals',
      m,
      { type: 'removed', ids: [imageItem(1).thing.id, 'copy-1', 'taken-1'] },
      ['remove-image|default|fr-par/bucket', 'remove|default'],
    ],
    ['a cancel', m, { type: 'cancel-requested', by: 'me' }, []],
  ])('is told by %s', (_, before, event, keys) => {
    expect(workedBy(before, event)).toEqual(keys)
  })
})
