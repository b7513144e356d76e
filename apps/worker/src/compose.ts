import { attentionOf, POLICY } from '@snapferry/migration'
import {
  type Chore,
  type Ending,
  HAND_BACK_MS,
  holdChore,
  type Loop,
  type MigrationQueue,
  machineTimer,
  openJournal,
  openQueue,
  type RedisJournal,
  reconciler,
  startChores,
  startDrain,
  startWorker,
  type Timer,
  type WorkerHandle,
  wakeDue,
  within,
} from '@snapferry/redis'
import {
  type CredentialWatch,
  openProvider,
  type Provider,
  type ProviderOptions,
  watchCredentials,
} from '@snapferry/scaleway'
import { openTelemetry, serveMetrics, type Telemetry, type TelemetryOptions } from '@snapferry/telemetry'
import { historyChores } from './archive/history-chores.ts'
import { carryOn } from './carry-on.ts'
import type { Config } from './config.ts'
import type { Ferry } from './ferry.ts'
import { openFitRedis } from './fit-redis.ts'
import { goGently } from './go-gently.ts'
import { judgeOf } from './judge.ts'
import { keepTime } from './keep-time.ts'
import { quarantine } from './quarantine.ts'
import { sweepOf } from './sweep-parts.ts'
import { watchPolicy } from './watch-policy.ts'
import { PATIENCE, type Patience, startWatchdog } from './watchdog.ts'

/** A running worker process. */
export interface WorkerApp {
  readonly metricsUrl: string
  /** Reads the key from its files now: what SIGHUP asks for. Resolves when that is done; never rejects. */
  rereadKey(): Promise<void>
  /**
   * Takes no more ticks, gives up looks, waits for writes that were sent, gives back what does not end in time, and
   * closes everything, all in at most this long.
   */
  close(deadlineMs: number): Promise<Ending>
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
  readonly provider?: Pick<ProviderOptions, 'readMs' | 'writeMs' | 'bucketKnownMs'>
  /** Locks of jobs; default those of the queue. */
  readonly locks?: { readonly lockMs: number; readonly stalledCheckMs: number }
  readonly patience?: Patience
  /** Told once when this worker takes no ticks although some are due. Without it that is only logged. */
  readonly onStuck?: (what: string) => void
  /** How often the files of the key are looked at; default each 2 s. */
  readonly keyEveryMs?: number
  /** What stands around the ports of the ticks. */
  readonly ferry?: (ferry: Ferry) => Ferry
}

const VERSION = '0.1.0'
/** The one profile there is today. */
const PROFILE = 'default'
const DRAIN_EVERY_MS = 500
/** One look at a bucket serves the first checks of a fleet; an export into one that is gone meanwhile is refused. */
const BUCKET_KNOWN_MS = 60_000
const DRAIN_MAX = 1_000
/** A history has at most 400 events, and 100 more for each retry. */
const HISTORY_MAX = 1_000
/** How much of the time for closing is for ticks; in the rest they are given back and connections closed. */
const TICKS_SHARE = 0.85

/** Puts the worker together. Rejects, with what to do, when Redis, the installation or the clock is not fit. */
export async function startWorkerApp(config: Config, tuning: Tuning = {}): Promise<WorkerApp> {
  const stopping = new AbortController()
  const redis = await openFitRedis(config, tuning.clock ?? Date.now)
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
    onRequest: (fact) => {
      telemetry.providerCalled(fact)
      gentle.gate.called(PROFILE)
    },
    bucketKnownMs: BUCKET_KNOWN_MS,
    ...tuning.provider,
  })
  const queue = openQueue(config.redisUrl)
  // Before the first tick: whatever may still keep the process from starting must not cut one.
  const metrics = await serveMetrics({ ...config.metrics, registry: telemetry.registry })
  const policy = watchPolicy({
    base: config.mode === 'observe' ? { ...POLICY, observe: true } : POLICY,
    journal,
    onError: (error) => telemetry.redisAway(error),
  })
  const { rates } = policy
  const gentle = goGently({ mode: config.mode, profile: PROFILE, journal, rates, telemetry })
  const looks = { ...provider.looks, judge: judgeOf(provider.looks.images) }
  const ferry: Ferry = {
    journal,
    providers: { [PROFILE]: gentle.around({ looks, writesFor: provider.writesFor }) },
    gate: gentle.gate,
    get policy() {
      return policy.current()
    },
    dice: Math.random,
    monotonicMs: () => performance.now(),
    recorded: (m, event) => {
      telemetry.eventRecorded(m, event)
      gentle.learn(m, event)
    },
    stalled: (m) => telemetry.migrationStalled(m),
    leftAlone: (m) => telemetry.recordLeftAlone(m.id, m.definitionVersion),
    reminded: (m) => telemetry.attentionReminded(m, attentionOf(m, POLICY)),
    defect: (m, error) => telemetry.tickFailed(m.id, error),
  }
  const worker = workerOf(config, tuning.ferry?.(ferry) ?? ferry, telemetry, tuning)
  const key = keepKey(config, provider, telemetry, tuning)
  const history = historyChores(
    { redis, journal, provider, telemetry, install: config.install, sandbox: config.mode === 'sandbox' },
    config.mode === 'observe' ? undefined : config.archive,
  )
  const sweep = sweepOf({ redis, journal, provider, telemetry }, config)
  const beside = [...history, sweep]
  const loops = loopsOf({ redis, journal, queue, worker, telemetry, beside }, tuning)
  await worker.ready()
  telemetry.log.info({ mode: config.mode, install: config.install, metrics: metrics.url }, 'worker ready')

  return {
    metricsUrl: metrics.url,
    rereadKey: () => key.reread(),
    close: async (deadlineMs) => {
      telemetry.log.info({ underWay: worker.life().underWay }, 'worker stopping')
      const ticks = worker.close(deadlineMs * TICKS_SHARE)
      // After the ticks were told: they end by their own signal, and not by what a look that was given up answers.
      stopping.abort()
      const rest = Promise.allSettled(
        [key, policy.loop, ...gentle.loops, ...loops].map((loop) => loop.stop()),
      )
      const ending = await ticks
      const closed = Promise.allSettled([rest, provider.close(), queue.close(), metrics.close()])
      await within(closed, Math.max(0, deadlineMs * (1 - TICKS_SHARE) - HAND_BACK_MS))
      redis.disconnect()
      telemetry.log.info({ ending }, 'worker stopped')
      return ending
    },
  }
}

/** Takes a new key into use when its files change; whatever is wrong with them, the old one stays. */
function keepKey(config: Config, provider: Provider, telemetry: Telemetry, tuning: Tuning): CredentialWatch {
  return watchCredentials({
    source: config.credentials,
    access: config.access,
    use: provider.use,
    onChange: (tail) => telemetry.log.info({ accessKey: tail }, 'credentials changed'),
    onKept: (mistakes) => telemetry.log.warn({ mistakes }, 'credentials not changed'),
    everyMs: tuning.keyEveryMs,
  })
}

function workerOf(config: Config, ferry: Ferry, telemetry: Telemetry, tuning: Tuning): WorkerHandle {
  return startWorker({
    url: config.redisUrl,
    concurrency: config.concurrency,
    advance: quarantine((id, signal, crashes) => carryOn(id, ferry, signal, crashes), ferry),
    onHandBack: (migrationId, reason) => telemetry.log.info({ migrationId, reason }, 'tick handed back'),
    onError: (error) => telemetry.log.error({ err: error }, 'worker error'),
    ...tuning.locks,
  })
}

/** What the loops of a worker share. */
interface Shared {
  readonly redis: Awaited<ReturnType<typeof openFitRedis>>
  readonly journal: RedisJournal
  readonly queue: MigrationQueue
  readonly worker: WorkerHandle
  readonly telemetry: Telemetry
  /** The chores of archive and sweep. */
  readonly beside: readonly Chore[]
}

/** Everything that goes on beside the ticks. */
function loopsOf(
  { redis, journal, queue, worker, telemetry, beside }: Shared,
  tuning: Tuning,
): readonly Loop[] {
  const clock = tuning.clock ?? Date.now
  const drain = startDrain({
    journal,
    queue,
    everyMs: tuning.drainEveryMs ?? DRAIN_EVERY_MS,
    max: DRAIN_MAX,
    onError: (error) => telemetry.redisAway(error),
  })
  const chores = startChores({
    redis,
    chores: [reconciler({ journal, queue }), wakeDue(journal), holdChore(journal, Math.random), ...beside],
    onError: (chore, error) => telemetry.log.warn({ chore, err: error }, 'chore failed'),
  })
  const time = keepTime({ redis, clock, timer: tuning.clockTimer ?? machineTimer, worker, telemetry })
  const watchdog = startWatchdog({
    ...{ queue, worker, clock, patience: tuning.patience ?? PATIENCE, timer: machineTimer },
    monotonicMs: () => performance.now(),
    onStuck: (what) => {
      telemetry.log.fatal(what)
      tuning.onStuck?.(what)
    },
    onError: (error) => telemetry.redisAway(error),
  })
  return [drain, chores, time, watchdog]
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
