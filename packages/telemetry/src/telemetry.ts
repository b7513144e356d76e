import type { DestinationStream, Logger } from 'pino'
import { type BusinessEvents, businessEvents } from './events.ts'
import { type LogLevel, openLogger } from './logger.ts'
import { type Build, type CountStates, type Metrics, openMetrics } from './metrics.ts'
import type { History } from './phase-clock.ts'

/** What telemetry needs to open. */
export interface TelemetryOptions {
  /** `api`, `worker`: stands in every line. */
  readonly service: string
  readonly level: LogLevel
  readonly build: Build
  /** Where lines go; default stdout. */
  readonly destination?: DestinationStream
  /** Asked at each scrape for `snapferry_migrations{state}`; left out, the gauge does not exist. */
  readonly countStates?: CountStates
  /** Asked when a phase ends that this process did not see begin; left out, such a phase is not measured. */
  readonly history?: History
}

/** Log and metrics of one process, and one function for each business fact that writes both. */
export interface Telemetry extends BusinessEvents {
  readonly log: Logger
  readonly registry: Metrics['registry']
}

/** Opens log and metrics. Serve `registry` with `serveMetrics`. */
export function openTelemetry(o: TelemetryOptions): Telemetry {
  const log = openLogger({
    service: o.service,
    level: o.level,
    ...(o.destination === undefined ? {} : { destination: o.destination }),
  })
  const metrics = openMetrics(o.build, o.countStates ?? null)
  return { log, registry: metrics.registry, ...businessEvents(log, metrics, o.history ?? null) }
}
