import { PHASES, STATES, type State } from '@snapferry/migration'
import { describe, expect, test } from 'vitest'
import { serveMetrics } from '../src/index.ts'
import { admitted, begun, failedOnce, listening, sampleOf, samplesOf, tell } from './story.ts'

const counts = Object.fromEntries(STATES.map((state, at) => [state, at])) as Record<State, number>

/** Everything that can be said, said once. */
function everything() {
  const { telemetry } = listening({ countStates: async () => counts })
  telemetry.migrationCreated(begun(), 'nightly')
  tell(telemetry, begun(), admitted, failedOnce)
  telemetry.providerCalled({ api: 'instance', operation: 'ExportSnapshot', code: '200', ms: 1 })
  telemetry.requestServed({
    method: 'GET',
    route: '/v1/migrations/:id',
    status: 200,
    ms: 3,
    requestId: 'req-77',
    code: null,
    by: 'nightly',
  })
  return telemetry
}

describe('names and labels', () => {
  test('are exactly these', async () => {
    const samples = samplesOf(await everything().registry.metrics())
    const families = new Map<string, Set<string>>()
    for (const { name, labels } of samples) {
      const family = name.replace(/_(bucket|sum|count)$/, '')
      if (!/^(snapferry|http)_/.test(family)) continue
      families.set(
        family,
        new Set([...(families.get(family) ?? []), ...Object.keys(labels).filter((one) => one !== 'le')]),
      )
    }
    const table = [...families].map(([name, labels]) => `${name}{${[...labels].sort().join(',')}}`).sort()
    expect(table).toMatchInlineSnapshot(`
      [
        "http_server_request_duration_seconds{method,route,status_code}",
        "snapferry_acceptances_not_kept_total{}",
        "snapferry_attention_reminders_total{}",
        "snapferry_build_info{node_version,revision,version}",
        "snapferry_circuits_opened_total{}",
        "snapferry_clock_skew_seconds{}",
        "snapferry_migration_duration_seconds{outcome,to}",
        "snapferry_migrations_created_total{}",
        "snapferry_migrations_parked_total{}",
        "snapferry_migrations_total{from,outcome,reason,to}",
        "snapferry_migrations{state}",
        "snapferry_phase_duration_seconds{phase}",
        "snapferry_phase_retries_total{kind,phase}",
        "snapferry_provider_request_duration_seconds{api,operation}",
        "snapferry_provider_requests_total{api,code,operation}",
        "snapferry_provider_throttled_total{api}",
        "snapferry_queue_wait_seconds{}",
        "snapferry_records_left_alone_total{}",
        "snapferry_redis_up{}",
        "snapferry_stalled_total{phase}",
        "snapferry_sweeps_total{outcome}",
        "snapferry_ticks_failed_total{}",
      ]
    `)
  })

  test('follow the rules of Prometheus: counters end in _total, help and type are there', async () => {
    const text = await everything().registry.metrics()
    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name!, type!])
    const ours = types.filter(([name]) => /^(snapferry|http)_/.test(name!))
    for (const [name, type] of ours) {
      expect(text).toContain(`# HELP ${name} `)
      expect(name!.endsWith('_total'), name).toBe(type === 'counter')
      if (type === 'histogram') expect(name).toMatch(/_seconds$/)
    }
    expect(ours.length).toBeGreaterThan(12)
  })

  test('no label has an id or a name of anybody', async () => {
    const values = samplesOf(await everything().registry.metrics()).flatMap((sample) =>
      Object.values(sample.labels),
    )
    expect(values.filter((value) => /mig_|nightly|req-77|[0-9a-f]{8}-[0-9a-f]{4}/.test(value))).toEqual([])
  })

  test('known label sets begin at 0, so that the first of its kind is an increase', async () => {
    const { telemetry } = listening()
    for (const phase of PHASES) {
      expect(await sampleOf(telemetry, 'snapferry_phase_duration_seconds_count', { phase })).toBe(0)
      expect(
        await sampleOf(telemetry, 'snapferry_phase_retries_total', { phase, kind: 'export-bad-image' }),
      ).toBe(0)
    }
    expect(await sampleOf(telemetry, 'snapferry_build_info', { version: '1.2.3', revision: 'abc' })).toBe(1)
  })
})

describe('migrations by state', () => {
  test('are counted when somebody looks', async () => {
    const telemetry = everything()
    for (const state of STATES)
      expect(await sampleOf(telemetry, 'snapferry_migrations', { state })).toBe(counts[state])
  })

  test('without Redis have no value, and Redis is shown as down', async () => {
    let isAway = false
    const { telemetry } = listening({
      countStates: async () => {
        if (isAway) throw new Error('away')
        return counts
      },
    })
    expect(await sampleOf(telemetry, 'snapferry_migrations', { state: 'failed' })).toBe(counts.failed)
    isAway = true
    expect(await sampleOf(telemetry, 'snapferry_migrations', { state: 'failed' })).toBeUndefined()
    expect(await sampleOf(telemetry, 'snapferry_redis_up')).toBe(0)
  })
})

describe('the metrics server', () => {
  test('serves the text on a port of its own and nothing else', async () => {
    await using server = await serveMetrics({ host: '127.0.0.1', port: 0, registry: everything().registry })
    const answer = await fetch(server.url)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ])
    expect(samplesOf(await answer.text()).length).toBeGreaterThan(50)
    expect((await fetch(new URL('/', server.url))).status).toBe(404)
    expect((await fetch(server.url, { method: 'POST' })).status).toBe(405)
    expect((await fetch(server.url, { method: 'HEAD' })).status).toBe(200)
  })

  test('says when its port is taken, and frees it when closed', async () => {
    const { registry } = listening().telemetry
    const first = await serveMetrics({ host: '127.0.0.1', port: 0, registry })
    const port = Number(new URL(first.url).port)
    await expect(serveMetrics({ host: '127.0.0.1', port, registry })).rejects.toThrow('EADDRINUSE')
    await first.close()
    await using second = await serveMetrics({ host: '127.0.0.1', port, registry })
    expect((await fetch(second.url)).status).toBe(200)
  })
})
