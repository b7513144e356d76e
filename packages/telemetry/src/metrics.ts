import { PHASES, STATES, type State } from '@snapferry/migration'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { RETRIED_KINDS } from './reasons.ts'

/** Minutes to a day: a move takes minutes to hours. */
const LONG_SECONDS = [1, 5, 15, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 43_200, 86_400]
/** A phase may also be over at once. */
const PHASE_SECONDS = [0.1, 0.5, ...LONG_SECONDS]
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
const PROVIDER_SECONDS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** The APIs of the provider. */
export const PROVIDER_APIS = ['instance', 'block', 's3'] as const

/** Which program is measured, for `build_info`. */
export interface Build {
  readonly version: string
  readonly revision: string
}

/** How many migrations are in each state now. */
export type CountStates = () => Promise<Readonly<Record<State, number>>>

/** Every metric of Snapferry on a registry of its own; bounded label sets begin at 0. */
export function openMetrics(build: Build, countStates: CountStates | null) {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const metrics = { registry, ...migrationMetrics(registry), ...edgeMetrics(registry) }
  new Gauge({
    name: 'snapferry_build_info',
    help: 'Constant 1; which program this is.',
    labelNames: ['version', 'revision', 'node_version'],
    registers: [registry],
  }).set({ ...build, node_version: process.version }, 1)
  if (countStates !== null) gaugeOfStates(registry, metrics.redisUp, countStates)
  return metrics
}
/** Every metric of Snapferry. */
export type Metrics = ReturnType<typeof openMetrics>

function migrationMetrics(registry: Registry) {
  const registers = [registry]
  const metrics = {
    created: new Counter({
      name: 'snapferry_migrations_created_total',
      help: 'Migrations accepted.',
      registers,
    }),
    migrations: new Counter({
      name: 'snapferry_migrations_total',
      help: 'Migrations that ended, by outcome and reason.',
      labelNames: ['outcome', 'reason', 'from', 'to'] as const,
      registers,
    }),
    migrationSeconds: new Histogram({
      name: 'snapferry_migration_duration_seconds',
      help: 'From acceptance to the ending.',
      labelNames: ['outcome', 'to'] as const,
      buckets: LONG_SECONDS,
      registers,
    }),
    phaseSeconds: new Histogram({
      name: 'snapferry_phase_duration_seconds',
      help: 'From entering a phase to its completion.',
      labelNames: ['phase'] as const,
      buckets: PHASE_SECONDS,
      registers,
    }),
    phaseRetries: new Counter({
      name: 'snapferry_phase_retries_total',
      help: 'Failed attempts that are made again, by kind of failure.',
      labelNames: ['phase', 'kind'] as const,
      registers,
    }),
    queueSeconds: new Histogram({
      name: 'snapferry_queue_wait_seconds',
      help: 'From acceptance to the first phase.',
      buckets: PHASE_SECONDS,
      registers,
    }),
    parked: new Counter({
      name: 'snapferry_migrations_parked_total',
      help: 'Migrations that were parked for a person.',
      registers,
    }),
    attentionReminders: new Counter({
      name: 'snapferry_attention_reminders_total',
      help: 'Daily reminders of migrations that wait for a person.',
      registers,
    }),
    stalled: new Counter({
      name: 'snapferry_stalled_total',
      help: 'Migrations that waited for longer than similar moves ever took; nothing has failed.',
      labelNames: ['phase'] as const,
      registers,
    }),
    ticksFailed: new Counter({
      name: 'snapferry_ticks_failed_total',
      help: 'Ticks that ended with an exception.',
      registers,
    }),
    recordsLeftAlone: new Counter({
      name: 'snapferry_records_left_alone_total',
      help: 'Looks at records that a newer program wrote.',
      registers,
    }),
    acceptancesNotKept: new Counter({
      name: 'snapferry_acceptances_not_kept_total',
      help: 'New migrations that Redis did not confirm to keep.',
      registers,
    }),
  }
  for (const phase of PHASES) {
    metrics.phaseSeconds.zero({ phase })
    metrics.stalled.inc({ phase }, 0)
    for (const kind of RETRIED_KINDS) metrics.phaseRetries.inc({ phase, kind }, 0)
  }
  return metrics
}

function edgeMetrics(registry: Registry) {
  const registers = [registry]
  const metrics = {
    providerRequests: new Counter({
      name: 'snapferry_provider_requests_total',
      help: 'Requests to the provider, by status code or kind of failure.',
      labelNames: ['api', 'operation', 'code'] as const,
      registers,
    }),
    providerSeconds: new Histogram({
      name: 'snapferry_provider_request_duration_seconds',
      help: 'Requests to the provider.',
      labelNames: ['api', 'operation'] as const,
      buckets: PROVIDER_SECONDS,
      registers,
    }),
    providerThrottled: new Counter({
      name: 'snapferry_provider_throttled_total',
      help: 'Answers of the provider that asked us to slow down.',
      labelNames: ['api'] as const,
      registers,
    }),
    httpSeconds: new Histogram({
      name: 'http_server_request_duration_seconds',
      help: 'Requests served.',
      labelNames: ['method', 'route', 'status_code'] as const,
      buckets: REQUEST_SECONDS,
      registers,
    }),
    circuitsOpened: new Counter({
      name: 'snapferry_circuits_opened_total',
      help: 'Zones that were found unwell by what this process had counted last.',
      registers,
    }),
    sweeps: new Counter({
      name: 'snapferry_sweeps_total',
      help: 'Sweeps that ended: only looked, brought late things to their removal, or refused to.',
      labelNames: ['outcome'] as const,
      registers,
    }),
    orphans: new Gauge({
      name: 'snapferry_orphans',
      help: 'Things that the last sweep of this process listed, by kind.',
      labelNames: ['kind'] as const,
      registers,
    }),
    orphanBytes: new Gauge({
      name: 'snapferry_orphan_bytes',
      help: 'Their bytes.',
      labelNames: ['kind'] as const,
      registers,
    }),
    clockSkew: new Gauge({
      name: 'snapferry_clock_skew_seconds',
      help: 'How far the clock of this machine is ahead of that of Redis.',
      registers,
    }),
    redisUp: new Gauge({ name: 'snapferry_redis_up', help: '1 while Redis answers.', registers }),
  }
  for (const api of PROVIDER_APIS) metrics.providerThrottled.inc({ api }, 0)
  for (const outcome of ['looked', 'removing', 'refused']) metrics.sweeps.inc({ outcome }, 0)
  return metrics
}

/** Counted when somebody looks, so that a scrape tells the truth of this moment; without Redis there is no value. */
function gaugeOfStates(registry: Registry, redisUp: Gauge, countStates: CountStates): void {
  new Gauge({
    name: 'snapferry_migrations',
    help: 'Migrations in each state now.',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      try {
        const counts = await countStates()
        redisUp.set(1)
        for (const state of STATES) this.set({ state }, counts[state])
      } catch {
        redisUp.set(0)
        this.reset()
      }
    },
  })
}
