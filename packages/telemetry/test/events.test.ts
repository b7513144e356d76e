import { setImmediate } from 'node:timers/promises'
import { type Event, migrationIdOf } from '@snapferry/migration'
import { describe, expect, test } from 'vitest'
import { AT, admitted, begun, completed, FAILURE, failedOnce, listening, sampleOf, tell } from './story.ts'

const TO_THE_END = [
  admitted,
  completed('export'),
  completed('inspect'),
  completed('import'),
  completed('verify'),
]
const PAIR = { from: 'fr-par-1', to: 'fr-par-2' }

describe('a migration that succeeds', () => {
  test('is one success, with its duration, its time in the queue and one duration for each phase', async () => {
    const { telemetry } = listening()
    tell(telemetry, begun(), ...TO_THE_END, { type: 'ledger-settled' })
    const success = { outcome: 'succeeded', reason: 'none', ...PAIR }
    expect(await sampleOf(telemetry, 'snapferry_migrations_total', success)).toBe(1)
    expect(
      await sampleOf(telemetry, 'snapferry_migration_duration_seconds_sum', { outcome: 'succeeded' }),
    ).toBe(60)
    expect(await sampleOf(telemetry, 'snapferry_queue_wait_seconds_sum')).toBe(10)
    for (const phase of ['export', 'inspect', 'import', 'verify'])
      expect(await sampleOf(telemetry, 'snapferry_phase_duration_seconds_sum', { phase }), phase).toBe(10)
  })

  test('counts its end once although clean-up goes on after it', async () => {
    const { telemetry } = listening()
    const ended = tell(telemetry, begun(), ...TO_THE_END, { type: 'ledger-settled' })
    telemetry.eventRecorded(ended, { at: AT + 60_000, type: 'removed', ids: [] })
    telemetry.eventRecorded(ended, { at: AT + 60_000, type: 'ledger-settled' })
    expect(await sampleOf(telemetry, 'snapferry_migrations_total', { outcome: 'succeeded', ...PAIR })).toBe(1)
  })

  test('is measured by a worker that did not see its phase begin, from the history', async () => {
    const history: Event[] = [
      {
        at: AT,
        type: 'created',
        id: migrationIdOf(new Uint8Array(32)),
        plan: begun().plan,
        redisRun: '',
        retryOf: null,
        by: '',
      },
      { at: AT + 10_000, ...admitted } as Event,
      { at: AT + 70_000, ...completed('export') } as Event,
    ]
    const { telemetry } = listening({ history: async () => history })
    const before = tell(listening().telemetry, begun(), admitted, completed('export'))
    telemetry.eventRecorded(before, history[2]!)
    await setImmediate()
    expect(await sampleOf(telemetry, 'snapferry_phase_duration_seconds_sum', { phase: 'export' })).toBe(60)
  })
})

describe('a migration that fails', () => {
  test('is one failure with a bounded reason; the exact kind stands in the line', async () => {
    const { telemetry, parsed } = listening()
    tell(telemetry, begun(), { type: 'checked-bad', failure: { ...FAILURE, kind: 'bucket-missing' } })
    expect(
      await sampleOf(telemetry, 'snapferry_migrations_total', {
        outcome: 'failed',
        reason: 'bucket',
        ...PAIR,
      }),
    ).toBe(1)
    expect(parsed().find((line) => line.msg === 'migration ended').failure.kind).toBe('bucket-missing')
  })

  test('counts each attempt that is made again, by kind', async () => {
    const { telemetry } = listening()
    tell(telemetry, begun(), admitted, failedOnce, failedOnce)
    const labels = { phase: 'export', kind: 'import-error' }
    expect(await sampleOf(telemetry, 'snapferry_phase_retries_total', labels)).toBe(2)
  })

  test('that is parked counts as parked, not as an end', async () => {
    const { telemetry } = listening()
    tell(telemetry, begun(), admitted, { type: 'defect', failure: FAILURE })
    expect(await sampleOf(telemetry, 'snapferry_migrations_parked_total')).toBe(1)
    expect(await sampleOf(telemetry, 'snapferry_migrations_total', { outcome: 'failed' })).toBeUndefined()
  })

  test('cancelled before it began is a cancel', async () => {
    const { telemetry } = listening()
    tell(telemetry, begun(), { type: 'cancel-requested', by: 'me' })
    expect(
      await sampleOf(telemetry, 'snapferry_migrations_total', { outcome: 'cancelled', reason: 'none' }),
    ).toBe(1)
  })
})

test('once a pair of zones is in use every outcome of it exists, and beginning again loses nothing', async () => {
  const { telemetry } = listening()
  telemetry.migrationCreated(begun(1), 'x')
  tell(telemetry, begun(1), { type: 'cancel-requested', by: 'me' })
  telemetry.migrationCreated(begun(2), 'x')
  expect(
    await sampleOf(telemetry, 'snapferry_migrations_total', {
      outcome: 'failed',
      reason: 'provider',
      ...PAIR,
    }),
  ).toBe(0)
  expect(
    await sampleOf(telemetry, 'snapferry_migration_duration_seconds_count', { outcome: 'cancelled' }),
  ).toBe(1)
  expect(await sampleOf(telemetry, 'snapferry_migrations_created_total')).toBe(2)
})

test('the own clock is shown at each look and its changes are said once', async () => {
  const { telemetry, parsed } = listening()
  for (const [skewMs, isTrue] of [
    [20, true],
    [6_000, false],
    [7_000, false],
    [-10, true],
  ] as const)
    telemetry.clockCompared(skewMs, isTrue)
  expect(await sampleOf(telemetry, 'snapferry_clock_skew_seconds')).toBe(-0.01)
  expect(parsed().map((line) => [line.level, line.skewMs])).toEqual([
    ['error', 6_000],
    ['info', -10],
  ])
})

test('a record left alone and an acceptance not kept are counted, with the id in the line', async () => {
  const { telemetry, parsed } = listening()
  telemetry.recordLeftAlone(begun().id, 2)
  telemetry.acceptanceNotKept(begun().id, 'no disk')
  expect(await sampleOf(telemetry, 'snapferry_records_left_alone_total')).toBe(1)
  expect(await sampleOf(telemetry, 'snapferry_acceptances_not_kept_total')).toBe(1)
  expect(parsed()).toMatchObject([
    { migrationId: begun().id, definitionVersion: 2 },
    { migrationId: begun().id, reason: 'no disk' },
  ])
})

describe('requests to the provider', () => {
  test('are counted by api, operation and code, and 429 apart', async () => {
    const { telemetry } = listening()
    telemetry.providerCalled({ api: 'block', operation: 'GetSnapshot', code: '200', ms: 120 })
    telemetry.providerCalled({ api: 'block', operation: 'GetSnapshot', code: '429', ms: 20 })
    telemetry.providerCalled({ api: 's3', operation: 'ListObjectsV2', code: 'throttled', ms: 20 })
    const labels = { api: 'block', operation: 'GetSnapshot' }
    expect(await sampleOf(telemetry, 'snapferry_provider_requests_total', { ...labels, code: '429' })).toBe(1)
    expect(await sampleOf(telemetry, 'snapferry_provider_request_duration_seconds_count', labels)).toBe(2)
    expect(await sampleOf(telemetry, 'snapferry_provider_throttled_total', { api: 'block' })).toBe(1)
    expect(await sampleOf(telemetry, 'snapferry_provider_throttled_total', { api: 's3' })).toBe(1)
    expect(await sampleOf(telemetry, 'snapferry_provider_throttled_total', { api: 'instance' })).toBe(0)
  })
})

describe('Redis', () => {
  test('away is said once and shown until it is back', async () => {
    const { telemetry, parsed } = listening()
    telemetry.redisAway(new Error('x'))
    telemetry.redisAway(new Error('x'))
    expect(await sampleOf(telemetry, 'snapferry_redis_up')).toBe(0)
    telemetry.redisBack()
    telemetry.redisBack()
    expect(await sampleOf(telemetry, 'snapferry_redis_up')).toBe(1)
    expect(parsed().map((line) => line.msg)).toEqual(['redis away', 'redis back'])
  })
})

test('a tick that throws is one line and one count', async () => {
  const { telemetry, parsed } = listening()
  telemetry.tickFailed(begun().id, new TypeError('x'))
  expect(await sampleOf(telemetry, 'snapferry_ticks_failed_total')).toBe(1)
  expect(parsed()).toMatchObject([
    { msg: 'tick failed', migrationId: begun().id, err: { type: 'TypeError' } },
  ])
})
