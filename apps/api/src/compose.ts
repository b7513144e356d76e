import { randomBytes } from 'node:crypto'
import { bad, type ImageJudge, isKnownZone, placesOfDefaults, ZONES } from '@snapferry/migration'
import {
  machineTimer,
  openAudit,
  openCatalogue,
  openConfirming,
  openJournal,
  openLimits,
  openQueue,
  openRedis,
  openSweepStore,
  type RedisJournal,
  type SweepStore,
} from '@snapferry/redis'
import {
  type CredentialWatch,
  openProvider,
  type Provider,
  type ProviderOptions,
  watchCredentials,
} from '@snapferry/scaleway'
import { openTelemetry, serveMetrics, type Telemetry } from '@snapferry/telemetry'
import { openApp } from './app.ts'
import type { Config } from './config.ts'
import { openGate } from './open-gate.ts'
import { pause } from './pause.ts'
import { hashOfKey } from './principal.ts'
import { VERSION } from './version.ts'

/** A running API. */
export interface Api extends AsyncDisposable {
  readonly url: string
  readonly metricsUrl: string
  readonly telemetry: Telemetry
  /** Resolves when Redis was looked at for the first time: null when it is fit, else everything that is wrong. */
  readonly firstLook: Promise<readonly string[] | null>
  /** Reads the provider's key from its files now: what SIGHUP asks for. Never rejects. */
  rereadKey(): Promise<void>
}

/** What tests make quicker than a fleet wants it. */
export interface Tuning {
  /** How long a call of the provider may take; default the adapter's limits. */
  readonly provider?: Pick<ProviderOptions, 'readMs' | 'writeMs' | 'bucketKnownMs'>
  /** How often the files of the key are looked at; default each 2 s. */
  readonly keyEveryMs?: number
}

/** After this, leftovers of an ended migration are tried again: one day. */
/** One look at a bucket serves the checks of many requests. */
const BUCKET_KNOWN_MS = 10_000
const LEFTOVER_RETRY_MS = 24 * 3_600_000

/** Builds and starts the API. It listens at once, also while Redis is away. Dispose it to stop. */
export async function compose(config: Config, tuning: Tuning = {}): Promise<Api> {
  const stack = new AsyncDisposableStack()
  try {
    const stopping = new AbortController()
    const redis = stack.adopt(openRedis(config.redisUrl, 'requests'), (open) => open.disconnect())
    const journal = openJournal(redis, {
      install: config.install,
      sandbox: config.access.mode === 'sandbox',
      leftoverRetryMs: LEFTOVER_RETRY_MS,
    })
    const telemetry = telemetryOf(config, journal)
    const queue = stack.adopt(openQueue(config.redisUrl), (open) => open.close())
    const confirming = stack.adopt(openConfirming(config.redisUrl), (open) => open.close())
    const provider = stack.use(
      await openProvider(config.access, {
        stopping: stopping.signal,
        onRequest: telemetry.providerCalled,
        // The API never writes to the provider, in no mode.
        readOnly: true,
        bucketKnownMs: BUCKET_KNOWN_MS,
        ...tuning.provider,
      }),
    )
    const key = keepKey(config, provider, telemetry, tuning)
    stack.defer(() => key.stop())
    const gate = stack.adopt(
      openGate({
        redis,
        apiKeys: journal.apiKeys,
        telemetry,
        mode: config.access.mode,
        clock: Date.now,
        timer: machineTimer,
        ...config,
      }),
      (open) => open.stop(),
    )
    const sweeps = openSweepStore(redis)
    void tellPlaces(sweeps, gate, config, telemetry)
    const app = await openApp({
      mode: config.access.mode,
      journal,
      audit: openAudit(redis, { sandbox: config.access.mode === 'sandbox' }),
      limits: openLimits(redis, { sandbox: config.access.mode === 'sandbox' }),
      sweeps,
      catalogue: openCatalogue(redis, { sandbox: config.access.mode === 'sandbox' }),
      confirming,
      queue,
      looks: { ...provider.looks, judge: NO_JUDGE },
      defaults: { profile: 'default', projectId: provider.projectId, ...config },
      telemetry,
      program: { version: VERSION, revision: config.revision },
      gate,
      pause,
      entropy: () => randomBytes(32),
      dice: Math.random,
      firstKeyHash: config.apiKey === null ? null : hashOfKey(config.apiKey),
      ratePerMinute: config.ratePerMinute,
      stopping: stopping.signal,
    })
    stack.adopt(app, (open) => open.close())
    // Held requests and new ones are answered first; only then connections close, in reverse order of opening.
    stack.defer(() => stopping.abort())
    const metrics = stack.use(await serveMetrics({ ...config.metrics, registry: telemetry.registry }))
    const url = await app.listen(config.api)
    const running = stack.move()
    return {
      url,
      metricsUrl: metrics.url,
      telemetry,
      firstLook: gate.firstLook,
      rereadKey: () => key.reread(),
      [Symbol.asyncDispose]: () => running.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
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

/**
 * Tells the sweeps where this configuration lets migrations make things, once Redis is fit: only the API knows its buckets.
 * Without this they learn every place from the first migration that uses it.
 */
async function tellPlaces(
  sweeps: SweepStore,
  gate: { readonly firstLook: Promise<readonly string[] | null> },
  config: Config,
  telemetry: Telemetry,
): Promise<void> {
  if ((await gate.firstLook) !== null) return
  const { buckets, prefix, access } = config
  const zones = Object.keys(ZONES).filter(isKnownZone)
  try {
    await sweeps.addPlaces(placesOfDefaults({ buckets, prefix, project: access.projectId }, zones))
  } catch (error) {
    telemetry.redisAway(error)
  }
}

function telemetryOf(config: Config, journal: RedisJournal): Telemetry {
  return openTelemetry({
    service: 'api',
    level: config.logLevel,
    build: { version: VERSION, revision: config.revision },
    countStates: () => journal.counts(),
  })
}

/** The checks before acceptance never read an image: the worker judges it. */
const judgesNothing = async () =>
  bad({
    kind: 'stopped',
    call: 'judge',
    status: null,
    words: '',
    requestId: null,
    nothing: true,
    retryAfterMs: null,
  } as const)
const NO_JUDGE: ImageJudge = { judge: judgesNothing, images: judgesNothing }
