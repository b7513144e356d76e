import { POLICY } from '@snapferry/migration'
import {
  machineTimer,
  openJournal,
  openQueue,
  type RedisJournal,
  reconciler,
  startChores,
  startDrain,
  startWorker,
  type Timer,
  wakeDue,
} from '@snapferry/redis'
import { openProvider, type ProviderOptions } from '@snapferry/scaleway'
import { openTelemetry, serveMetrics, type Telemetry, type TelemetryOptions } from '@snapferry/telemetry'
import { carryOn } from './carry-on.ts'
import type { Config } from './config.ts'
import type { Ferry } from './ferry.ts'
import { openFitRedis } from './fit-redis.ts'
import { judgeOf } from './judge.ts'
import { keepTime } from './keep-time.ts'

/** A running worker process. */
export interface WorkerApp {
  readonly metricsUrl: string
  /** Takes no more ticks, waits for those under way at most this long, closes everything. */
  close(deadlineMs: number): Promise<'finished' | 'cut'>
}

/** What tests make quicker than a fleet wants it, or do by hand. */
export interface Tuning {
  /** Pause between two passes of the drain. */
  readonly drainEveryMs?: number
  readonly version?: string
  readonly revision?: string
  /** Own milliseconds since 1970. */
  readonly clock?: () => number
  /** Rings for the next look at that clock. */
  readonly clockTimer?: Timer
  /** Where log lines go; default stdout. */
  readonly logTo?: TelemetryOptions['destination']
  /** How long a call of the provider may take; default the adapter's limits. */
  readonly provider?: Pick<ProviderOptions, 'readMs' | 'writeMs'>
}

const VERSION = '0.1.0'
const DRAIN_EVERY_MS = 500
const DRAIN_MAX = 1_000
/** A history has at most 400 events, and 100 more for each retry. */
const HISTORY_MAX = 1_000

/** Puts the worker together. Rejects, with what to do, when Redis, the installation or the clock is not fit. */
export async function startWorkerApp(config: Config, tuning: Tuning = {}): Promise<WorkerApp> {
  const stopping = new AbortController()
  const clock = tuning.clock ?? Date.now
  const redis = await openFitRedis(config, clock)
  const journal = openJournal(redis, {
    install: config.install,
    sandbox: config.mode === 'sandbox',
    leftoverRetryMs: POLICY.leftoverRetryMs,
  })
  const telemetry = telemetryOf(config, journal, tuning)
  const provider = await openProvider(config.access, {
    stopping: stopping.signal,
    // A write that waits for a connection is held back by the send guard.
    connections: config.concurrency + 16,
    onRequest: (fact) => telemetry.providerCalled(fact),
    ...tuning.provider,
  })
  const queue = openQueue(config.redisUrl)
  const ferry: Ferry = {
    journal,
    providers: {
      default: {
        looks: { ...provider.looks, judge: judgeOf(provider.looks.images) },
        writesFor: provider.writesFor,
      },
    },
    policy: POLICY,
    dice: Math.random,
    monotonicMs: () => performance.now(),
    recorded: (m, event) => telemetry.eventRecorded(m, event),
    leftAlone: (m) => telemetry.recordLeftAlone(m.id, m.definitionVersion),
    defect: (m, error) => telemetry.tickFailed(m.id, error),
  }
  const worker = startWorker({
    url: config.redisUrl,
    concurrency: config.concurrency,
    advance: (id, signal) => carryOn(id, ferry, signal),
    onHandBack: (migrationId, reason) => telemetry.log.info({ migrationId, reason }, 'tick handed back'),
    onError: (error) => telemetry.log.error({ err: error }, 'worker error'),
  })
  const drain = startDrain({
    journal,
    queue,
    everyMs: tuning.drainEveryMs ?? DRAIN_EVERY_MS,
    max: DRAIN_MAX,
    onError: (error) => telemetry.redisAway(error),
  })
  const onError = (chore: string, error: unknown) => telemetry.log.warn({ chore, err: error }, 'chore failed')
  const chores = startChores({ redis, chores: [reconciler({ journal, queue }), wakeDue(journal)], onError })
  const time = keepTime({ redis, clock, timer: tuning.clockTimer ?? machineTimer, worker, telemetry })
  const metrics = await serveMetrics({ ...config.metrics, registry: telemetry.registry })
  await worker.ready()
  telemetry.log.info({ mode: config.mode, install: config.install, metrics: metrics.url }, 'worker ready')

  return {
    metricsUrl: metrics.url,
    close: async (deadlineMs) => {
      await Promise.all([drain.stop(), chores.stop(), time.stop()])
      const ending = await worker.close(deadlineMs)
      stopping.abort()
      await Promise.allSettled([provider.close(), queue.close(), metrics.close()])
      redis.disconnect()
      return ending
    },
  }
}

/** Log and metrics of a worker; a phase that began under another worker is measured from the journal. */
export function telemetryOf(
  config: Pick<Config, 'logLevel'>,
  journal: Pick<RedisJournal, 'counts' | 'events'>,
  tuning: Pick<Tuning, 'version' | 'revision' | 'logTo'>,
): Telemetry {
  return openTelemetry({
    service: 'worker',
    level: config.logLevel,
    build: { version: tuning.version ?? VERSION, revision: tuning.revision ?? 'dev' },
    countStates: () => journal.counts(),
    history: (id) => journal.events(id, 0, HISTORY_MAX),
    ...(tuning.logTo === undefined ? {} : { destination: tuning.logTo }),
  })
}
