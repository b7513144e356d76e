import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  apply,
  bytes,
  type Event,
  type EventBody,
  firstRecord,
  type Migration,
  type MigrationId,
  migrationIdOf,
  type Plan,
  POLICY,
  type Reading,
  type Running,
  regionOf,
  slotsFor,
  zone,
} from '@snapferry/migration'
import { keyOf, openJournal, openRedis, type RedisJournal, startOwnRedis, untilReady } from '@snapferry/redis'
import type { Ferry } from '../src/index.ts'
import { type Cloud, looksAt, openCloud, writesTo } from './cloud.ts'

/** A worker's surroundings: a real journal on a Redis of its own, a small provider, and time by hand. */
export interface Stage {
  readonly url: string
  readonly redis: ReturnType<typeof openRedis>
  readonly journal: RedisJournal
  readonly cloud: Cloud
  readonly ferry: Ferry
  /** What the ferry was told. */
  readonly told: { readonly recorded: string[]; readonly defects: unknown[]; readonly leftAlone: unknown[] }
  /** Lets this worker stand still: time passes for Redis and on its own monotonic clock. */
  freeze(ms: number): Promise<void>
  /** Nothing in Redis or at the provider. */
  reset(): Promise<void>
  close(): Promise<void>
}

export async function openStage(): Promise<Stage> {
  const dir = await mkdtemp(join(tmpdir(), 'snapferry-worker-'))
  const own = await startOwnRedis({ dir, aof: false })
  const redis = openRedis(own.url, 'worker')
  await untilReady(redis, 10_000)
  const journal = openJournal(redis, { install: 'tests', sandbox: true, leftoverRetryMs: 1 })
  const cloud = openCloud()
  const told: Stage['told'] = { recorded: [], defects: [], leftAlone: [] }
  let frozenMs = 0
  const ferry: Ferry = {
    journal,
    providers: { default: { looks: looksAt(cloud), writesFor: (permit) => writesTo(cloud, permit) } },
    policy: POLICY,
    dice: () => 0.5,
    monotonicMs: () => frozenMs,
    recorded: (_, event) => told.recorded.push(event.type),
    leftAlone: (m) => told.leftAlone.push(m.definitionVersion),
    defect: (_, error) => told.defects.push(error),
  }
  return {
    ...{ url: own.url, redis, journal, cloud, ferry, told },
    freeze: async (ms) => {
      frozenMs += ms
      await journal.setClock(frozenMs)
    },
    reset: async () => {
      await redis.flushall()
      frozenMs = 0
      Object.assign(cloud, openCloud())
      for (const list of Object.values(told)) list.length = 0
    },
    close: async () => {
      redis.disconnect()
      await own.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** The places that an import of these plans takes. */
export const IMPORT_CLAIMS = slotsFor('import', {
  ...{ zone: zone('fr-par-2'), backend: 'block', profile: 'default' },
})

let made = 0

export function anId(): MigrationId {
  made += 1
  return migrationIdOf(Uint8Array.from({ length: 26 }, (_, at) => (at === 25 ? made : 7)))
}

/** A plan with everything filled in. */
export function aPlan(id: MigrationId): Plan {
  return {
    ...{ profile: 'default', install: 'tests', prefix: 'snapferry', labels: {} },
    ...{ from: zone('fr-par-1'), to: zone('fr-par-2') },
    source: { kind: 'snapshot', id: `source-of-${id}` },
    backend: 'block',
    sourceProject: 'project',
    copy: { name: 'db', tags: [], sizeBytes: bytes(10_000_000_000), project: 'project', type: 'sbs' },
    image: { bucket: 'staging', region: regionOf(zone('fr-par-2')), keep: { kind: 'never' } },
    takenSnapshot: { keep: false },
  }
}

/** Puts a migration that is about to start its import; `parts` change the record. It is awake and not nudged. */
export async function importing(stage: Stage, parts: Partial<Running> = {}): Promise<Reading> {
  const { journal } = stage
  const id = anId()
  const { now, redisRun } = await journal.clock()
  const event = { type: 'created', at: now, id, plan: aPlan(id), redisRun, retryOf: null, by: 'me' } as const
  const first = firstRecord(event)
  await journal.create(first, event, null)
  const after: Running = {
    ...first,
    ...{ state: 'running', phase: 'import', proven: false, recheck: false, round: 3, startedAt: now },
    claims: IMPORT_CLAIMS,
    facts: {
      ...{ snapshot: `source-of-${id}`, sourceBytes: 10_000_000_000, sizeBytes: 10_000_000_000 },
      image: { bucket: 'staging', key: `snapferry/tests/work/${id}/1.qcow2`, bytes: 1_000, etag: '"e"' },
    },
    ...parts,
  }
  const before = await reading(stage, id)
  const pulse = { wakeAt: now, plannedMs: 0, waitedMs: 0, looks: 0, why: null }
  await journal.append({ before, after, events: [], pulse, closing: true, nudge: false })
  return reading(stage, id)
}

/** Reads a migration that is there. */
export async function reading({ journal }: Stage, id: MigrationId): Promise<Reading> {
  const found = await journal.read(id)
  if (found === null) throw new Error(`${id} is not in the journal`)
  return found
}

/** Another worker's append: the events it brings, on whatever version there is. */
export async function elsewhere(stage: Stage, id: MigrationId, ...bodies: EventBody[]): Promise<void> {
  const before = await reading(stage, id)
  const events = bodies.map((body): Event => ({ ...body, at: before.now }))
  const after = events.reduce(apply, before.record)
  const { v: _, ...pulse } = before.pulse
  const { outcome } = await stage.journal.append({
    ...{ before, after, events, pulse },
    ...{ closing: false, nudge: false },
  })
  if (outcome !== 'appended') throw new Error(outcome)
}

/** Writes a record as no rule of ours would. */
export async function writeRaw({ redis }: Stage, id: MigrationId, record: object): Promise<string> {
  const text = JSON.stringify(record)
  await redis.hset(keyOf.record(id), 'record', text)
  return text
}

/** The names of a migration's events, oldest first. */
export async function history({ journal }: Stage, { id }: Pick<Migration, 'id'>): Promise<readonly string[]> {
  return (await journal.events(id, 0, 1_000)).map((event) =>
    event.type === 'settled' ? `settled ${event.outcome}` : event.type,
  )
}
