import { SWEEP_POLICY } from '@snapferry/migration'
import { type Chore, type openRedis, openSweepStore, type RedisJournal } from '@snapferry/redis'
import type { Provider } from '@snapferry/scaleway'
import type { Telemetry } from '@snapferry/telemetry'
import type { Config } from './config.ts'
import { sweepChore } from './sweep-chore.ts'

/** What the chore of sweeps is put together from. */
export interface SweepParts {
  readonly redis: ReturnType<typeof openRedis>
  readonly journal: RedisJournal
  readonly provider: Pick<Provider, 'sweep' | 'projectId'>
  readonly telemetry: Pick<Telemetry, 'eventRecorded' | 'sweepEnded'>
}

/** The chore `sweep` of a worker. */
export function sweepOf(parts: SweepParts, config: Pick<Config, 'mode' | 'install' | 'nightlySweep'>): Chore {
  const { journal, provider, telemetry } = parts
  return sweepChore({
    install: config.install,
    store: openSweepStore(parts.redis),
    journal,
    looks: provider.sweep,
    policy: SWEEP_POLICY,
    observing: config.mode === 'observe',
    nightly: config.nightlySweep ?? 'off',
    recorded: (m, event) => telemetry.eventRecorded(m, event),
    ended: (report) => telemetry.sweepEnded(report),
  })
}
