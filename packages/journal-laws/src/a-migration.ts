import {
  type Change,
  DEFINITION_VERSION,
  type Event,
  type EventBody,
  type Failure,
  type Migration,
  type MigrationId,
  migrationIdOf,
  type Plan,
  type Queued,
  type Reading,
  type Region,
  type Running,
  regionOf,
  type Succeeded,
  zone,
} from '@snapferry/migration'

let made = 0

/** A new id, other than all before it in this process; a number gives the same one again. */
export function anId(n = ++made): MigrationId {
  const bytes = new Uint8Array(26)
  new DataView(bytes.buffer).setUint32(0, n * 2_654_435_761)
  new DataView(bytes.buffer).setUint32(12, n)
  return migrationIdOf(bytes)
}

/** A plan; every part that is not given is sensible and irrelevant. */
export function aPlan(parts: Partial<Plan> = {}): Plan {
  const to = parts.to ?? zone('fr-par-2')
  return {
    profile: 'default',
    install: 'tests',
    prefix: 'snapferry',
    source: { kind: 'snapshot', id: `source-${++made}` },
    from: zone('fr-par-1'),
    to,
    backend: null,
    sourceProject: null,
    copy: { name: null, tags: null, sizeBytes: null, project: null, type: null },
    image: { bucket: 'staging', region: regionOf(to) as Region, keep: { kind: 'never' } },
    takenSnapshot: { keep: false },
    labels: {},
    ...parts,
  }
}

/** A queued migration. */
export function aMigration(
  parts: Partial<Omit<Queued, 'state' | 'plan'>> & { plan?: Partial<Plan> } = {},
): Queued {
  const { plan, ...core } = parts
  return {
    id: core.id ?? anId(),
    state: 'queued',
    definitionVersion: DEFINITION_VERSION,
    setbacks: 0,
    createdAt: 1_700_000_000_000,
    startedAt: null,
    plan: aPlan(plan),
    retryOf: null,
    round: 0,
    send: 0,
    attempt: 1,
    attemptsMax: 3,
    facts: {},
    ledger: [],
    intent: null,
    lost: [],
    claims: [],
    redisRun: 'run',
    events: 1,
    eventsMax: 400,
    lastFailure: null,
    ...core,
  }
}

/** The first event of a migration. */
export function created(m: Migration): Event {
  const { id, plan, redisRun, retryOf } = m
  return { at: m.createdAt, type: 'created', id, plan, redisRun, retryOf, by: 'tests' }
}

/** The same migration, running, with these claims. */
export function running(m: Migration, claims: readonly string[] = m.claims): Running {
  return { ...m, state: 'running', phase: 'export', proven: false, recheck: false, claims }
}

/** The same migration, arrived. */
export function succeeded(m: Migration, parts: Partial<Succeeded> = {}): Succeeded {
  return { ...m, state: 'succeeded', endedAt: m.createdAt + 60_000, claims: [], ...parts }
}

/** The same migration, parked. */
export function parked(m: Migration): Migration {
  return {
    ...m,
    state: 'needs_attention',
    phase: 'export',
    parkedFrom: 'running',
    failure: aFailure(),
    parkedAt: m.createdAt,
    cause: null,
    claims: [],
  }
}

/** A failure. */
export function aFailure(): Failure {
  return { kind: 'stalled', text: 'it stands still', words: null, requestId: null, call: null }
}

/** An event nobody could mistake for another: its text is given. */
export function anEvent(text = 'something'): Event {
  const body: EventBody = { type: 'left', ids: [], reason: text }
  return { at: 1_700_000_000_000, ...body }
}

/** A change of what was read; by default a closing one that keeps the record and sleeps for a minute. */
export function aChange(before: Reading, parts: Partial<Omit<Change, 'before'>> = {}): Change {
  return {
    before,
    after: before.record,
    events: [],
    pulse: { wakeAt: before.now + 60_000, plannedMs: 60_000, waitedMs: 0, looks: 1, why: null },
    closing: true,
    nudge: false,
    ...parts,
  }
}
