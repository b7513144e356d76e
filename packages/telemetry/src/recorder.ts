import {
  type Event,
  type Failure,
  isEnded,
  type Migration,
  type MigrationId,
  type Phase,
} from '@snapferry/migration'
import type { Logger } from 'pino'
import type { BusinessEvents } from './events.ts'
import type { Metrics } from './metrics.ts'
import { type History, openPhaseClock } from './phase-clock.ts'
import { REASONS, reasonOf } from './reasons.ts'

type Recorder = Pick<BusinessEvents, 'migrationCreated' | 'eventRecorded'>

/** Endings remembered, so that facts told twice are counted once. */
const ENDINGS_MAX = 1000
/** Events that can be a migration's last; what comes after an ending only changes its leftovers. */
const MAY_END = new Set<Event['type']>([
  'ledger-settled',
  'checked-bad',
  'cancel-requested',
  'attempt-failed',
  'phase-limit-over',
  'park-limit-over',
])

/** Tells events of migrations to log and metrics: endings, durations of phases, retries, time in the queue. */
export function openRecorder(log: Logger, metrics: Metrics, history: History | null): Recorder {
  const clock = openPhaseClock(history)
  const isNewEnding = onceEach(ENDINGS_MAX)
  const beginAtZero = beginnings(metrics)
  return {
    migrationCreated(m, by) {
      metrics.created.inc()
      beginAtZero(m)
      log.info(
        { migrationId: m.id, by, from: m.plan.from, to: m.plan.to, retryOf: m.retryOf },
        'migration created',
      )
    },
    eventRecorded(m, event) {
      if (event.type === 'admitted' && m.startedAt === event.at)
        metrics.queueSeconds.observe(Math.max(0, event.at - m.createdAt) / 1000)
      if (event.type === 'phase-completed') void measurePhase(m, event.phase, event.at)
      if (event.type === 'attempt-failed' && event.then === 'again')
        metrics.phaseRetries.inc({ phase: phaseOf(m), kind: event.failure.kind })
      if (m.state === 'needs_attention' && m.parkedAt === event.at) metrics.parked.inc()
      clock.note(m.id, event, m.plan.source.kind)
      log[loudness(event)](lineOf(m, event), 'event recorded')
      if (MAY_END.has(event.type) && isEnded(m) && isNewEnding(m.id)) ended(m)
    },
  }

  async function measurePhase(m: Migration, phase: Phase, at: number): Promise<void> {
    try {
      const tookMs = await clock.took(m.id, phase, at, m.plan.source.kind)
      if (tookMs !== null) metrics.phaseSeconds.observe({ phase }, Math.max(0, tookMs) / 1000)
    } catch (error) {
      log.debug({ migrationId: m.id, phase, err: error }, 'phase not measured')
    }
  }

  function ended(m: Migration): void {
    if (!isEnded(m)) return
    clock.forget(m.id)
    beginAtZero(m)
    const reason = reasonOf(m)
    const seconds = Math.max(0, m.endedAt - m.createdAt) / 1000
    metrics.migrations.inc({ outcome: m.state, reason, ...placesOf(m) })
    metrics.migrationSeconds.observe({ outcome: m.state, to: m.plan.to }, seconds)
    const failure = m.state === 'failed' ? m.failure : null
    log.info({ migrationId: m.id, state: m.state, reason, seconds, failure }, 'migration ended')
  }
}

/**
 * Every outcome of a pair of zones in use exists from 0: the first failure is then an increase. Once for each, since
 * zeroing a histogram again would lose what it counted.
 */
function beginnings(metrics: Metrics): (m: Migration) => void {
  const begun = new Set<string>()
  return (m) => {
    const places = placesOf(m)
    const { from, to } = places
    if (begun.has(`${from}>${to}`)) return
    begun.add(`${from}>${to}`)
    metrics.migrations.inc({ outcome: 'succeeded', reason: 'none', ...places }, 0)
    metrics.migrations.inc({ outcome: 'cancelled', reason: 'none', ...places }, 0)
    for (const reason of REASONS)
      if (reason !== 'none') metrics.migrations.inc({ outcome: 'failed', reason, ...places }, 0)
    if (begun.has(to)) return
    begun.add(to)
    for (const outcome of ['succeeded', 'failed', 'cancelled']) metrics.migrationSeconds.zero({ outcome, to })
  }
}

/** The zones of a migration; an image has none it comes from. */
function placesOf(m: Migration): { from: string; to: string } {
  return { from: m.plan.from ?? 'none', to: m.plan.to }
}

function phaseOf(m: Migration): string {
  return 'phase' in m && m.phase !== null ? m.phase : 'queued'
}

function loudness(event: Event): 'debug' | 'info' | 'warn' {
  if (event.type === 'attempt-failed' || event.type === 'phase-limit-over' || event.type === 'defect')
    return 'warn'
  return event.type === 'waited' ? 'debug' : 'info'
}

/** What a line says of an event: what is needed to find it, and the failure whole. */
function lineOf(m: Migration, event: Event): Record<string, unknown> {
  const failure: Failure | null = 'failure' in event ? event.failure : null
  return {
    migrationId: m.id,
    event: event.type,
    state: m.state,
    phase: 'phase' in event ? event.phase : phaseOf(m),
    attempt: 'attempt' in event ? event.attempt : m.attempt,
    round: m.round,
    ...(event.type === 'intended' ? { intent: event.intent.id } : {}),
    ...(event.type === 'settled' ? { intent: event.intent, outcome: event.outcome } : {}),
    ...(event.type === 'attempt-failed' ? { next: event.then, waitMs: event.waitMs } : {}),
    ...(failure === null ? {} : { failure }),
  }
}

function onceEach(max: number): (id: MigrationId) => boolean {
  const seen = new Set<MigrationId>()
  return (id) => {
    if (seen.has(id)) return false
    seen.add(id)
    const oldest = seen.size > max ? seen.values().next().value : undefined
    if (oldest !== undefined) seen.delete(oldest)
    return true
  }
}
