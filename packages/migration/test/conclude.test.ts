import { describe, expect, test } from 'vitest'
import {
  type Act,
  bad,
  type CloudFailureKind,
  conclude,
  good,
  type Migration,
  nextPulse,
  POLICY,
  WHY,
  type WhyCode,
} from '../src/index.ts'
import {
  aCloudFailure,
  aPlan,
  aRow,
  cancelled,
  copyItem,
  FROM,
  ID,
  imageItem,
  keyOf,
  moment,
  NOW,
  proven,
  running,
  SIZE,
  SOURCE,
  TO,
  unwinding,
} from './a-migration.ts'

const WIP = `snapferry:wip=here.${ID}.2`
const IMPORT = { id: 'import.2.2', phase: 'import', round: 2, send: 2, mark: WIP, at: NOW } as const
const EXPORT = { id: 'export.2.1', phase: 'export', round: 2, send: 1, mark: keyOf(1), at: NOW } as const
const importing: Act = {
  ...{ act: 'start-import', intent: IMPORT, backend: 'block' },
  order: {
    zone: TO,
    bucket: 'bucket',
    key: keyOf(1),
    name: 'web-root',
    project: 'project',
    tags: [],
    sizeBytes: SIZE,
  },
}
const exporting: Act = {
  ...{ act: 'start-export', intent: EXPORT, backend: 'block', region: aPlan().image.region },
  order: { zone: FROM, id: SOURCE, bucket: 'bucket', key: keyOf(1) },
}
const at = running({ phase: 'import', intent: IMPORT })

/** What an import that ended so is worth, in one line. */
function worth(m: Migration, kind: CloudFailureKind | 'made', nothing = true, act: Act = importing): string {
  const result = kind === 'made' ? good(act === exporting ? null : aRow()) : bad(aCloudFailure(kind, nothing))
  const { events, why } = conclude(m, act, { to: 'create', result }, POLICY, moment())
  const lines = events.map((event) => {
    if (event.type === 'settled') return `settled ${event.outcome}`
    return event.type === 'attempt-failed' ? `${event.failure.kind} → ${event.then}` : event.type
  })
  return [...lines, ...(why === null ? [] : [`(${why.code})`])].join(', ')
}

describe('an answer', () => {
  test('settles its intent when it is definite and leaves it open when it is not', () => {
    expect(worth(at, 'made')).toBe('settled made, (importing)')
    expect(worth(at, 'no-answer', false)).toBe('(answer-lost)')
    expect(worth(at, 'unavailable', false)).toBe('(answer-lost)')
    expect(worth(at, 'unreadable', false)).toBe('(answer-lost)')
    expect(worth(at, 'unavailable', true)).toBe('settled nothing, (provider-unavailable)')
    expect(worth(at, 'throttled')).toBe('settled nothing, (provider-throttled)')
    expect(worth(at, 'busy')).toBe('settled nothing, (provider-busy)')
    expect(worth(at, 'stopped')).toBe('settled nothing, (held-back)')
    expect(worth(at, 'refused')).toBe('settled nothing, import-refused → unwind')
    expect(worth(at, 'quota')).toBe('settled nothing, (hold-quota)')
  })

  test('to a migration that is being undone closes the intent and fails nothing', () => {
    const m = unwinding({ intent: IMPORT })
    expect(worth(m, 'refused')).toBe('settled nothing')
    expect(worth(m, 'made')).toContain('settled made')
  })

  test('that came after somebody else found the thing changes nothing: a recorded id wins', () => {
    expect(worth(running({ phase: 'import', ledger: [copyItem('copy-1')] }), 'made')).toBe('')
    expect(worth(proven(), 'made')).toBe('')
    expect(worth(running({ ledger: [imageItem(1)] }), 'made', true, exporting)).toBe('')
  })

  test('that nobody waits for any more is disowned, so that its thing is removed', () => {
    expect(worth(running({ phase: 'import' }), 'made')).toBe('disowned')
    expect(worth(cancelled(), 'made')).toBe('disowned')
    expect(worth(running({ ledger: [copyItem('copy-1', { state: 'removed' })] }), 'made')).toBe('disowned')
    expect(worth(running(), 'refused')).toBe('')
  })
})

test('a mark that was held back waits, and its waiting counts towards the limit', () => {
  const order = { zone: TO, id: 'copy-1', drop: 'snapferry:wip=', add: [] }
  const act: Act = { act: 'retag', backend: 'block', order }
  const answer = { to: 'retag', result: bad(aCloudFailure('stopped')) } as const
  const { sleepMs, why } = conclude(proven(), act, answer, POLICY, moment())
  expect([why?.code, sleepMs > 1_000]).toEqual(['held-back', true])
})

describe('a removal', () => {
  const remove: Act = {
    act: 'remove',
    items: [],
    owner: { install: 'here', prefix: 'snapferry', migration: ID },
  }
  const after = (m: Migration, kind: CloudFailureKind) =>
    conclude(
      m,
      remove,
      { to: 'remove', results: [{ id: keyOf(1), result: bad(aCloudFailure(kind)) }] },
      POLICY,
      moment(),
    )

  test('that was held back is tried again ever more seldom, and its waiting counts towards the limit', () => {
    const { events, sleepMs, why } = after(unwinding(), 'stopped')
    expect([events, why?.code, WHY['held-back']]).toEqual([[], 'held-back', true])
    expect(sleepMs).toBeGreaterThan(1_000)
  })

  test('tells what is gone and what was not ours', () => {
    const results = [
      { id: 'a', result: good('gone' as const) },
      { id: 'b', result: good('not-ours' as const) },
    ]
    expect(conclude(proven(), remove, { to: 'remove', results }, POLICY, moment()).events).toEqual([
      { type: 'removed', ids: ['a'] },
      { type: 'left', ids: ['b'], reason: 'not-ours' },
    ])
  })

  test('that is refused is tried again, and after the ending it is listed at once', () => {
    expect(after(proven(), 'in-use')).toMatchObject({ events: [], why: { code: 'in-use' } })
    const ended = cancelled({ ledger: [imageItem(1, { state: 'disowned' })] })
    expect(after(ended, 'forbidden').events).toEqual([{ type: 'left', ids: [keyOf(1)], reason: 'forbidden' }])
    const listed = cancelled({ ledger: [imageItem(1, { state: 'left', reason: 'forbidden' })] })
    expect(after(listed, 'forbidden').events).toEqual([])
  })
})

describe('the pulse', () => {
  const pulse = (code: WhyCode | null, parts = {}) => ({
    ...{ v: 1, wakeAt: NOW, plannedMs: 10_000, waitedMs: 100_000, looks: 7 },
    why: code === null ? null : { code, text: 'because', since: NOW - 100_000 },
    ...parts,
  })
  const wait = (code: WhyCode) => ({ events: [], sleepMs: 1_000, why: { code, text: 'because' } })

  test('counts the time waited for the provider, at most twice the sleep that was planned', () => {
    expect(nextPulse(pulse('exporting'), wait('exporting'), NOW).pulse).toMatchObject({
      waitedMs: 110_000,
      looks: 8,
    })
    expect(nextPulse(pulse('exporting'), wait('exporting'), NOW + 1e9).pulse.waitedMs).toBe(120_000)
    expect(nextPulse(pulse('exporting'), wait('exporting'), NOW - 1e9).pulse.waitedMs).toBe(100_000)
    expect(nextPulse(pulse('provider-throttled'), wait('exporting'), NOW).pulse.waitedMs).toBe(100_000)
    expect(nextPulse(pulse('source-busy'), wait('source-busy'), NOW).pulse.waitedMs).toBe(100_000)
  })

  test('starts anew with each fact, and not with an announcement or a refusal', () => {
    const close = (...events: Parameters<typeof nextPulse>[1]['events']) => ({
      events,
      sleepMs: 0,
      why: null,
    })
    const of = (event: Parameters<typeof nextPulse>[1]['events'][number]) =>
      nextPulse(pulse('exporting'), close(event), NOW).pulse.waitedMs
    expect(of({ type: 'removed', ids: [] })).toBe(0)
    expect(of({ type: 'settled', intent: 'i', outcome: 'nothing', because: 'busy' })).toBe(110_000)
    expect(of({ type: 'intended', intent: EXPORT, redisRun: 'run' })).toBe(110_000)
  })

  test('looks no more often because of a provider that throttles now and then', () => {
    expect(nextPulse(pulse('exporting'), wait('provider-throttled'), NOW).pulse.looks).toBe(8)
    expect(nextPulse(pulse('provider-throttled'), wait('exporting'), NOW).pulse.looks).toBe(8)
    expect(nextPulse(pulse('exporting'), wait('export-unproven'), NOW).pulse.looks).toBe(0)
  })

  test('gives a removal its own patience once the provider has stopped', () => {
    expect(nextPulse(pulse('provider-finishing'), wait('provider-busy'), NOW).pulse.waitedMs).toBe(0)
    expect(nextPulse(pulse('exporting'), wait('in-use'), NOW).pulse.waitedMs).toBe(0)
    expect(nextPulse(pulse('provider-busy'), wait('in-use'), NOW).pulse.waitedMs).toBe(110_000)
    expect(nextPulse(pulse('provider-finishing'), wait('provider-finishing'), NOW).pulse.waitedMs).toBe(
      110_000,
    )
  })

  test('tells a new reason once, and keeps since when it holds', () => {
    expect(nextPulse(pulse('exporting'), wait('exporting'), NOW)).toMatchObject({
      waited: null,
      pulse: { why: { since: NOW - 100_000 } },
    })
    expect(nextPulse(pulse(null), wait('exporting'), NOW)).toMatchObject({
      waited: { type: 'waited' },
      pulse: { why: { since: NOW } },
    })
  })
})
