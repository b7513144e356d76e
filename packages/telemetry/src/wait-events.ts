import type { Logger } from 'pino'
import type { BusinessEvents } from './events.ts'
import type { Metrics } from './metrics.ts'

type WaitEvents = Pick<BusinessEvents, 'migrationStalled' | 'circuitOpened'>

/** Waits that are worth a line although nothing has failed. */
export function waitEvents(log: Logger, metrics: Metrics): WaitEvents {
  return {
    migrationStalled(m) {
      if (m.state !== 'running') return
      metrics.stalled.inc({ phase: m.phase })
      log.warn({ migrationId: m.id, phase: m.phase, from: m.plan.from, to: m.plan.to }, 'migration stalled')
    },
    circuitOpened(hold) {
      metrics.circuitsOpened.inc()
      log.warn({ hold }, 'circuit opened')
    },
  }
}
