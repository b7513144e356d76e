import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Api } from '@snapferry/api'
import type { MigrationView } from '@snapferry/contracts'
import { type CensusEntry, type Credential, type Emulator, SANDBOX_CREDENTIALS } from '@snapferry/emulator'
import { good, type MigrationId, POLICY } from '@snapferry/migration'
import {
  keyOf,
  type MigrationQueue,
  type OwnRedis,
  openJournal,
  openQueue,
  openRedis,
  type RedisJournal,
  reconciler,
  startDrain,
  startOwnRedis,
  untilReady,
} from '@snapferry/redis'
import type { Access } from '@snapferry/scaleway'
import { startWorkerApp, type WorkerApp } from '@snapferry/worker'
import { accessTo, type Limits, openApi, openEmulator } from './town-parts.ts'
import { TownTime } from './town-time.ts'

/** What the API answered. */
export interface Answer<T = MigrationView> {
  readonly status: number
  readonly headers: Headers
  readonly body: T
}

/** What a town is opened with. */
export interface TownOptions {
  /** Workers in this process; default 1. */
  readonly workers?: number
  /** After how long the API and the workers give up a call of the provider, real milliseconds; default production's. */
  readonly answerMs?: number
  /** The name of the installation; default `default`. */
  readonly install?: string
  /** What it shows the provider; default the sandbox's. A second one lets the request log tell two towns apart. */
  readonly key?: Credential
  /** Another town whose provider, project, bucket and time this one shares: close this one first. */
  readonly beside?: Town
  /** Every key that the provider knows; default the sandbox's. */
  readonly keys?: readonly Credential[]
}

const READY_MS = 10_000
const POLL_MS = 2

/**
 * The whole of Snapferry in one process: real HTTP, real Redis, real BullMQ, the emulator, on a clock that the test
 * moves. Time passes only in `settle` and `advance`, for the provider and for us together.
 */
export class Town {
  readonly emulator: Emulator
  readonly redis: OwnRedis
  readonly folder: string
  readonly access: Access
  readonly install: string
  readonly time: TownTime
  readonly #limits: Limits
  readonly #isGuest: boolean
  journal: RedisJournal
  queue: MigrationQueue
  api: Api
  workers: WorkerApp[] = []
  #client: ReturnType<typeof openRedis>
  #drain: ReturnType<typeof startDrain> | null = null
  #key: Partial<Pick<Credential, 'accessKey' | 'secretKey'>> = {}

  private constructor(parts: Parts, o: TownOptions) {
    this.emulator = parts.emulator
    this.redis = parts.redis
    this.folder = parts.folder
    this.access = parts.access
    this.install = installOf(o)
    this.#limits = limitsOf(o)
    this.#isGuest = o.beside !== undefined
    this.api = parts.api
    this.#client = parts.client
    this.journal = openJournal(parts.client, {
      install: this.install,
      sandbox: true,
      leftoverRetryMs: POLICY.leftoverRetryMs,
    })
    this.queue = openQueue(parts.redis.url)
    this.time = o.beside?.time ?? new TownTime(parts.emulator)
    this.time.dwellers.push(this)
  }

  static async open(o: TownOptions = {}): Promise<Town> {
    const folder = await mkdtemp(join(tmpdir(), 'snapferry-town-'))
    const emulator = o.beside?.emulator ?? (await openEmulator(folder, o.keys))
    const redis = await startOwnRedis({ dir: join(folder, 'redis'), aof: true, fsync: 'always' })
    const access = accessTo(emulator, o.key)
    const client = openRedis(redis.url, 'requests')
    await untilReady(client, READY_MS)
    const api = await openApi({ access, redisUrl: redis.url, install: installOf(o) }, limitsOf(o))
    const town = new Town({ emulator, redis, folder, access, api, client }, o)
    await town.setClock(town.time.offsetMs)
    for (let n = 0; n < (o.workers ?? 1); n++) await town.startWorker()
    return town
  }

  async startWorker(): Promise<WorkerApp> {
    const worker = await startWorkerApp(
      {
        mode: 'sandbox',
        install: this.install,
        redisUrl: this.redis.url,
        allowVolatile: false,
        access: this.access,
        credentials: { files: [], read: () => good({ ...this.access, ...this.#key }) },
        concurrency: 20,
        metrics: { host: '127.0.0.1', port: 0 },
        logLevel: 'silent',
        revision: 'test',
      },
      { drainEveryMs: 5, ...this.#limits },
    )
    this.workers.push(worker)
    return worker
  }

  /** Gives the workers another key, as a changed file would. */
  async useKey({ accessKey, secretKey }: Credential): Promise<void> {
    this.#key = { accessKey, secretKey }
    await Promise.all(this.workers.map((worker) => worker.rereadKey()))
  }

  async stopWorkers(): Promise<void> {
    await Promise.all(this.workers.splice(0).map((worker) => worker.close(5_000)))
  }

  async restartApi(): Promise<void> {
    await this.api[Symbol.asyncDispose]()
    const { access, install } = this
    this.api = await openApi({ access, redisUrl: this.redis.url, install }, this.#limits)
  }

  /** Kills Redis and starts it again over the same data; answers when everybody has found it again. */
  async restartRedis(): Promise<void> {
    await this.redis.kill()
    await this.redis.restart()
    await this.untilRedisIsFound()
  }

  /** Resolves when everybody has found a restarted Redis again. */
  async untilRedisIsFound(): Promise<void> {
    await untilReady(this.#client, READY_MS)
    await this.eventually(async () => (await this.ask('GET', '/readyz')).status === 200)
    await this.eventually(async () => Object.keys(await this.queue.counts()).length > 0)
  }

  /** Waits in real time until something holds that no clock of ours brings about: another process, a lock of BullMQ. */
  async eventually(holds: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + READY_MS
    while (performance.now() < deadline) {
      if (await holds().catch(() => false)) return
      await new Promise((next) => setTimeout(next, POLL_MS))
    }
    throw new Error('it never came to that')
  }

  /** Wakes nudged migrations as a worker's drain does; for towns whose workers are processes with the pace of a fleet. */
  startDrain(): void {
    this.#drain = startDrain({ journal: this.journal, queue: this.queue, everyMs: 5 })
  }

  /** One request to the API. */
  async ask<T = MigrationView>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const json =
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } }
    const answer = await fetch(`${this.api.url}${path}`, { method, headers, ...json })
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as T }
  }

  async create(body: unknown, headers: Record<string, string> = {}): Promise<MigrationView> {
    let answer = await this.ask('POST', '/v1/migrations', body, headers)
    // As a client with a key of its own may: after a restart of Redis not every connection is back at the same moment.
    if (answer.status === 503 && 'idempotency-key' in headers)
      await this.eventually(async () => {
        answer = await this.ask('POST', '/v1/migrations', body, headers)
        return answer.status !== 503
      })
    if (answer.status !== 202)
      throw new Error(`create answered ${answer.status}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }

  async get(id: string): Promise<MigrationView> {
    return (await this.ask('GET', `/v1/migrations/${id}`)).body
  }

  async events(id: string): Promise<readonly Record<string, unknown>[]> {
    return (
      await this.ask<{ items: Record<string, unknown>[] }>('GET', `/v1/migrations/${id}/events?limit=1000`)
    ).body.items
  }

  /** Lets time pass until the migration is as wanted; throws with its story when it never is. */
  async until(id: string, wanted: (m: MigrationView) => boolean): Promise<MigrationView> {
    let last: MigrationView | null = null
    await this.settle(async () => {
      last = await this.get(id)
      return wanted(last)
    }).catch(async (cause) => {
      throw new Error(
        `${String(cause)}\n${JSON.stringify(last, null, 1)}\n${JSON.stringify(await this.events(id))}`,
      )
    })
    if (last === null) throw new Error('nothing was looked at')
    return last
  }

  /** Lets time pass until the migration ends or parks. */
  ended(id: string): Promise<MigrationView> {
    return this.until(id, ({ done, state }) => done || state === 'needs_attention')
  }

  /** Lets time pass, from one thing that is due to the next, until `done`. */
  settle(done: () => Promise<boolean>, stepMs?: number): Promise<void> {
    return this.time.settle(done, stepMs)
  }

  /** Moves both clocks, and those of every town beside, and wakes what became due. */
  advance(ms: number): Promise<void> {
    return this.time.advance(ms)
  }

  /** Resolves when nothing is left to do at this moment. */
  quiet(): Promise<void> {
    return this.time.quiet()
  }

  async wake(): Promise<void> {
    const { now } = await this.journal.clock()
    await this.journal.nudge([
      ...(await this.journal.overdue(now, 1_000)),
      ...(await this.journal.dueBy(now, 1_000)),
    ])
    await this.journal.holds.probe(Math.random())
    await this.journal.holds.wakeLifted()
  }

  async isBusy(): Promise<boolean> {
    const [nudges, counts] = await Promise.all([this.#client.zcard(keyOf.nudges), this.queue.counts()])
    const busy = nudges + (counts['active'] ?? 0) + (counts['waiting'] ?? 0) + (counts['prioritized'] ?? 0)
    if (busy > 0 || (await this.journal.overdue(await this.nowMs(), 1)).length === 0) return busy > 0
    // It became due while real time went on, a moment after what was woken.
    await this.wake()
    return true
  }

  setClock(offsetMs: number): Promise<void> {
    return this.journal.setClock(offsetMs)
  }

  async nowMs(): Promise<number> {
    return (await this.journal.clock()).now
  }

  async nextWakeMs(): Promise<number | null> {
    const [, score] = await this.#client.zrange(keyOf.wake, '0', '0', 'WITHSCORES')
    const probes = (await this.journal.holds.list()).flatMap(({ probeAt }) => probeAt ?? [])
    const next = [...(score === undefined ? [] : [Number(score)]), ...probes]
    return next.length === 0 ? null : Math.min(...next)
  }

  /** Runs the reconciler once, as its lease would each minute. */
  async reconcile(): Promise<void> {
    await reconciler({ journal: this.journal, queue: this.queue }).run(new AbortController().signal)
  }

  /** Things that Snapferry made and that exist now, by the provider's own books. */
  async ours(): Promise<readonly CensusEntry[]> {
    const census = await this.emulator.admin.census({ digests: true })
    return census.filter(({ madeBy }) => madeBy.by !== 'seed')
  }

  /** What of other people's things is not as it was. */
  async foreignTouched(): Promise<readonly CensusEntry[]> {
    return (await this.emulator.admin.census()).filter(({ changed, missing }) => changed === true || missing)
  }

  /** Stops everything. Rejects when somebody else's things were touched by anything that happened here. */
  async close(): Promise<void> {
    await this.stopWorkers()
    await this.#drain?.stop()
    this.time.dwellers.splice(this.time.dwellers.indexOf(this), 1)
    const touched = await this.foreignTouched()
    await this.api[Symbol.asyncDispose]()
    await this.queue.close()
    this.#client.disconnect()
    if (!this.#isGuest) await this.emulator.stop()
    await this.redis.stop()
    await rm(this.folder, { recursive: true, force: true })
    if (touched.length > 0) throw new Error(`somebody else’s things were touched: ${JSON.stringify(touched)}`)
  }
}

const limitsOf = ({ answerMs }: TownOptions): Limits =>
  // A test turns a bucket over within a second.
  ({
    provider: {
      bucketKnownMs: 0,
      ...(answerMs === undefined ? {} : { readMs: answerMs, writeMs: answerMs }),
    },
  })
const installOf = ({ install }: TownOptions): string => install ?? 'default'

/** What a town is put together from. */
interface Parts {
  readonly emulator: Emulator
  readonly redis: OwnRedis
  readonly folder: string
  readonly access: Access
  readonly api: Api
  readonly client: ReturnType<typeof openRedis>
}

/** The project of the sandbox's key. */
export const PROJECT = SANDBOX_CREDENTIALS.projectId
/** A second project that the key may use. */
export const OTHER_PROJECT = SANDBOX_CREDENTIALS.otherProjectId
/** A migration's id, checked. */
export type { MigrationId }
