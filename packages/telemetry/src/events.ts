import type { Attention, Event, Migration, MigrationId, Parked, SweepReport } from '@snapferry/migration'
import type { Logger } from 'pino'
import type { Metrics, PROVIDER_APIS } from './metrics.ts'
import type { History } from './phase-clock.ts'
import { openRecorder } from './recorder.ts'
import { sweepEvents } from './sweep-events.ts'
import { waitEvents } from './wait-events.ts'

/** One request to the provider, as the adapter tells it. */
export interface ProviderFact {
  readonly api: (typeof PROVIDER_APIS)[number]
  /** The provider's name of the call: a bounded set. */
  readonly operation: string
  /** Status, or kind of failure: a bounded set. */
  readonly code: string
  readonly ms: number
}

/** One request served. */
export interface ServedFact {
  readonly method: string
  /** The template of the route, never the path. */
  readonly route: string
  readonly status: number
  readonly ms: number
  readonly requestId: string
  /** The problem's code, when it was one. */
  readonly code: string | null
  /** The name of the API key, when there was one. */
  readonly by: string | null
}

/** A write that somebody asked for, for the audit. */
export interface AuditFact {
  readonly by: string
  readonly action:
    | 'create'
    | 'cancel'
    | 'retry'
    | 'budgets.put'
    | 'holds.put'
    | 'holds.lift'
    | 'orphans.sweep'
    | 'copies.adopt'
  readonly migrationId: MigrationId | null
  /** What it was about, when that is no migration. */
  readonly target?: string
  readonly requestId: string
  /** `accepted`, `known`, or the code of the problem. */
  readonly outcome: string
}

/** One function for each business fact: it writes the log line and the metric together. Ids are in lines, never in labels. */
export interface BusinessEvents {
  /** A migration was accepted. */
  migrationCreated(m: Migration, by: string): void
  /** An event was appended; `m` is the record after exactly this event. Call it once for each. */
  eventRecorded(m: Migration, event: Event): void
  providerCalled(fact: ProviderFact): void
  /** A parked migration still waits for a person; once a day. */
  attentionReminded(m: Parked, attention: Attention): void
  /** A migration has waited for longer than similar moves ever took; it goes on waiting. */
  migrationStalled(m: Migration): void
  /** A zone is unwell: the hold of this name was put up by what this process counted. */
  circuitOpened(hold: string): void
  /** A sweep came to its end. */
  sweepEnded(report: SweepReport): void
  /** A tick threw: a defect, or Redis went away under it. */
  tickFailed(migrationId: MigrationId, error: unknown): void
  /** A record of another `definitionVersion` was left alone: a newer program has to move it. */
  recordLeftAlone(migrationId: MigrationId, definitionVersion: unknown): void
  /** The own clock was compared with that of Redis; changes are said once. A clock that is not true stops the ticks. */
  clockCompared(skewMs: number, isTrue: boolean): void
  /** Redis did not confirm that it kept a new migration, so its acceptance was not answered. */
  acceptanceNotKept(migrationId: MigrationId, reason: string): void
  /** Redis does not answer; said once until `redisBack`. */
  redisAway(error: unknown): void
  redisBack(): void
  requestServed(fact: ServedFact): void
  /** A request ended in a defect of ours. */
  requestFailed(requestId: string, error: unknown): void
  writeAsked(fact: AuditFact): void
}

/** The business facts over a logger and metrics. */
export function businessEvents(log: Logger, metrics: Metrics, history: History | null): BusinessEvents {
  return {
    ...openRecorder(log, metrics, history),
    ...waitEvents(log, metrics),
    ...sweepEvents(log, metrics),
    ...edgeEvents(log, metrics),
    ...redisEvents(log, metrics),
    ...clockEvents(log, metrics),
  }
}

type EdgeEvents = Pick<
  BusinessEvents,
  | 'providerCalled'
  | 'attentionReminded'
  | 'tickFailed'
  | 'recordLeftAlone'
  | 'acceptanceNotKept'
  | 'requestServed'
  | 'requestFailed'
  | 'writeAsked'
>

function edgeEvents(log: Logger, metrics: Metrics): EdgeEvents {
  return {
    providerCalled(fact) {
      const { api, operation, code, ms } = fact
      metrics.providerRequests.inc({ api, operation, code })
      metrics.providerSeconds.observe({ api, operation }, ms / 1000)
      const isThrottled = code === '429' || code === 'throttled'
      if (isThrottled) metrics.providerThrottled.inc({ api })
      log[isThrottled || code.startsWith('5') ? 'warn' : 'debug'](
        { ...fact, ms: Math.round(ms) },
        'provider called',
      )
    },
    attentionReminded(m, { since, failure, tell, remedies, decidesAt }) {
      metrics.attentionReminders.inc()
      const times = { since: new Date(since).toISOString(), decidesTime: new Date(decidesAt).toISOString() }
      const what = { kind: failure.kind, text: failure.text, who: tell, remedies }
      log.warn({ migrationId: m.id, ...times, ...what }, 'needs attention')
    },
    tickFailed(migrationId, error) {
      metrics.ticksFailed.inc()
      log.error({ migrationId, err: error }, 'tick failed')
    },
    recordLeftAlone(migrationId, definitionVersion) {
      metrics.recordsLeftAlone.inc()
      log.warn({ migrationId, definitionVersion }, 'record left alone')
    },
    acceptanceNotKept(migrationId, reason) {
      metrics.acceptancesNotKept.inc()
      log.error({ migrationId, reason }, 'acceptance not kept')
    },
    requestServed(fact) {
      const { method, route, status, ms } = fact
      metrics.httpSeconds.observe({ method, route, status_code: String(status) }, ms / 1000)
      log[status >= 500 ? 'warn' : 'debug']({ ...fact, ms: Math.round(ms * 10) / 10 }, 'request served')
    },
    requestFailed(requestId, error) {
      log.error({ requestId, err: error }, 'request failed')
    },
    writeAsked(fact) {
      log.info({ audit: true, ...fact }, 'write asked')
    },
  }
}

function redisEvents(log: Logger, metrics: Metrics): Pick<BusinessEvents, 'redisAway' | 'redisBack'> {
  let isAway = false
  metrics.redisUp.set(1)
  return {
    redisAway(error) {
      metrics.redisUp.set(0)
      if (isAway) return
      isAway = true
      log.error({ err: error }, 'redis away')
    },
    redisBack() {
      metrics.redisUp.set(1)
      if (!isAway) return
      isAway = false
      log.info('redis back')
    },
  }
}

function clockEvents(log: Logger, metrics: Metrics): Pick<BusinessEvents, 'clockCompared'> {
  let wasTrue = true
  return {
    clockCompared(skewMs, isTrue) {
      metrics.clockSkew.set(skewMs / 1000)
      if (isTrue === wasTrue) return
      wasTrue = isTrue
      if (isTrue) log.info({ skewMs }, 'clock is true again')
      else log.error({ skewMs }, 'clock is wrong: no ticks until it is set')
    },
  }
}
