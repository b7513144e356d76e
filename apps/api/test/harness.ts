import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Answer,
  bytes,
  type CloudFailure,
  type Looks,
  type MigrationId,
  type SnapshotSeen,
  type VolumeSeen,
  zone,
} from '@snapferry/migration'
import {
  type OwnRedis,
  openAudit,
  openCatalogue,
  openConfirming,
  openJournal,
  openLimits,
  openRedis,
  openSweepStore,
  startOwnRedis,
  untilReady,
} from '@snapferry/redis'
import { openTelemetry } from '@snapferry/telemetry'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { openApp } from '../src/app.ts'
import type { ApiNeeds } from '../src/needs.ts'
import { pause } from '../src/pause.ts'
import { hashOfKey } from '../src/principal.ts'

export const SNAPSHOT = '11111111-1111-4111-8111-111111111111'
export const VOLUME = '22222222-2222-4222-8222-222222222222'
export const PROJECT = '33333333-3333-4333-8333-333333333333'
export const KEYS = {
  viewer: 'viewer-key-0123456789',
  operator: 'operator-key-0123456789',
  admin: 'admin-key-0123456789',
}

/** A snapshot that is fit to be carried. */
export function aSnapshot(changed: Partial<SnapshotSeen> = {}): SnapshotSeen {
  return {
    backend: 'block',
    zone: zone('fr-par-1'),
    id: SNAPSHOT,
    name: 'db',
    type: 'sbs',
    project: PROJECT,
    sizeBytes: bytes(10_000_000_000),
    state: { kind: 'available', word: 'available' },
    tags: ['prod', 'snapferry:copy=default.mig_x'],
    createdAt: 1_700_000_000_000,
    volume: null,
    ...changed,
  }
}

/** A volume that is fit to be carried. */
export function aVolume(): VolumeSeen {
  const { createdAt: _, volume: __, ...row } = aSnapshot({ id: VOLUME, name: 'data' })
  return row
}

/** A provider whose few answers a test sets. `null` is its 404. */
export interface Provider {
  snapshot: SnapshotSeen | 'forbidden' | null
  volume: VolumeSeen | null
  bucket: 'good' | 'missing' | 'elsewhere' | 'forbidden' | 'foreign'
  object: 'good' | 'missing' | 'frozen'
  /** Set: every look fails so. */
  failure: CloudFailure | null
  /** Set: no look is ever answered. */
  isSilent: boolean
  /** Looks made. */
  asked: number
}

function aProvider(): Provider {
  return {
    snapshot: aSnapshot(),
    volume: aVolume(),
    bucket: 'good',
    object: 'good',
    failure: null,
    isSilent: false,
    asked: 0,
  }
}

export function aFailure(changed: Partial<CloudFailure>): CloudFailure {
  return {
    kind: 'unavailable',
    call: 'block GetSnapshot',
    status: 500,
    words: 'internal error',
    requestId: 'req-1',
    nothing: true,
    retryAfterMs: null,
    ...changed,
  }
}

function looksOf(provider: Provider): Looks {
  const answer = <T>(value: () => T): Answer<T> => {
    provider.asked += 1
    if (provider.isSilent) return new Promise(() => {})
    if (provider.failure !== null) return Promise.resolve({ ok: false, failure: provider.failure })
    return Promise.resolve({ ok: true, value: value() })
  }
  const nothing = () => answer(() => null)
  const bucket: Looks['images']['bucket'] = ({ region, bucket }) => {
    if (provider.bucket === 'forbidden')
      return Promise.resolve({
        ok: false,
        failure: aFailure({ kind: 'forbidden', status: 403, words: 'Access Denied', requestId: 'tx-9' }),
      })
    return answer(() =>
      provider.bucket === 'missing'
        ? null
        : {
            bucket,
            region: provider.bucket === 'elsewhere' ? ('nl-ams' as typeof region) : region,
            project: provider.bucket === 'foreign' ? VOLUME : PROJECT,
            versioned: false,
            locked: false,
          },
    )
  }
  return {
    instance: { backend: 'instance', find: nothing, findVolume: nothing, tagged: () => answer(() => []) },
    block: {
      backend: 'block',
      find: () => {
        const { snapshot } = provider
        if (snapshot !== 'forbidden') return answer(() => snapshot)
        const words = 'insufficient permissions'
        return Promise.resolve({ ok: false, failure: aFailure({ kind: 'forbidden', status: 403, words }) })
      },
      findVolume: () => answer(() => provider.volume),
      tagged: () => answer(() => []),
    },
    images: {
      bucket,
      list: () => answer(() => []),
      head: ({ key }) =>
        answer(() =>
          provider.object === 'missing'
            ? null
            : { key, bytes: 1_000_000, etag: '"e"', frozen: provider.object === 'frozen' },
        ),
      read: nothing,
    },
    judge: { judge: nothing, images: () => answer(() => []) },
  }
}

/** How long Redis may wait for its disk or a replica in these tests. */
const CONFIRM_MS = 200

/** Everything a test of the API works with. */
export interface World {
  readonly redis: OwnRedis
  readonly connection: ReturnType<typeof openRedis>
  readonly needs: ApiNeeds
  readonly app: FastifyInstance
  readonly provider: Provider
  readonly lines: string[]
  readonly added: MigrationId[]
  /** Stops the service in the way SIGTERM does. */
  readonly stop: () => void
  send(options: InjectOptions): Promise<LightMyRequestResponse>
  /** Nothing in Redis, and a provider with nothing to complain of. */
  reset(): Promise<void>
  close(): Promise<void>
}

/** A real Redis, a real journal, and the app over them. Each answer is held against the OpenAPI document. */
export async function openWorld(changed: Partial<ApiNeeds> = {}): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), 'snapferry-api-'))
  const redis = await startOwnRedis({ dir, aof: true })
  const connection = openRedis(redis.url, 'requests')
  await untilReady(connection, 10_000)
  const journal = openJournal(connection, { install: 'default', sandbox: true, leftoverRetryMs: 1 })
  await journal.apiKeys.put(hashOfKey(KEYS.viewer), { name: 'grafana', role: 'viewer' })
  await journal.apiKeys.put(hashOfKey(KEYS.operator), { name: 'nightly', role: 'operator' })
  await journal.apiKeys.put(hashOfKey(KEYS.admin), { name: 'anna', role: 'admin' })
  const confirming = openConfirming(redis.url, CONFIRM_MS)
  const provider = aProvider()
  const lines: string[] = []
  const added: MigrationId[] = []
  const stopping = new AbortController()
  let rolls = 0
  const needs: ApiNeeds = {
    mode: 'sandbox',
    journal,
    audit: openAudit(connection, { sandbox: true }),
    limits: openLimits(connection, { sandbox: true }),
    sweeps: openSweepStore(connection),
    catalogue: openCatalogue(connection, { sandbox: true }),
    confirming,
    queue: {
      add: async (id) => {
        added.push(id)
        return true
      },
    },
    looks: looksOf(provider),
    defaults: {
      profile: 'default',
      install: 'default',
      prefix: 'snapferry',
      projectId: PROJECT,
      buckets: { 'fr-par': 'acme-staging' },
    },
    telemetry: openTelemetry({
      service: 'api',
      level: 'debug',
      build: { version: '0.0.0', revision: 'test' },
      destination: { write: (line) => void lines.push(line) },
      countStates: () => journal.counts(),
    }),
    program: { version: '0.0.0', revision: 'test' },
    gate: { state: () => ({ kind: 'open', durability: 'aof' }), clockSkewMs: async () => 0 },
    pause,
    entropy: () => {
      rolls += 1
      return Uint8Array.from(
        { length: 32 },
        (_, at) => (at < 31 ? 7 : rolls) + (at === 20 ? rolls >> 8 : 0) + (at === 25 ? rolls : 0),
      )
    },
    dice: () => 0.5,
    firstKeyHash: null,
    ratePerMinute: 100_000,
    stopping: stopping.signal,
    ...changed,
  }
  const app = await openApp(needs)
  return {
    redis,
    connection,
    needs,
    app,
    provider,
    lines,
    added,
    stop: () => stopping.abort(),
    send: async (options) => checked(options, await app.inject(options)),
    reset: async () => {
      await connection.flushall()
      added.length = 0
      Object.assign(provider, aProvider())
    },
    close: async () => {
      await app.close()
      connection.disconnect()
      confirming.close()
      await redis.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

const document = JSON.parse(readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8'))
const ajv = new Ajv2020({ strict: false, allErrors: true })
ajv.addSchema(document, 'openapi')

/** Fails unless the OpenAPI document has this answer: path, status, media type and every field. */
function checked(options: InjectOptions, response: LightMyRequestResponse): LightMyRequestResponse {
  const path = String(options.url).split('?')[0]!
  const template = Object.keys(document.paths).find((one) =>
    new RegExp(`^${one.replace(/\{[^}]+\}/g, '[^/]+')}$`).test(path),
  )
  const method = (options.method ?? 'GET').toLowerCase()
  const operation = template === undefined ? undefined : document.paths[template][method]
  if (operation === undefined) return response
  const answer = operation.responses[response.statusCode]
  if (answer === undefined)
    throw new Error(
      `${method} ${template} answered ${response.statusCode}, which docs/openapi.json does not know: ${response.body}`,
    )
  if (answer.content === undefined) return response
  const type = String(response.headers['content-type']).split(';')[0]!
  const schema = answer.content[type]?.schema
  if (schema === undefined) throw new Error(`${method} ${template} ${response.statusCode} answered ${type}`)
  const validate = ajv.getSchema(`openapi${schema.$ref}`)!
  if (!validate(response.json()))
    throw new Error(`${response.body}\n${JSON.stringify(validate.errors, null, 1)}`)
  const codes = [...String(answer.description).matchAll(/`([a-z_]+)`:/g)].map(([, code]) => code)
  if (
    response.statusCode >= 400 &&
    type === 'application/problem+json' &&
    !codes.includes(response.json().code)
  )
    throw new Error(
      `${method} ${template} answered ${response.json().code}, which its OpenAPI entry does not name`,
    )
  return response
}

/** A body that is accepted. */
export const GOOD = { source: { snapshot: SNAPSHOT }, from: 'fr-par-1', to: 'fr-par-2' }

/** Creates a migration and answers its id. */
export async function created(world: World, body: object = GOOD): Promise<MigrationId> {
  const response = await world.send({ method: 'POST', url: '/v1/migrations', payload: body })
  if (response.statusCode !== 202) throw new Error(response.body)
  return response.json().id
}
